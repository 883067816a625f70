import Platform

/// How the people of an office telephone, all together: what a plan says, and the seed draws from.
public struct OfficeWorkload: Sendable, Equatable {
    /// Attempts that each phone makes in an hour of the peak, where nothing else is said: so many
    /// that 50 phones make over 500 in 20 minutes in which much goes wrong.
    public static let usualCallsPerPhone = 36

    /// Attempts of all phones together in an hour of the peak; nil: the usual number a phone.
    public var callsPerHour: Int?
    /// Of a thousand calls, those that stay within the caller's group.
    public var withinGroup = 600
    /// Groups have two to so many extensions.
    public var greatestGroup = 12
    /// Of a thousand times that it rings, those that somebody picks up.
    public var answered = 850
    /// How long people talk (log-normal around it).
    public var meanTalkTime = Duration.seconds(25)
    /// How long callers wait for an answer (exponential, beyond a few seconds).
    public var meanPatience = Duration.seconds(25)
    /// The time of day at which the run begins; nil: a short run takes place at the peak, one of
    /// hours is a working day.
    public var opensAt: Duration?
    /// Attempts from outside in an hour of the peak, by each machine of a provider.
    public var outsideCallsPerHour = 30

    public init() {}

    /// How often each machine of a provider calls.
    func outsidePace(over duration: Duration) -> CallPace {
        let interval =
            outsideCallsPerHour > 0 ? Duration.seconds(3600) / outsideCallsPerHour : nil
        return CallPace(
            peakInterval: interval, opensAt: opensAt ?? DailyCurve.opening(for: duration))
    }

    /// How often one of so many phones calls, in a run of that length.
    func pace(of phoneCount: Int, over duration: Duration) -> CallPace {
        let total = callsPerHour ?? phoneCount * Self.usualCallsPerPhone
        let interval = total > 0 ? Duration.seconds(3600) * phoneCount / total : nil
        return CallPace(
            peakInterval: interval, opensAt: opensAt ?? DailyCurve.opening(for: duration))
    }
}

extension OfficeWorkload: Codable {
    /// Durations are milliseconds in a file; what is left out is as usual.
    private enum CodingKeys: String, CodingKey {
        case callsPerHour, withinGroup, greatestGroup, answered, meanTalkTime, meanPatience
        case opensAt, outsideCallsPerHour
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func number(_ key: CodingKeys, _ usual: Int) throws -> Int {
            try values.decodeIfPresent(Int.self, forKey: key) ?? usual
        }
        func duration(_ key: CodingKeys) throws -> Duration? {
            try values.decodeIfPresent(Int64.self, forKey: key).map { .milliseconds($0) }
        }
        callsPerHour = try values.decodeIfPresent(Int.self, forKey: .callsPerHour)
        withinGroup = try number(.withinGroup, withinGroup)
        greatestGroup = try number(.greatestGroup, greatestGroup)
        answered = try number(.answered, answered)
        meanTalkTime = try duration(.meanTalkTime) ?? meanTalkTime
        meanPatience = try duration(.meanPatience) ?? meanPatience
        opensAt = try duration(.opensAt)
        outsideCallsPerHour = try number(.outsideCallsPerHour, outsideCallsPerHour)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(callsPerHour, forKey: .callsPerHour)
        try values.encode(withinGroup, forKey: .withinGroup)
        try values.encode(greatestGroup, forKey: .greatestGroup)
        try values.encode(answered, forKey: .answered)
        try values.encode(meanTalkTime.milliseconds, forKey: .meanTalkTime)
        try values.encode(meanPatience.milliseconds, forKey: .meanPatience)
        try values.encodeIfPresent(opensAt?.milliseconds, forKey: .opensAt)
        try values.encode(outsideCallsPerHour, forKey: .outsideCallsPerHour)
    }
}
