/// How a stream sounds to who hears it: the VoIP metrics block of an extended report (RFC 3611 §4.7).
///
/// Levels and echo are written as unknown, and passed over.
public struct VoiceReport: Equatable, Sendable {
    /// Of the packet, of its block, and words of the block behind its first.
    private static var packetType: UInt8 { 207 }
    private static var blockType: UInt8 { 7 }
    private static var blockWords: Int { 8 }
    private static var unknown: UInt8 { 127 }

    /// What the attribute of a description calls it (RFC 3611 §5.1).
    static var attributeName: String { "rtcp-xr" }
    static var attributeValue: String { "voip-metrics" }

    /// The source that was heard.
    public var ssrc: UInt32
    /// 256ths since the stream began: lost on the way, and thrown away as too late.
    public var lost: UInt8 = 0
    public var discarded: UInt8 = 0
    /// 256ths of what was lost within bursts, and between them.
    public var burstDensity: UInt8 = 0
    public var gapDensity: UInt8 = 0
    /// Mean lengths, in milliseconds.
    public var burstTime: UInt16 = 0
    public var gapTime: UInt16 = 0
    /// There and back, and within the one who reports; milliseconds, 0 for unknown.
    public var roundTrip: UInt16 = 0
    public var ownDelay: UInt16 = 0
    /// The transmission rating of the E-model, 0…100; nil for unknown.
    public var rating: UInt8?
    /// Mean opinion scores in hundredths, of listening alone and of talking with one another; nil for
    /// unknown.
    public var listeningScore: Int?
    public var score: Int?
    /// The jitter buffer: what it waits now, what it came to at most, and what it may come to;
    /// milliseconds.
    public var waiting: UInt16 = 0
    public var waitingMost: UInt16 = 0
    public var waitingLimit: UInt16 = 0

    public init(ssrc: UInt32) {
        self.ssrc = ssrc
    }

    /// The last block of a compound packet; nil where there is none.
    ///
    /// - Parameter source: blocks about others are passed over; nil takes them all.
    public init?(in compound: Span<UInt8>, about source: UInt32? = nil) {
        var found: VoiceReport?
        var offset = 0
        while offset < compound.count, let packet = RTCPHeader(compound, at: offset) {
            let end = offset + packet.length
            if packet.packetType == Self.packetType {
                var block = offset + 8
                while block + 4 <= end {
                    let words = Int(compound[block + 2]) << 8 | Int(compound[block + 3])
                    let next = block + 4 + 4 * words
                    guard next <= end else { break }
                    if compound[block] == Self.blockType, words == Self.blockWords {
                        let report = VoiceReport(compound, at: block)
                        if source == nil || report.ssrc == source { found = report }
                    }
                    block = next
                }
            }
            offset = end
        }
        guard let found else { return nil }
        self = found
    }

    /// Reads a block; the caller has checked the length.
    private init(_ packet: Span<UInt8>, at offset: Int) {
        func half(_ place: Int) -> UInt16 {
            UInt16(packet[offset + place]) << 8 | UInt16(packet[offset + place + 1])
        }
        func score(_ place: Int) -> Int? {
            (10...50).contains(packet[offset + place]) ? Int(packet[offset + place]) * 10 : nil
        }
        ssrc = packet.bigEndian32(at: offset + 4)
        lost = packet[offset + 8]
        discarded = packet[offset + 9]
        burstDensity = packet[offset + 10]
        gapDensity = packet[offset + 11]
        burstTime = half(12)
        gapTime = half(14)
        roundTrip = half(16)
        ownDelay = half(18)
        rating = packet[offset + 24] <= 100 ? packet[offset + 24] : nil
        listeningScore = score(26)
        self.score = score(27)
        waiting = half(30)
        waitingMost = half(32)
        waitingLimit = half(34)
    }

    /// The packet, of that source's.
    func bytes(from reporter: UInt32) -> [UInt8] {
        func half(_ value: UInt16) -> [UInt8] {
            [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
        }
        func word(_ value: UInt32) -> [UInt8] {
            half(UInt16(truncatingIfNeeded: value >> 16)) + half(UInt16(truncatingIfNeeded: value))
        }
        func tenths(_ score: Int?) -> UInt8 {
            score.map { UInt8(clamping: min(max(($0 + 5) / 10, 10), 50)) } ?? Self.unknown
        }
        let unknown = Self.unknown
        var bytes: [UInt8] = [0x80, Self.packetType, 0, UInt8(2 + Self.blockWords)]
        bytes += word(reporter)
        bytes += [Self.blockType, 0, 0, UInt8(Self.blockWords)] + word(ssrc)
        bytes += [lost, discarded, burstDensity, gapDensity]
        bytes += half(burstTime) + half(gapTime) + half(roundTrip) + half(ownDelay)
        bytes += [unknown, unknown, unknown, UInt8(LossBursts.gapMinimum)]
        bytes += [min(rating ?? unknown, unknown), unknown]
        bytes += [tenths(listeningScore), tenths(score)]
        // Losses are concealed, not by silence; the jitter buffer adapts (§4.7.7).
        bytes += [0b1111_0000, 0]
        return bytes + half(waiting) + half(waitingMost) + half(waitingLimit)
    }
}

extension SessionDescription {
    /// True where the party wants to be told how it sounds (RFC 3611 §5.2).
    func wantsVoiceReports(on line: MediaDescription) -> Bool {
        for attributes in [line.attributes, attributes] {
            guard let value = attributes.value(of: VoiceReport.attributeName) else { continue }
            return value.split(separator: " ").contains { $0 == VoiceReport.attributeValue }
        }
        return false
    }
}
