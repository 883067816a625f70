import Platform

/// What a receiver tells a source about itself (RFC 3550 §6.4.1).
public struct ReportBlock: Equatable, Sendable {
    /// In bytes on the wire.
    static var length: Int { 24 }

    public var ssrc: UInt32
    /// 256ths of what was expected since the report before.
    public var fractionLost: UInt8
    /// 24 bits, signed: doubles count against losses.
    public var lost: Int32
    /// Sequence number, extended by how often it wrapped.
    public var highest: UInt32
    /// In timestamp units.
    public var jitter: UInt32
    /// The middle 32 bits of the NTP timestamp in the last sender report, 0 where none came.
    public var lastSender: UInt32
    /// Since that came, in 65,536ths of a second.
    public var delay: UInt32

    /// Reads a block; the caller has checked the length.
    init(_ packet: Span<UInt8>, at offset: Int) {
        ssrc = packet.bigEndian32(at: offset)
        fractionLost = packet[offset + 4]
        let lost = packet.bigEndian32(at: offset + 4) << 8
        self.lost = Int32(bitPattern: lost) >> 8
        highest = packet.bigEndian32(at: offset + 8)
        jitter = packet.bigEndian32(at: offset + 12)
        lastSender = packet.bigEndian32(at: offset + 16)
        delay = packet.bigEndian32(at: offset + 20)
    }

    init(
        ssrc: UInt32, fractionLost: UInt8, lost: Int32, highest: UInt32, jitter: UInt32,
        lastSender: UInt32, delay: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.lost = lost
        self.highest = highest
        self.jitter = jitter
        self.lastSender = lastSender
        self.delay = delay
    }

    /// How long a packet takes there and back, by a report of ours that this one answers.
    func roundTrip(now: UInt32) -> Duration? {
        guard lastSender != 0 else { return nil }
        let units = Int64(Int32(bitPattern: now &- lastSender &- delay))
        // More than ten seconds is a report about somebody else's clock.
        guard (0...655_360).contains(units) else { return nil }
        return .microseconds(units * 1_000_000 / 65_536)
    }
}

/// Measures how one source comes in, for the reports about it (RFC 3550 appendix A.3, A.8).
struct ReceptionMeter: Equatable, Sendable {
    /// A step beyond this is another beginning.
    private static var longestGap: Int16 { 3_000 }

    private(set) var ssrc: UInt32?
    private var first: UInt32 = 0
    private var highest: UInt32 = 0
    private var received: UInt32 = 0
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0
    /// Sixteen times the jitter.
    private var jitter: Int64 = 0
    private var lastTransit: Int64?
    /// How losses fell together.
    private(set) var bursts = LossBursts()
    private var lastSender: (middle: UInt32, arrival: Instant)?

    static func == (one: ReceptionMeter, other: ReceptionMeter) -> Bool {
        one.ssrc == other.ssrc && one.highest == other.highest && one.received == other.received
    }

    /// - Parameter clockRate: of its timestamp; nil where that does not go on with time: events.
    mutating func note(_ header: RTPHeader, clockRate: Int?, now: Instant) {
        let step = Int16(
            bitPattern: header.sequenceNumber &- UInt16(truncatingIfNeeded: highest))
        guard header.ssrc == ssrc, step > -Self.longestGap, step < Self.longestGap else {
            self = ReceptionMeter()
            ssrc = header.ssrc
            // One turn ahead, so that what came before the first packet is no underflow.
            first = 0x1_0000 | UInt32(header.sequenceNumber)
            highest = first
            received = 1
            bursts.receive()
            return
        }
        received &+= 1
        if step > 0 {
            highest &+= UInt32(step)
            if step > 1 { bursts.lose(UInt64(step - 1)) }
            bursts.receive()
        }
        guard let clockRate else { return }
        let arrival = now.nanoseconds / 1_000 * Int64(clockRate) / 1_000_000
        let transit = arrival - Int64(header.timestamp)
        if let lastTransit {
            let change = min(abs(transit - lastTransit), Int64(clockRate))
            jitter += change - (jitter + 8) >> 4
        }
        lastTransit = transit
    }

    /// A sender report came of that source.
    mutating func noteSender(_ middle: UInt32, of source: UInt32, now: Instant) {
        guard source == ssrc else { return }
        lastSender = (middle, now)
    }

    /// 256ths of all that was expected that did not come.
    var lostShare: UInt8 {
        let expected = Int64(highest &- first &+ 1)
        let missed = max(0, expected - Int64(received))
        return ssrc == nil || expected <= 0 ? 0 : UInt8(clamping: missed * 256 / expected)
    }

    /// So many of all that was expected, in 256ths.
    func share(_ count: UInt64) -> UInt8 {
        let expected = UInt64(highest &- first &+ 1)
        guard ssrc != nil, expected > 0 else { return 0 }
        return UInt8(clamping: min(count, expected) * 256 / expected)
    }

    /// The next report; nil while there is no source.
    mutating func block(now: Instant) -> ReportBlock? {
        guard let ssrc else { return nil }
        let expected = highest &- first &+ 1
        let missed = Int64(expected) - Int64(received)
        let expectedNow = Int64(expected &- expectedBefore)
        let lostNow = expectedNow - Int64(received &- receivedBefore)
        expectedBefore = expected
        receivedBefore = received
        var delay: Int64 = 0
        if let lastSender {
            delay = (now - lastSender.arrival).nanoseconds / 1_000 * 65_536 / 1_000_000
        }
        return ReportBlock(
            ssrc: ssrc,
            fractionLost: expectedNow > 0 && lostNow > 0
                ? UInt8(clamping: lostNow * 256 / expectedNow) : 0,
            lost: Int32(min(max(missed, -0x80_0000), 0x7F_FFFF)), highest: highest,
            jitter: UInt32(clamping: jitter >> 4), lastSender: lastSender?.middle ?? 0,
            delay: UInt32(clamping: delay))
    }
}
