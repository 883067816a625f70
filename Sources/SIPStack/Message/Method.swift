/// A request's method (RFC 3261 §7.1): a token, compared byte for byte.
public struct Method: Hashable, Sendable {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    public static let invite = Method("INVITE")
    public static let ack = Method("ACK")
    public static let bye = Method("BYE")
    public static let cancel = Method("CANCEL")
    public static let register = Method("REGISTER")
    public static let options = Method("OPTIONS")
    /// RFC 6086.
    public static let info = Method("INFO")
    /// RFC 3428.
    public static let message = Method("MESSAGE")
    /// RFC 3262.
    public static let prack = Method("PRACK")
    /// RFC 3311.
    public static let update = Method("UPDATE")
    /// RFC 3515.
    public static let refer = Method("REFER")
    /// RFC 6665.
    public static let subscribe = Method("SUBSCRIBE")
    /// RFC 6665.
    public static let notify = Method("NOTIFY")
    /// RFC 3903.
    public static let publish = Method("PUBLISH")

    /// The methods of the RFCs that this stack speaks.
    public static let known: [Method] = [
        .invite, .ack, .bye, .cancel, .register, .options, .info, .message, .prack, .update,
        .refer, .subscribe, .notify, .publish,
    ]
}

extension Method: CustomStringConvertible {
    public var description: String { name }
}
