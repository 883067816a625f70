import CLinux
import Glibc
import Platform
import Synchronization

/// One UDP listener: its socket, and the datagrams that wait while the network card is slower.
///
/// Sending happens on the caller's thread: a hop would cost more than the system call.
final class DatagramSocket: Sendable {
    enum Outcome {
        case sent
        /// Waits for room; the loop sends it.
        case waiting
        /// Lost in a full queue of the kernel, as it could have been on the way: resending heals it.
        case lost
        /// The network refuses it; an errno.
        case failed(Int32)
    }

    private struct Waiting {
        var bytes: [UInt8]
        var flow: Flow
    }

    private struct Sending {
        var isOpen = true
        var backlog: [Waiting] = []
        var backlogBytes = 0
        /// Which interface a link-local address was last heard on.
        var scopes: [IPAddress: UInt32] = [:]
    }

    /// Link-local addresses that are remembered; all are forgotten at the limit and learnt again.
    private static var scopeLimit: Int { 1024 }
    /// A report about an earlier datagram makes the next send fail once, whoever it is for. In a
    /// storm of reports the next may be there at once.
    private static var attempts: Int { 8 }

    let listener: UInt16
    /// Where it is bound: the true port, the address possibly unspecified.
    let bound: SocketAddress
    let descriptor: Int32
    private let backlogLimit: Int
    private let sending = Mutex(Sending())

    init(
        listener: UInt16, address: SocketAddress, limits: SignallingLimits
    ) throws(SignallingError) {
        var wanted = clinux_address(address)
        let size = Int32(clamping: limits.socketBufferSize)
        let opened = clinux_datagram_open(&wanted, size, size)
        guard opened >= 0 else { throw SignallingError(bindCode: -opened, address, .udp) }
        var actual = clinux_address()
        _ = clinux_local_address(opened, &actual)
        self.listener = listener
        bound = actual.socketAddress
        descriptor = opened
        backlogLimit = limits.unsentDatagramBytes
    }

    deinit { close() }

    /// Refuses all further sends and gives the socket back.
    func close() {
        sending.withLock { sending in
            guard sending.isOpen else { return }
            sending.isOpen = false
            sending.backlog = []
            Glibc.close(descriptor)
        }
    }

    func send(_ bytes: [UInt8], on flow: Flow) -> Outcome {
        sending.withLock { sending in
            guard sending.isOpen else { return .failed(ESHUTDOWN) }
            guard sending.backlog.isEmpty else { return wait(bytes, flow, &sending) }
            let code = transmit(bytes, flow, sending.scopes)
            switch code {
            case 0: return .sent
            case EAGAIN: return wait(bytes, flow, &sending)
            case ENOBUFS: return .lost
            default: return .failed(code)
            }
        }
    }

    /// Sends what waits, as far as there is room. Answers whether something still waits, and what
    /// failed.
    func flush() -> (isWaiting: Bool, failed: [(flow: Flow, code: Int32)]) {
        sending.withLock { sending in
            var failed: [(Flow, Int32)] = []
            var done = 0
            for item in sending.backlog {
                let code = sending.isOpen ? transmit(item.bytes, item.flow, sending.scopes) : 0
                if code == EAGAIN { break }
                if code != 0 && code != ENOBUFS { failed.append((item.flow, code)) }
                sending.backlogBytes -= item.bytes.count
                done += 1
            }
            sending.backlog.removeFirst(done)
            return (!sending.backlog.isEmpty, failed)
        }
    }

    /// True while something waits for room.
    var isWaiting: Bool { sending.withLock { !$0.backlog.isEmpty } }

    /// Remembers the interface that a link-local address is reached by.
    func learn(_ address: IPAddress, scope: UInt32) {
        sending.withLock { sending in
            if sending.scopes.count >= Self.scopeLimit { sending.scopes = [:] }
            sending.scopes[address] = scope
        }
    }

    private func wait(_ bytes: [UInt8], _ flow: Flow, _ sending: inout Sending) -> Outcome {
        guard sending.backlogBytes + bytes.count <= backlogLimit else { return .failed(ENOBUFS) }
        sending.backlog.append(Waiting(bytes: bytes, flow: flow))
        sending.backlogBytes += bytes.count
        return .waiting
    }

    /// 0 or an errno.
    private func transmit(_ bytes: [UInt8], _ flow: Flow, _ scopes: [IPAddress: UInt32]) -> Int32 {
        let scope = flow.remote.address.isLinkLocalV6 ? scopes[flow.remote.address] ?? 0 : 0
        var remote = clinux_address(flow.remote, scope: scope)
        var local = clinux_address(
            flow.local, scope: flow.local.address.isLinkLocalV6 ? scope : 0)
        // A wildcard listener has many addresses: the answer leaves from the one that was asked.
        let namesSource = bound.address.isUnspecified && !flow.local.address.isUnspecified
        var code: Int32 = 0
        for _ in 0..<Self.attempts {
            code = bytes.withUnsafeBytes { bytes in
                namesSource
                    ? -clinux_datagram_send(
                        descriptor, bytes.baseAddress, bytes.count, &remote, &local)
                    : -clinux_datagram_send(
                        descriptor, bytes.baseAddress, bytes.count, &remote, nil)
            }
            if code == 0 || code == EAGAIN || code == ENOBUFS { return code }
        }
        // "Connection refused" is never about this datagram, which has not left yet: it is lost in
        // the storm, and its flow may be well.
        return code == ECONNREFUSED ? ENOBUFS : code
    }
}
