// Event notification (RFC 6665).

/// Which event package, and which of its subscriptions (RFC 6665 §8.2.1).
public struct Event: ParameterizedToken {
    public static let fieldName = FieldName.event
    public static let form = FieldForm.single
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }

    /// Tells apart several subscriptions of one dialog.
    public var identifier: String? {
        get { parameters["id"] }
        set { parameters["id"] = newValue }
    }

    /// The package without its templates: `presence` of `presence.winfo`.
    public var package: String { token.split(separator: ".").first.map { String($0) } ?? token }

    /// Two events match where package and `id` do (RFC 6665 §4.5.1): byte for byte.
    public func matches(_ other: Event) -> Bool {
        token == other.token && identifier == other.identifier
    }
}

/// An event package that the sender knows (RFC 6665 §8.2.2).
public struct AllowEvents: TokenField {
    public static let fieldName = FieldName.allowEvents
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// How a subscription stands, in every NOTIFY (RFC 6665 §8.2.3).
public struct SubscriptionState: ParameterizedToken {
    public static let fieldName = FieldName.subscriptionState
    public static let form = FieldForm.single
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }

    public var isActive: Bool { equalIgnoringCase(token, "active") }
    public var isPending: Bool { equalIgnoringCase(token, "pending") }
    public var isTerminated: Bool { equalIgnoringCase(token, "terminated") }

    /// Seconds left.
    public var expires: UInt32? {
        get { parameters["expires"].map { Expires.seconds(of: $0) } }
        set { parameters["expires"] = newValue.map { String($0) } }
    }

    /// Why it ended: `timeout`, `noresource`, …
    public var reason: String? {
        get { parameters["reason"] }
        set { parameters["reason"] = newValue }
    }

    /// Seconds to wait before another attempt.
    public var retryAfter: UInt32? { parameters["retry-after"].flatMap { UInt32($0) } }
}
