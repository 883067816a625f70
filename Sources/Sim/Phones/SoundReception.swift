import Platform

/// How well one party's sound comes in: loss and jitter of RTP (RFC 3550 §6.4.1, appendix A).
public struct SoundReception: Sendable, Equatable {
    /// A step of the sequence number beyond this is another beginning, not a loss (appendix A.1).
    private static let longestGap = 3000
    private static let longestDisorder = -100
    /// One unit of G.711's timestamp: 8000 a second.
    private static let timestampUnit = Duration.microseconds(125)

    /// Packets that came, doubles among them.
    public private(set) var receivedCount = 0
    /// The interarrival jitter as it is now, and at its greatest.
    public private(set) var jitter = Duration.zero
    public private(set) var greatestJitter = Duration.zero

    private var source: UInt32?
    private var highest: UInt16 = 0
    /// From the first sequence number to the highest one, the runs of earlier sources among them.
    private var expected = 0
    private var lastTimestamp: UInt32 = 0
    private var lastArrival = Instant.start

    public init() {}

    /// Packets that should have come between the first and the last that did.
    public var expectedCount: Int { expected }
    public var lostCount: Int { max(0, expected - receivedCount) }

    /// Takes note of a packet.
    public mutating func note(
        source: UInt32, sequence: UInt16, timestamp: UInt32, at arrival: Instant
    ) {
        receivedCount += 1
        let step = Int(Int16(truncatingIfNeeded: Int(sequence) - Int(highest)))
        guard self.source == source, step > Self.longestDisorder, step < Self.longestGap else {
            self.source = source
            expected += 1
            highest = sequence
            lastTimestamp = timestamp
            lastArrival = arrival
            return
        }
        noteTransit(timestamp, arrival)
        guard step > 0 else { return }
        expected += step
        highest = sequence
    }

    /// J += (|D| − J) / 16.
    private mutating func noteTransit(_ timestamp: UInt32, _ arrival: Instant) {
        let units = Int32(truncatingIfNeeded: timestamp &- lastTimestamp)
        let difference = (arrival - lastArrival) - Self.timestampUnit * Int(units)
        lastTimestamp = timestamp
        lastArrival = arrival
        let distance = difference < .zero ? .zero - difference : difference
        jitter += (distance - jitter) / 16
        greatestJitter = max(greatestJitter, jitter)
    }
}
