import Platform

/// Something that goes wrong once, at one instant, to somebody.
///
/// The network's steady faults are rates of the ``FaultPlan``; all else that goes wrong in a run is
/// a list of these, so that a plan can be read, edited and made smaller.
public struct Incident: Sendable, Equatable {
    /// What goes wrong; the raw value stands in plan files.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The exchange's process is killed; what it wrote is on the disk.
        case exchangeKilled = "exchange-killed"
        /// The exchange's machine loses power; only what was synced is on the disk.
        case exchangeLosesPower = "exchange-loses-power"
        /// The exchange's process dies in the middle of a write to its disk, `count` writes on.
        case exchangeDiesAtWrite = "exchange-dies-at-write"
        /// People's clocks on the exchange jump by `lasting`, which may be negative.
        case clockJumps = "clock-jumps"
        case diskFull = "disk-full"
        case diskFails = "disk-fails"
        case syncFails = "sync-fails"
        case diskSlow = "disk-slow"
        case phoneLosesPower = "phone-loses-power"
        case phoneReboots = "phone-reboots"
        case phoneLosesNetwork = "phone-loses-network"
        /// The phone gets another address, `lasting` after it lost the old one.
        case phoneMoves = "phone-moves"
        /// Nothing comes through from the phone to the exchange.
        case uplinkCut = "uplink-cut"
        /// Nothing comes through from the exchange to the phone.
        case downlinkCut = "downlink-cut"
        case linkCut = "link-cut"
        /// What is sent is kept back, and comes out in another order.
        case linkStopped = "link-stopped"
        /// Nobody reaches the exchange.
        case exchangeCutOff = "exchange-cut-off"
        /// All streams of the exchange are reset.
        case streamsReset = "streams-reset"
        /// The address translators restart and forget their bindings.
        case translatorsForget = "translators-forget"
        /// A hostile peer sends `count` messages.
        case attack
        /// A machine of a provider refuses all that it is asked.
        case providerRefuses = "provider-refuses"
        /// A machine of a provider answers late.
        case providerLags = "provider-lags"
        /// No name server answers.
        case namesSilent = "names-silent"
    }

    /// After the start.
    public var at: Duration
    public var kind: Kind
    /// Whom it happens to, counted from 0; nil where it is not about one phone.
    public var phone: Int?
    /// Which machine of the providers, all of them counted from 0; nil where it is not about one.
    public var line: Int?
    /// How long it lasts; zero where it is over at once.
    public var lasting: Duration
    /// How many of what the kind says.
    public var count: Int?

    public init(
        at: Duration, kind: Kind, phone: Int? = nil, line: Int? = nil,
        lasting: Duration = .zero, count: Int? = nil
    ) {
        self.at = at
        self.kind = kind
        self.phone = phone
        self.line = line
        self.lasting = lasting
        self.count = count
    }
}

extension Incident: CustomStringConvertible {
    /// For people: `1:02.500 phone-reboots of phone 7`.
    public var description: String {
        var words = [at.clockText, kind.rawValue]
        if let phone { words.append("of phone \(phone)") }
        if let line { words.append("of line \(line)") }
        if let count { words.append("count \(count)") }
        if lasting != .zero { words.append("for \(lasting.milliseconds) ms") }
        return words.joined(separator: " ")
    }
}

extension Incident: Codable {
    /// Durations are milliseconds in a file.
    private enum CodingKeys: String, CodingKey {
        case at, kind, phone, line, lasting, count
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            at: .milliseconds(try values.decode(Int64.self, forKey: .at)),
            kind: try values.decode(Kind.self, forKey: .kind),
            phone: try values.decodeIfPresent(Int.self, forKey: .phone),
            line: try values.decodeIfPresent(Int.self, forKey: .line),
            lasting: .milliseconds(try values.decodeIfPresent(Int64.self, forKey: .lasting) ?? 0),
            count: try values.decodeIfPresent(Int.self, forKey: .count))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(at.milliseconds, forKey: .at)
        try values.encode(kind, forKey: .kind)
        try values.encodeIfPresent(phone, forKey: .phone)
        try values.encodeIfPresent(line, forKey: .line)
        if lasting != .zero { try values.encode(lasting.milliseconds, forKey: .lasting) }
        try values.encodeIfPresent(count, forKey: .count)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// Minutes, seconds and milliseconds: `61:02.500`.
    var clockText: String {
        let whole = milliseconds
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(whole / 60_000):\(padded(whole / 1000 % 60, 2)).\(padded(whole % 1000, 3))"
    }
}
