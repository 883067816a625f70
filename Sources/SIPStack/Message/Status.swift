/// A response's status: 100 to 699 (RFC 3261 §7.2, §21).
public struct Status: Hashable, Comparable, Sendable {
    public let code: Int

    /// Nil outside 100...699.
    public init?(_ code: Int) {
        guard (100...699).contains(code) else { return nil }
        self.code = code
    }

    init(known code: Int) {
        self.code = code
    }

    public static func < (first: Status, second: Status) -> Bool { first.code < second.code }

    public var isProvisional: Bool { code < 200 }
    public var isFinal: Bool { code >= 200 }
    public var isSuccess: Bool { code / 100 == 2 }
    public var isRedirection: Bool { code / 100 == 3 }
    /// 401 and 407: come again with credentials.
    public var isChallenge: Bool { code == 401 || code == 407 }
    /// 4xx, 5xx and 6xx.
    public var isFailure: Bool { code >= 400 }
    /// 6xx: no other place will do either (RFC 3261 §21.6).
    public var isGlobalFailure: Bool { code >= 600 }

    /// The status to treat an unknown one as: the x00 of its class, 183 for 1xx
    /// (RFC 3261 §8.1.3.2).
    public var classDefault: Status {
        Status(known: isProvisional ? 183 : code / 100 * 100)
    }
}

extension Status: CustomStringConvertible {
    public var description: String { String(code) }
}
