import Platform

/// What a phone does under a load that is measured: what it is told, in the same time always.
public struct PhoneDrill: Sendable, Equatable {
    /// A callee hangs up by itself so long after the caller should have.
    static let calleePatience = Duration.seconds(20)

    /// False: it calls without having registered.
    public var registers: Bool
    /// From the answer until the caller hangs up.
    public var talkTime: Duration
    /// How long a caller waits for an answer.
    public var patience: Duration

    public init(registers: Bool, talkTime: Duration, patience: Duration) {
        self.registers = registers
        self.talkTime = talkTime
        self.patience = patience
    }
}

extension PhoneHabits {
    /// A phone that does as it is told and leaves nothing to chance.
    public init(
        drill: PhoneDrill, transport: TransportKind, registrationExpiry: Duration,
        ringTime: Duration
    ) {
        self.init(
            transport: transport, registrationExpiry: registrationExpiry,
            pace: CallPace(peakInterval: nil), leastRingTime: ringTime, greatestRingTime: ringTime,
            meanPatience: drill.patience, meanTalkTime: drill.talkTime, staysInGroup: 0, refuses: 0,
            declines: 0, ignores: 0, picksUpTogether: 0, givesUpEarly: 0, holds: 0, misdials: 0,
            hangsUpAtOnce: 0, transfers: 0, drill: drill)
    }
}
