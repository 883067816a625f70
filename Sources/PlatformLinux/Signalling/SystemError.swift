import CLinux
import Glibc
import Platform

/// What the system's own words for an errno are: `Connection refused`.
func systemErrorText(_ code: Int32) -> String {
    String(cString: clinux_error_text(code))
}

extension SignallingError {
    /// The failure to bind, from its errno.
    init(bindCode code: Int32, _ address: SocketAddress, _ transport: TransportKind) {
        switch code {
        case EADDRINUSE: self = .portInUse(address, transport)
        case EACCES, EPERM: self = .permission(address, transport)
        case EADDRNOTAVAIL, ENODEV: self = .addressNotAvailable(address, transport)
        case EAFNOSUPPORT: self = .familyNotAvailable(address, transport)
        case EMFILE, ENFILE: self = .noFilesLeft
        default: self = .system(address, transport, code: code)
        }
    }
}
