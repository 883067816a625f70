import Platform

/// A payload type that means sound which the exchange itself can speak or understand.
public struct SoundFormat: Hashable, Sendable {
    public var payloadType: UInt8
    public var kind: SoundKind
    /// How much sound a packet shall hold, 10…60 ms.
    public var packetTime: Duration
    public var opus: OpusParameters

    public init(
        payloadType: UInt8, kind: SoundKind, packetTime: Duration = SoundFormat.usualPacketTime,
        opus: OpusParameters = .usual
    ) {
        self.payloadType = payloadType
        self.kind = kind
        let whole = max(1, packetTime.nanoseconds / 10_000_000)
        // Opus has no frames of 30 and 50 ms (RFC 6716 §2.1.4).
        let lengths: [Int64] = kind == .opus ? [1, 2, 4, 6] : [1, 2, 3, 4, 5, 6]
        self.packetTime = .milliseconds(10 * (lengths.last { $0 <= whole } ?? 1))
        self.opus = opus
    }

    public static var usualPacketTime: Duration { .milliseconds(20) }
}

/// How the exchange itself can talk with one party in one stream.
public struct SoundDescription: Hashable, Sendable {
    /// More formats of one line are not listened to.
    public static var formatLimit: Int { 8 }

    /// What it may send to us.
    public var received: [SoundFormat]
    /// The payload type under which it says what its silence sounds like (RFC 3389).
    public var noiseType: UInt8?
    /// What we send to it; nil where it takes nothing that we can speak.
    public var sent: SoundFormat?
    /// Payload types under which it takes telephone events.
    public var sentEvents: [TelephoneEventFormat]

    public init(
        received: [SoundFormat] = [], sent: SoundFormat? = nil,
        sentEvents: [TelephoneEventFormat] = [], noiseType: UInt8? = nil
    ) {
        self.received = received
        self.noiseType = noiseType
        self.sent = sent
        self.sentEvents = sentEvents
    }

    /// Neither side is understood: such a stream is only relayed.
    public static let none = SoundDescription()

    /// Events that fit the sound we send: at its clock rate (RFC 4733 §2.1), else the first.
    var eventFormat: TelephoneEventFormat? {
        guard let sent else { return nil }
        return sentEvents.first { Int($0.clockRate) == sent.kind.clockRate } ?? sentEvents.first
    }

    /// The best rate of what the party may send.
    var bestRate: Int { received.map(\.kind.sampleRate).max() ?? SoundKind.narrow }

    /// What it may send is the same.
    func soundsAlike(_ other: SoundDescription) -> Bool {
        received == other.received && noiseType == other.noiseType
    }

    /// The best rate at which sound passes from this party to that one.
    func sampleRate(to other: SoundDescription) -> Int? {
        guard let sent = other.sent, let best = received.map(\.kind.sampleRate).max() else {
            return nil
        }
        return min(best, sent.kind.sampleRate)
    }
}
