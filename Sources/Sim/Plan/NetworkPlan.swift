import Platform

/// What stands between the phones and the exchange: boxes that lend one public address to the
/// phones behind them. A phone that no box names stands in the open.
public struct NetworkPlan: Sendable, Equatable, Codable {
    public var boxes: [BoxPlan]

    public init(boxes: [BoxPlan] = []) {
        self.boxes = boxes
    }

    /// No box stands anywhere.
    public static let open = NetworkPlan()
}

/// One box that translates addresses, and who is behind it.
public struct BoxPlan: Sendable, Equatable {
    /// RFC 3489's names, which people still use.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// One outer port for an inner one, and whoever sends there gets through.
        case fullCone = "full-cone"
        /// The same port, but only hosts that were sent to get through.
        case addressRestricted = "address-restricted"
        /// The same port, but only hosts and ports that were sent to get through.
        case portRestricted = "port-restricted"
        /// Each place that is sent to sees another port, and is alone on it.
        case symmetric
    }

    /// Which addresses of SIP and SDP messages the box rewrites, and how well (an "ALG"). It finds
    /// them in datagrams only.
    public enum Rewriting: String, Codable, Sendable, CaseIterable {
        /// None: it does not look into messages.
        case none
        /// All of them, with the right ports, and back again on the way in.
        case whole
        /// Address and port of Contact alone.
        case contactOnly = "contact-only"
        /// Those of the description alone.
        case descriptionOnly = "description-only"
        /// All of them, but the ports stay those of the inside.
        case addressesOnly = "addresses-only"
        /// All of them, but Content-Length stays what it was: a description gets longer or shorter
        /// than it says, and no call can be made.
        case wrongLength = "wrong-length"
    }

    /// How a phone behind a box sees to it that it stays reachable by UDP.
    public enum KeepAlive: String, Codable, Sendable, CaseIterable {
        /// Sends two line breaks now and then (RFC 5626 §3.5.1 has them on streams; phones send
        /// them in datagrams too).
        case lineBreaks = "line-breaks"
        /// Asks by STUN how it is seen (RFC 5626 §3.5.2), and registers when that changes.
        case stun
        /// Registers again before the box forgets.
        case registrations
        /// Nothing: it is unreachable once the box has forgotten it.
        case none
    }

    public var kind: Kind
    public var rewriting: Rewriting
    public var keepAlive: KeepAlive
    /// Gives an inner port the same number outside, where that is free.
    public var keepsPorts: Bool
    /// Lets those inside reach each other by the public address.
    public var hairpins: Bool
    /// What comes in keeps a binding alive, too (RFC 4787 REQ-6 leaves it open).
    public var isRefreshedFromOutside: Bool
    /// How long a binding for datagrams, and one for a stream, lives unused.
    public var datagramLifetime: Duration
    public var streamLifetime: Duration
    /// Bindings that it has room for.
    public var bindingLimit: Int
    /// The phones behind it, counted from 0; a phone is behind one box at most.
    public var phones: [Int]

    public init(
        kind: Kind, rewriting: Rewriting = .none, keepAlive: KeepAlive = .stun,
        keepsPorts: Bool = false, hairpins: Bool = false, isRefreshedFromOutside: Bool = true,
        datagramLifetime: Duration = .seconds(60), streamLifetime: Duration = .seconds(600),
        bindingLimit: Int = 1024, phones: [Int]
    ) {
        self.kind = kind
        self.rewriting = rewriting
        self.keepAlive = keepAlive
        self.keepsPorts = keepsPorts
        self.hairpins = hairpins
        self.isRefreshedFromOutside = isRefreshedFromOutside
        self.datagramLifetime = datagramLifetime
        self.streamLifetime = streamLifetime
        self.bindingLimit = bindingLimit
        self.phones = phones
    }

    /// True where phones that use datagrams cannot be expected to telephone well: what goes wrong
    /// for them is the box's doing, all the time.
    var breaksDatagramCalls: Bool { rewriting == .wrongLength || keepAlive == .none }
}

extension BoxPlan: Codable {
    /// Durations are milliseconds in a file.
    private enum CodingKeys: String, CodingKey {
        case kind, rewriting, keepAlive, keepsPorts, hairpins, isRefreshedFromOutside
        case datagramLifetime, streamLifetime, bindingLimit, phones
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            kind: try values.decode(Kind.self, forKey: .kind),
            rewriting: try values.decode(Rewriting.self, forKey: .rewriting),
            keepAlive: try values.decode(KeepAlive.self, forKey: .keepAlive),
            keepsPorts: try values.decode(Bool.self, forKey: .keepsPorts),
            hairpins: try values.decode(Bool.self, forKey: .hairpins),
            isRefreshedFromOutside: try values.decode(Bool.self, forKey: .isRefreshedFromOutside),
            datagramLifetime: .milliseconds(
                try values.decode(Int64.self, forKey: .datagramLifetime)),
            streamLifetime: .milliseconds(try values.decode(Int64.self, forKey: .streamLifetime)),
            bindingLimit: try values.decode(Int.self, forKey: .bindingLimit),
            phones: try values.decode([Int].self, forKey: .phones))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encode(rewriting, forKey: .rewriting)
        try values.encode(keepAlive, forKey: .keepAlive)
        try values.encode(keepsPorts, forKey: .keepsPorts)
        try values.encode(hairpins, forKey: .hairpins)
        try values.encode(isRefreshedFromOutside, forKey: .isRefreshedFromOutside)
        try values.encode(datagramLifetime.milliseconds, forKey: .datagramLifetime)
        try values.encode(streamLifetime.milliseconds, forKey: .streamLifetime)
        try values.encode(bindingLimit, forKey: .bindingLimit)
        try values.encode(phones, forKey: .phones)
    }
}
