/// What is done where who calls is heard to be a fax machine (T.30 §4.3.3.3) in an ordinary call.
public enum FaxDetection: Hashable, Sendable, Codable, RawRepresentable {
    /// Nobody listens for it.
    case off
    /// It is told as an event, and the call goes on.
    case tell
    /// The caller is sent to that number, which is the exchange's for faxes or an extension that takes
    /// them.
    case send(to: String)

    /// `off`, `tell`, or what can be dialled.
    public init?(rawValue: String) {
        switch rawValue {
        case "off": self = .off
        case "tell": self = .tell
        default:
            guard HouseNumbers.isDiallable(rawValue) else { return nil }
            self = .send(to: rawValue)
        }
    }

    public var rawValue: String {
        switch self {
        case .off: "off"
        case .tell: "tell"
        case .send(let digits): digits
        }
    }
}
