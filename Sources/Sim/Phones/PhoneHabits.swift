import Platform

/// How one person uses the phone: drawn from the seed once, then lived by.
public struct PhoneHabits: Sendable, Equatable {
    public var transport: TransportKind
    /// What is asked for at REGISTER.
    public var registrationExpiry: Duration
    /// Between the end of one call and the next attempt, on average.
    public var meanPause: Duration
    /// How long it rings before the phone is picked up.
    public var leastRingTime: Duration
    public var greatestRingTime: Duration
    /// How long this caller waits for an answer.
    public var patience: Duration
    public var meanTalkTime: Duration

    // Of a thousand times:
    /// Answers 486 after a moment.
    public var refuses: Int
    /// Answers 603 after a moment.
    public var declines: Int
    /// Lets it ring.
    public var ignores: Int
    /// Hangs up while it still rings at the other side.
    public var givesUpEarly: Int
    /// Puts a call on hold, once, and takes it back.
    public var holds: Int
    /// Dials a number that nobody has.
    public var misdials: Int
    /// Hangs up in the very moment of the answer.
    public var hangsUpAtOnce: Int

    /// Someone in an office of the simulated world.
    static func drawn(from random: SimulatedRandom) -> PhoneHabits {
        PhoneHabits(
            transport: random.happens(perThousand: 250) ? .tcp : .udp,
            registrationExpiry: .seconds(Int64(random.number(in: 2...60) * 60)),
            meanPause: random.duration(from: .seconds(20), to: .seconds(240)),
            leastRingTime: .milliseconds(Int64(random.number(in: 0...2000))),
            greatestRingTime: random.duration(from: .seconds(3), to: .seconds(25)),
            patience: random.duration(from: .seconds(5), to: .seconds(60)),
            meanTalkTime: random.duration(from: .seconds(5), to: .seconds(90)),
            refuses: random.number(in: 0...100), declines: random.number(in: 0...50),
            ignores: random.number(in: 0...150), givesUpEarly: random.number(in: 0...150),
            holds: random.number(in: 0...300), misdials: random.number(in: 0...30),
            hangsUpAtOnce: random.number(in: 0...30))
    }
}
