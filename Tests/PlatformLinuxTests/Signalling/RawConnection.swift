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
        let name = Machine.socketName(port: remote.port, v4: remote.address.v4 ?? 0)
        let result = name.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { return Int32(-1) }
            let name = start.assumingMemoryBound(to: sockaddr.self)
            return connect(descriptor, name, socklen_t(raw.count))
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
