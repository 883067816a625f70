/// A field that is a list of tokens: option tags, methods, packages.
public protocol TokenField: FieldValue {
    var token: String { get set }
    init(_ token: String)
}

extension TokenField {
    public static var form: FieldForm { .list }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        self.init(try reader.token())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(token)
    }

    public static func == (first: Self, second: Self) -> Bool {
        equalIgnoringCase(first.token, second.token)
    }
}

/// An extension that the sender knows (RFC 3261 §20.37).
public struct Supported: TokenField {
    public static let fieldName = FieldName.supported
    public static let form = FieldForm.listOrEmpty
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// An extension that the receiver must know (RFC 3261 §20.32).
public struct Require: TokenField {
    public static let fieldName = FieldName.require
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// An extension that proxies must know (RFC 3261 §20.29).
public struct ProxyRequire: TokenField {
    public static let fieldName = FieldName.proxyRequire
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// An extension that was required and is not known (RFC 3261 §20.40).
public struct Unsupported: TokenField {
    public static let fieldName = FieldName.unsupported
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// A method that the sender takes (RFC 3261 §20.5).
public struct Allow: TokenField {
    public static let fieldName = FieldName.allow
    public static let form = FieldForm.listOrEmpty
    public var token: String

    public init(_ token: String) {
        self.token = token
    }

    public var method: Method { Method(token) }

    /// Methods are told apart by case.
    public static func == (first: Allow, second: Allow) -> Bool { first.token == second.token }
}
