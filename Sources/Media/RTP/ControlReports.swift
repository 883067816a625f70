import Platform

/// What a compound RTCP packet says that we use (RFC 3550 §6.4): who sent a sender report, and what
/// is reported about our own source.
public struct ControlReports: Equatable, Sendable {
    /// Of the last sender report: its source, and the middle of its NTP timestamp.
    public var sender: (ssrc: UInt32, middle: UInt32)?
    /// The last block about our source.
    public var aboutUs: ReportBlock?

    public static func == (one: ControlReports, other: ControlReports) -> Bool {
        one.sender?.ssrc == other.sender?.ssrc && one.sender?.middle == other.sender?.middle
            && one.aboutUs == other.aboutUs
    }

    /// - Parameter ssrc: our own source.
    public init(_ compound: Span<UInt8>, ssrc: UInt32) {
        var offset = 0
        while offset < compound.count, let packet = RTCPHeader(compound, at: offset) {
            let end = offset + packet.length
            var block = offset + 8
            if packet.packetType == 200, packet.length >= 28 {
                let middle =
                    compound.bigEndian32(at: offset + 8) << 16
                    | compound.bigEndian32(at: offset + 12) >> 16
                sender = packet.ssrc.map { ($0, middle) }
                block = offset + 28
            }
            if packet.packetType == 200 || packet.packetType == 201 {
                for _ in 0..<packet.count where block + ReportBlock.length <= end {
                    if compound.bigEndian32(at: block) == ssrc {
                        aboutUs = ReportBlock(compound, at: block)
                    }
                    block += ReportBlock.length
                }
            }
            offset = end
        }
    }
}

/// A report of our own: a sender report where we have sent, else a receiver report, and our name.
struct OwnReport {
    /// What we have sent.
    struct Sending: Equatable, Sendable {
        var timestamp: UInt32
        var packetCount: UInt32
        var octetCount: UInt32
    }

    var ssrc: UInt32
    /// Seconds and their fractions since any beginning: no more than round trips need of a clock.
    var time: UInt64
    var sending: Sending?
    var block: ReportBlock?
    /// CNAME (RFC 7022): 1…255 bytes.
    var name: String
    /// Where the party wants it.
    var voice: VoiceReport?

    /// The compound packet (RFC 3550 §6.1).
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: UInt32) {
            for shift in [24, 16, 8, 0] as [UInt32] {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        let words = 1 + (sending == nil ? 0 : 5) + (block == nil ? 0 : 6)
        append(
            (block == nil ? 0x80_00_00_00 : 0x81_00_00_00)
                | (sending == nil ? 201 : 200) << 16 | UInt32(words))
        append(ssrc)
        if let sending {
            append(UInt32(truncatingIfNeeded: time >> 32))
            append(UInt32(truncatingIfNeeded: time))
            append(sending.timestamp)
            append(sending.packetCount)
            append(sending.octetCount)
        }
        if let block {
            append(block.ssrc)
            append(UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.lost) & 0xFF_FFFF)
            append(block.highest)
            append(block.jitter)
            append(block.lastSender)
            append(block.delay)
        }
        let cname = Array(name.utf8.prefix(255))
        // The list of items ends with a zero, and with as many as fill the word.
        let length = 4 + 2 + cname.count + 1
        let padding = (4 - length % 4) % 4
        append(0x81_00_00_00 | 202 << 16 | UInt32((length + padding) / 4))
        append(ssrc)
        bytes += [1, UInt8(cname.count)] + cname
        bytes += [UInt8](repeating: 0, count: 1 + padding)
        if let voice { bytes += voice.bytes(from: ssrc) }
        return bytes
    }

    /// The time as a report has it: 32 bits of seconds, 32 of fractions.
    static func time(of instant: Instant) -> UInt64 {
        let nanoseconds = UInt64(max(0, instant.nanoseconds))
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds << 32 | (rest << 32) / 1_000_000_000
    }
}
