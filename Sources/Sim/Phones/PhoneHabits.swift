import Platform

/// How one person uses the phone: drawn from the seed once, then lived by.
public struct PhoneHabits: Sendable, Equatable {
    public var transport: TransportKind
    /// What is asked for at REGISTER.
    public var registrationExpiry: Duration
    /// When this person feels like calling somebody.
    public var pace: CallPace
    /// How long it rings before the phone is picked up.
    public var leastRingTime: Duration
    public var greatestRingTime: Duration
    /// How long this caller waits for an answer, on average.
    public var meanPatience: Duration
    public var meanTalkTime: Duration

    // Of a thousand times:
    /// Calls somebody of the own group.
    public var staysInGroup: Int
    /// Answers 486 after a moment.
    public var refuses: Int
    /// Answers 603 after a moment.
    public var declines: Int
    /// Lets it ring.
    public var ignores: Int
    /// Picks up on the stroke of a clock that others hear too.
    public var picksUpTogether: Int
    /// Hangs up while it still rings at the other side.
    public var givesUpEarly: Int
    /// Puts a call on hold, once, and takes it back.
    public var holds: Int
    /// Dials a number that nobody has.
    public var misdials: Int
    /// Hangs up in the very moment of the answer.
    public var hangsUpAtOnce: Int
    /// Sends the other party on to somebody else.
    public var transfers: Int

    /// Instead of all that is left to chance: what the phone does under a load that is measured.
    public var drill: PhoneDrill?

    /// Someone in an office of the simulated world.
    ///
    /// - Parameter pace: that of an average person; some call more, some less.
    static func drawn(
        from random: SimulatedRandom, in workload: OfficeWorkload = OfficeWorkload(),
        pace: CallPace
    ) -> PhoneHabits {
        let unanswered = 1000 - max(0, min(1000, workload.answered))
        func around(_ share: Int) -> Int { random.number(in: 0...(2 * share)) }
        var pace = pace
        let eagerness = Int64(random.number(in: 600...1400))
        pace.peakInterval = pace.peakInterval.map { $0 / Int(eagerness) * 1000 }
        return PhoneHabits(
            transport: random.happens(perThousand: 250) ? .tcp : .udp,
            registrationExpiry: .seconds(Int64(random.number(in: 2...60) * 60)),
            pace: pace,
            leastRingTime: .milliseconds(Int64(random.number(in: 0...2000))),
            greatestRingTime: random.duration(from: .seconds(3), to: .seconds(12)),
            meanPatience: random.duration(
                from: workload.meanPatience / 2, to: workload.meanPatience * 3 / 2),
            meanTalkTime: random.duration(
                from: workload.meanTalkTime / 2, to: workload.meanTalkTime * 3 / 2),
            staysInGroup: workload.withinGroup,
            refuses: around(unanswered * 3 / 10), declines: around(unanswered * 2 / 10),
            ignores: around(unanswered * 5 / 10), picksUpTogether: random.number(in: 0...300),
            givesUpEarly: random.number(in: 0...150), holds: random.number(in: 0...300),
            misdials: random.number(in: 0...30), hangsUpAtOnce: random.number(in: 0...30),
            transfers: random.number(in: 0...200))
    }
}
