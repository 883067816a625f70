import Platform

/// What one RTP packet of a telephone event says (RFC 4733 §2.3).
public struct TelephoneEventPacket: Equatable, Sendable {
    public var code: UInt8
    public var isEnd: Bool
    /// 0…63, power below 0 dBm0.
    public var volume: UInt8
    /// In timestamp units.
    public var duration: UInt16
    public var timestamp: UInt32
    public var sequenceNumber: UInt16

    public init(
        code: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16, timestamp: UInt32,
        sequenceNumber: UInt16
    ) {
        self.code = code
        self.isEnd = isEnd
        self.volume = volume
        self.duration = duration
        self.timestamp = timestamp
        self.sequenceNumber = sequenceNumber
    }

    /// Reads the payload; nil where it is shorter than four bytes.
    public init?(_ packet: Span<UInt8>, header: RTPHeader) {
        guard header.payload.count >= 4 else { return nil }
        let start = header.payload.lowerBound
        self.init(
            code: packet[start], isEnd: packet[start + 1] & 0x80 != 0,
            volume: packet[start + 1] & 0x3F,
            duration: UInt16(packet[start + 2]) << 8 | UInt16(packet[start + 3]),
            timestamp: header.timestamp, sequenceNumber: header.sequenceNumber)
    }
}

/// Turns the packets of telephone events into presses: each told once, whatever was lost, repeated
/// or reordered. Keyed by timestamp and end bit, never by the marker (RFC 4733 §2.5.2).
///
/// A press is told at its first end packet; if all of those are lost, when the next press begins
/// or when nothing came for ``endTimeout``.
public struct TelephoneEventDetector: Equatable, Sendable {
    /// Ten times the usual spacing of 50 ms between updates (RFC 4733 §2.5.1.2).
    public static var endTimeout: Duration { .milliseconds(500) }

    private struct Press: Equatable, Sendable {
        var code: UInt8
        var volume: UInt8
        var timestamp: UInt32
        /// Timestamp units of earlier segments of a long press (RFC 4733 §2.5.1.3).
        var earlier: UInt64
        var duration: UInt16
        var clockRate: UInt32
        var sequenceNumber: UInt16
        var lastPacket: Instant

        var event: TelephoneEvent {
            let units = min(earlier &+ UInt64(duration), UInt64(clockRate) * 3600)
            return TelephoneEvent(
                code: code,
                duration: .microseconds(units * 1_000_000 / UInt64(max(clockRate, 1))),
                volume: volume)
        }
    }

    private var current: Press?
    private var told: Press?

    public init() {}

    /// True while a press has begun and not ended: ``flush(now:)`` must be called in time.
    public var isPressed: Bool { current != nil }

    /// Takes one packet; hands each press that has ended to `tell` (at most two).
    public mutating func receive(
        _ packet: TelephoneEventPacket, clockRate: UInt32, now: Instant,
        tell: (TelephoneEvent) -> Void
    ) {
        if isRepeat(packet) { return }
        if var press = current {
            if isSamePress(packet, as: press) {
                if packet.timestamp != press.timestamp,
                    packet.timestamp == press.timestamp &+ 0xFFFF
                {
                    press.earlier &+= 0xFFFF
                    press.duration = 0
                }
                press.timestamp = packet.timestamp
                press.duration = max(press.duration, packet.duration)
                press.sequenceNumber = packet.sequenceNumber
                press.lastPacket = now
                current = press
            } else {
                // An old packet that comes late belongs to nothing any more.
                if Int32(bitPattern: packet.timestamp &- press.timestamp) < 0 { return }
                tell(press.event)
                told = press
                current = nil
            }
        }
        if current == nil {
            current = Press(
                code: packet.code, volume: packet.volume, timestamp: packet.timestamp, earlier: 0,
                duration: packet.duration, clockRate: clockRate,
                sequenceNumber: packet.sequenceNumber, lastPacket: now)
        }
        if packet.isEnd, let press = current {
            tell(press.event)
            told = press
            current = nil
        }
    }

    /// Ends a press whose end packets were all lost.
    public mutating func flush(now: Instant, tell: (TelephoneEvent) -> Void) {
        guard let press = current, now - press.lastPacket >= Self.endTimeout else { return }
        tell(press.event)
        told = press
        current = nil
    }

    /// True for what belongs to the press that was told last: its repeated end packets, and
    /// packets overtaken by them.
    private func isRepeat(_ packet: TelephoneEventPacket) -> Bool {
        guard let told else { return false }
        if packet.timestamp == told.timestamp { return true }
        let age = Int32(bitPattern: told.timestamp &- packet.timestamp)
        // Up to ten seconds back is reordering; more is a new source with its own timestamps.
        if current == nil, age > 0, Int64(age) < 10 * Int64(told.clockRate) { return true }
        // Some phones move the timestamp in each packet: their repeated ends follow at once, alike.
        return current == nil && packet.isEnd && packet.code == told.code
            && packet.duration == told.duration && told.earlier == 0
            && packet.sequenceNumber &- told.sequenceNumber <= 3
    }

    private func isSamePress(_ packet: TelephoneEventPacket, as press: Press) -> Bool {
        guard packet.code == press.code else { return false }
        if packet.timestamp == press.timestamp { return true }
        // The next segment of a long press, or a phone that moves the timestamp while a press goes
        // on: a new press would begin with a short duration.
        return packet.timestamp == press.timestamp &+ 0xFFFF
            || packet.duration > press.duration
                && packet.sequenceNumber &- press.sequenceNumber < 8
    }
}
