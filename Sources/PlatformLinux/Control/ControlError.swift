/// What can go wrong with the control socket. Each text says what to do.
public enum ControlError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system allows 107 bytes.
    case pathTooLong(String)
    /// Somebody listens there already.
    case inUse(String)
    /// A file that is no socket stands there.
    case notASocket(String)
    case permission(String)
    /// Nobody listens: there is no socket, or a dead one.
    case notRunning(String)
    /// The daemon did not answer in time, or ended the conversation.
    case noAnswer(String)
    case requestTooLong
    case system(String, code: Int32)

    public var description: String {
        switch self {
        case .pathTooLong(let path):
            "the path of the control socket is too long: \(path); set a shorter one with 'control'"
        case .inUse(let path):
            "another pbxd listens at \(path); stop it, or set another 'data' folder"
        case .notASocket(let path):
            "\(path) is no socket; move it away, or set another path with 'control'"
        case .permission(let path):
            "no permission for \(path); run as the owner of the data folder"
        case .notRunning(let path):
            "no pbxd listens at \(path); is it running, and with the same settings?"
        case .noAnswer(let path):
            "pbxd at \(path) gave no answer; see its log"
        case .requestTooLong:
            "the request is longer than \(ControlSocket.requestLimit) bytes; divide it"
        case .system(let path, let code):
            "\(path): \(systemErrorText(code))"
        }
    }
}
