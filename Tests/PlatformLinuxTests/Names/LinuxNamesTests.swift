import Glibc
import Platform
import PlatformLinux
import Testing

/// A name server on loopback: answers each question by a function of its bytes.
private final class LoopbackNames {
    let port: UInt16
    private let socket: Int32
    private let thread: PlatformThread

    init(_ reply: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var name = Machine.socketName(port: 0, v4: 0x7F00_0001)
        var length = socklen_t(name.count)
        name.withUnsafeMutableBytes { raw in
            guard let start = raw.baseAddress else { return }
            let name = start.assumingMemoryBound(to: sockaddr.self)
            _ = bind(socket, name, length)
            _ = getsockname(socket, name, &length)
        }
        port = UInt16(name[2]) << 8 | UInt16(name[3])
        self.socket = socket
        thread = try PlatformThread(named: "nameserver") {
            var buffer = [UInt8](repeating: 0, count: 1500)
            while true {
                var from = sockaddr_storage()
                var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
                let isOpen = withUnsafeMutablePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { source in
                        let count = recvfrom(socket, &buffer, buffer.count, 0, source, &size)
                        guard count > 0 else { return false }
                        if let answer = reply(Array(buffer[..<count])) {
                            _ = sendto(socket, answer, answer.count, 0, source, size)
                        }
                        return true
                    }
                }
                guard isOpen else { return }
            }
        }
    }

    deinit {
        Glibc.shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}

private func ask(_ names: LinuxNames, _ question: NameQuestion) async -> NameAnswer {
    await withCheckedContinuation { continuation in
        names.resolve(question) { continuation.resume(returning: $0) }
    }
}

@Suite struct LinuxNamesTests {
    @Test func `a name of the hosts file has its address`() async throws {
        let names = try LinuxNames()
        let answer = await ask(names, NameQuestion("localhost", .a))
        #expect(answer == .records([.address(.loopbackV4)], lifetime: .seconds(60)))
        names.shutdown()
    }

    @Test func `a name server's SRV is read, and its "no such name"`() async throws {
        let zone = try LoopbackNames { question in
            let isSRV = question.contains(UInt8(ascii: "_"))
            var reply = Array(question.prefix(12))
            reply[2] = 0x81
            reply[3] = isSRV ? 0x80 : 0x83
            reply[7] = isSRV ? 1 : 0
            // No additional records: an EDNS one of the question is left out.
            reply[11] = 0
            var end = 12
            while question[end] != 0 { end += Int(question[end]) + 1 }
            reply += question[12..<end + 5]
            guard isSRV else { return reply }
            reply += [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 30, 0, 14, 0, 1, 0, 2, 0x13, 0xC4]
            return reply + [1] + Array("a".utf8) + [4] + Array("test".utf8) + [0]
        }
        let names = try LinuxNames(nameServers: "127.0.0.1:\(zone.port)")
        #expect(
            await ask(names, NameQuestion("_sip._udp.example.com", .srv))
                == .records(
                    [.srv(SRVRecord(priority: 1, weight: 2, port: 5060, target: "a.test"))],
                    lifetime: .seconds(30)))
        #expect(
            await ask(names, NameQuestion("nowhere.example", .naptr))
                == .nothing(lifetime: NameResolverLimits.nothingLifetime))
        names.shutdown()
    }

    @Test func `a resolver that is shut down answers what is open, and refuses what comes`()
        async throws
    {
        let silent = try LoopbackNames { _ in nil }
        let names = try LinuxNames(nameServers: "127.0.0.1:\(silent.port)")
        async let open = ask(names, NameQuestion("slow.example", .srv))
        names.shutdown()
        #expect(await open == .failed(.overloaded))
        #expect(await ask(names, NameQuestion("late.example", .a)) == .failed(.overloaded))
    }
}
