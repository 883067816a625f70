import Foundation
import Glibc

/// Tells whoever supervises the process how it is (sd_notify(3), `Type=notify`).
///
/// One datagram to the socket that `NOTIFY_SOCKET` names; nothing where nobody supervises.
public struct SupervisorNotice: Sendable {
    public enum Word: String, Sendable {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
    }

    private let path: String

    public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else { return nil }
        self.path = path
    }

    /// False where it did not leave: that is no reason to end.
    @discardableResult
    public func send(_ word: Word) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard name.count < room else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            place.copyBytes(from: name)
            // An abstract name begins with a zero, which the environment spells `@`.
            if name.first == UInt8(ascii: "@") { place[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let length = MemoryLayout<sa_family_t>.size + name.count
        let text = Array(word.rawValue.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(
                    descriptor, text, text.count, Int32(MSG_NOSIGNAL), generic,
                    socklen_t(length))
            }
        }
        return sent == text.count
    }
}
