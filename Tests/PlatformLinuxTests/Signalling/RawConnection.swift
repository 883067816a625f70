import Glibc
import Platform

/// A TCP connection by plain system calls: for what a well-behaved one would never do.
final class RawConnection: Sendable {
    struct Failure: Error {
        var code: Int32
    }

    private let descriptor: Int32

    /// Connects to an IPv4 address. Reads wait for 20 seconds at most.
    init(to remote: SocketAddress) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = remote.port.bigEndian
        address.sin_addr.s_addr = (remote.address.v4 ?? 0).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Waits for the end of the connection, an orderly one or a reset; what comes before is thrown
    /// away. False when it does not end in time.
    func isEnded() async throws -> Bool {
        try await offPool { self.readToEnd() }
    }

    private func readToEnd() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
            if count < 0 && errno != EINTR { return false }
        }
    }
}
