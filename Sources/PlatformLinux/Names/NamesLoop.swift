import CCares
import Glibc
import Platform
import Wire

/// The resolver's thread: everything that touches c-ares happens here.
final class NamesLoop: @unchecked Sendable {
    // Unchecked: made on one thread, then touched by its own thread alone.
    private let channel: OpaquePointer
    private let bell: Int32
    private let take: @Sendable () -> [(NameQuestion, @Sendable (NameAnswer) -> Void)]?

    init(
        channel: OpaquePointer, bell: Int32,
        take: @escaping @Sendable () -> [(NameQuestion, @Sendable (NameAnswer) -> Void)]?
    ) {
        self.channel = channel
        self.bell = bell
        self.take = take
    }

    func free() { ares_destroy(channel) }

    func run() {
        while let questions = take() {
            for (question, then) in questions { ask(question, then) }
            wait()
        }
        // Every open question is answered, as failed, before this returns.
        free()
    }

    /// Sleeps until a name server answers, the bell rings or a try is over.
    private func wait() {
        var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
        let bits = ares_getsock(channel, &sockets, ARES_GETSOCK_MAXNUM)
        var polled = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
        for index in sockets.indices {
            var events: Int16 = 0
            if bits & (1 << Int32(index)) != 0 { events |= Int16(POLLIN) }
            if bits & (1 << Int32(index + Int(ARES_GETSOCK_MAXNUM))) != 0 {
                events |= Int16(POLLOUT)
            }
            guard events != 0 else { continue }
            polled.append(pollfd(fd: sockets[index], events: events, revents: 0))
        }
        var most = timeval(tv_sec: 1, tv_usec: 0)
        var next = timeval()
        var pause: Int32 = polled.count > 1 ? 1000 : -1
        if let chosen = ares_timeout(channel, &most, &next), polled.count > 1 {
            pause = Int32(
                clamping: chosen.pointee.tv_sec * 1000 + chosen.pointee.tv_usec / 1000 + 1)
        }
        let ready = poll(&polled, nfds_t(polled.count), pause)
        if polled[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
        }
        let none = ares_socket_t(ARES_SOCKET_BAD)
        guard ready > 0 else { return ares_process_fd(channel, none, none) }
        for socket in polled.dropFirst() where socket.revents != 0 {
            let readable = socket.revents & Int16(POLLIN | POLLERR | POLLHUP) != 0
            let writable = socket.revents & Int16(POLLOUT) != 0
            ares_process_fd(channel, readable ? socket.fd : none, writable ? socket.fd : none)
        }
    }

    // MARK: Questions

    private func ask(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void) {
        let open = OpenQuestion(question: question, then: then)
        let argument = Unmanaged.passRetained(open).toOpaque()
        switch question.kind {
        case .a, .aaaa:
            // The addresses of /etc/hosts count too.
            var hints = ares_addrinfo_hints()
            hints.ai_family = question.kind == .a ? AF_INET : AF_INET6
            ares_getaddrinfo(channel, question.name, nil, &hints, addressesCame, argument)
        case .srv, .naptr:
            ares_query(
                channel, question.name, 1, Int32(question.kind.number), replyCame, argument)
        }
    }
}

/// A question on its way through c-ares, held by the argument of its callback.
private final class OpenQuestion {
    let question: NameQuestion
    let then: @Sendable (NameAnswer) -> Void

    init(question: NameQuestion, then: @escaping @Sendable (NameAnswer) -> Void) {
        self.question = question
        self.then = then
    }

    static func taken(from argument: UnsafeMutableRawPointer?) -> OpenQuestion? {
        argument.map { Unmanaged<OpenQuestion>.fromOpaque($0).takeRetainedValue() }
    }

    /// What a status without records means.
    static func answer(for status: Int32) -> NameAnswer {
        switch status {
        case ARES_ENODATA, ARES_ENOTFOUND, ARES_ENONAME:
            .nothing(lifetime: NameResolverLimits.nothingLifetime)
        case ARES_ETIMEOUT, ARES_ECONNREFUSED: .failed(.timeout)
        case ARES_ESERVFAIL, ARES_EREFUSED, ARES_ENOTIMP:
            .failed(.refused)
        case ARES_ECANCELLED, ARES_EDESTRUCTION, ARES_ENOMEM:
            .failed(.overloaded)
        default: .failed(.malformed)
        }
    }
}

private func replyCame(
    _ argument: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32,
    _ bytes: UnsafeMutablePointer<UInt8>?, _ length: Int32
) {
    guard let open = OpenQuestion.taken(from: argument) else { return }
    let nothing = OpenQuestion.answer(for: status)
    guard let bytes, length > 0 else { return open.then(nothing) }
    let reply = Array(UnsafeBufferPointer(start: bytes, count: Int(length)))
    if status == ARES_SUCCESS {
        return open.then(NameReply.answer(to: open.question, in: reply) ?? .failed(.malformed))
    }
    // An answer that says "nothing" says for how long.
    guard case .nothing = nothing,
        case .nothing(let lifetime)? = NameReply.answer(
            to: open.question, in: reply)
    else { return open.then(nothing) }
    open.then(.nothing(lifetime: lifetime))
}

private func addressesCame(
    _ argument: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32,
    _ found: UnsafeMutablePointer<ares_addrinfo>?
) {
    guard let open = OpenQuestion.taken(from: argument) else { return }
    defer { if let found { ares_freeaddrinfo(found) } }
    guard status == ARES_SUCCESS else {
        return open.then(OpenQuestion.answer(for: status))
    }
    var records: [NameRecord] = []
    var lifetime = Int64(Int32.max)
    var node = found?.pointee.nodes
    while let each = node?.pointee, records.count < NameResolverLimits.records {
        // An entry of /etc/hosts has no lifetime: it is read again in a minute.
        lifetime = min(lifetime, each.ai_ttl > 0 ? Int64(each.ai_ttl) : 60)
        if let address = address(each) { records.append(.address(address)) }
        node = each.ai_next
    }
    guard !records.isEmpty else {
        return open.then(.nothing(lifetime: NameResolverLimits.nothingLifetime))
    }
    open.then(.records(records, lifetime: .seconds(lifetime)))
}

private func address(_ node: ares_addrinfo_node) -> IPAddress? {
    guard let raw = UnsafeRawPointer(node.ai_addr) else { return nil }
    let length =
        node.ai_family == AF_INET
        ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    guard Int(node.ai_addrlen) >= length else { return nil }
    return IPAddress(family: node.ai_family, raw: raw)
}
