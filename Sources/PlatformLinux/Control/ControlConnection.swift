import Glibc

/// The other end of ``ControlSocket``: asks, and waits for the answer. Blocks: for tools.
public final class ControlConnection {
    /// An answer longer than this is none.
    static var answerLimit: Int { 256 << 20 }

    private let path: String
    private let descriptor: Int32
    private var unread: [UInt8] = []

    /// Connects to a daemon.
    ///
    /// - Throws: ``ControlError/notRunning(_:)`` where there is no socket, or a dead one.
    public init(path: String) throws(ControlError) {
        let address = try ControlAddress(path: path)
        let descriptor = try address.openSocket()
        let code = address.connect(descriptor)
        guard code == 0 else {
            close(descriptor)
            switch code {
            case ENOENT, ECONNREFUSED, ENOTDIR: throw .notRunning(path)
            case EACCES, EPERM: throw .permission(path)
            default: throw .system(path, code: code)
            }
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends one line and waits for the line that answers it.
    ///
    /// - Parameter timeout: how long nothing may come.
    public func ask(
        _ request: [UInt8], timeout: Duration = .seconds(120)
    ) throws(ControlError) -> [UInt8] {
        guard request.count < ControlSocket.requestLimit else { throw .requestTooLong }
        precondition(!request.contains(10), "a request is one line")
        setTimeout(timeout)
        try write(request + [10])
        return try readLine()
    }

    private func setTimeout(_ timeout: Duration) {
        var interval = timeval(
            tv_sec: Int(timeout.components.seconds),
            tv_usec: Int(timeout.components.attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &interval, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &interval, size)
    }

    private func write(_ bytes: [UInt8]) throws(ControlError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .noAnswer(path) }
            rest = rest.dropFirst(count)
        }
    }

    private func readLine() throws(ControlError) -> [UInt8] {
        var searched = 0
        while true {
            if let end = unread[searched...].firstIndex(of: 10) {
                let line = Array(unread[..<end])
                unread.removeSubrange(...end)
                return line
            }
            searched = unread.count
            guard searched < Self.answerLimit else { throw .noAnswer(path) }
            var part = [UInt8](repeating: 0, count: 65_536)
            let count = part.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .noAnswer(path) }
            unread += part[..<count]
        }
    }
}
