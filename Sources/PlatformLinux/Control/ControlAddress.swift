import Glibc

/// The address of a Unix socket, as the system wants it.
struct ControlAddress {
    private var address = sockaddr_un()
    private let path: String

    init(path: String) throws(ControlError) {
        self.path = path
        let bytes = Array(path.utf8)
        // The last byte stays 0.
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .pathTooLong(path)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// Connects a socket; 0, or the errno.
    func connect(_ socket: Int32) -> Int32 {
        withSystemAddress { Glibc.connect(socket, $0, $1) == 0 ? 0 : errno }
    }

    /// Binds a socket; 0, or the errno.
    func bind(_ socket: Int32) -> Int32 {
        withSystemAddress { Glibc.bind(socket, $0, $1) == 0 ? 0 : errno }
    }

    /// A new stream socket, closed in children.
    func openSocket() throws(ControlError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .system(path, code: errno) }
        return descriptor
    }

    private func withSystemAddress(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
