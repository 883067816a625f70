import COpus

/// Writes Opus in Ogg (RFC 7845): each page is whole by itself, a second at most.
final class OggOpusEncoder: RecordingEncoder {
    /// Ogg counts time at 48 kHz whatever was encoded.
    private static var clockRate: Int { 48_000 }
    /// For each track; speech at 16 kHz.
    private static var bitRate: Int { 32_000 }
    private static var packetsInPage: Int { SoundLimits.framesASecond }
    /// Silence that has lasted for so many frames is told by the head of a packet alone, but for one
    /// whole packet in so many: what the codec's own discontinuous transmission does.
    private static var shortestPause: Int { 10 }
    private static var packetsInPause: Int { 20 }

    private let encoder: OpaquePointer
    private let trackCount: Int
    private let serial: UInt32
    private var pageNumber: UInt32 = 0
    private var frameCount = 0
    private var payload = [UInt8](repeating: 0, count: SoundLimits.bytesInPayload)
    /// Frames of silence, one after the other.
    private var silentCount = 0

    init?(trackCount: Int, serial: UInt32) {
        guard
            let encoder = opus_encoder_create(
                Int32(SoundKind.wide), Int32(trackCount), OPUS_APPLICATION_VOIP, nil)
        else { return nil }
        self.encoder = encoder
        self.trackCount = trackCount
        self.serial = serial
        _ = copus_set_complexity(encoder, 5)
        _ = copus_set_voice(encoder)
        _ = copus_set_bitrate(encoder, Int32(Self.bitRate * trackCount))
    }

    deinit { opus_encoder_destroy(encoder) }

    /// The identification and the comment header (RFC 7845 §5), a page each.
    func begin() -> [UInt8] {
        let skipped = Int(copus_lookahead(encoder)) * Self.clockRate / SoundKind.wide
        let rate = UInt32(SoundKind.wide)
        let head =
            Array("OpusHead".utf8) + [1, UInt8(trackCount)]
            + [UInt8(truncatingIfNeeded: skipped), UInt8(truncatingIfNeeded: skipped >> 8)]
            + (0..<4).map { UInt8(truncatingIfNeeded: rate >> (8 * UInt32($0))) } + [0, 0, 0]
        let vendor = Array("Strowger".utf8)
        let tags =
            Array("OpusTags".utf8) + [UInt8(vendor.count), 0, 0, 0] + vendor + [0, 0, 0, 0]
        return page([head], flags: .first) + page([tags], flags: [])
    }

    func encode(_ samples: [Int16], frameCount count: Int) -> [UInt8] {
        let size = SoundReel.frameSize
        var bytes: [UInt8] = []
        var packets: [[UInt8]] = []
        var frame = [Int16](repeating: 0, count: size * trackCount)
        for number in 0..<count {
            for place in 0..<size {
                for track in 0..<trackCount {
                    frame[place * trackCount + track] =
                        samples[(number * trackCount + track) * size + place]
                }
            }
            packets.append(packet(frame))
            frameCount += 1
            if packets.count == Self.packetsInPage {
                bytes += page(packets, flags: [])
                packets = []
            }
        }
        return packets.isEmpty ? bytes : bytes + page(packets, flags: [])
    }

    /// A page that holds nothing but the end.
    func end() -> [UInt8] { page([], flags: .last) }

    func patches(length: Int) -> [FilePatch] { [] }

    /// One frame, sample by sample of all tracks.
    func packet(_ frame: [Int16]) -> [UInt8] {
        silentCount = frame.allSatisfy { $0 == 0 } ? silentCount + 1 : 0
        if silentCount > Self.shortestPause, silentCount % Self.packetsInPause != 0 {
            // Mode, band and tracks of the packet before, and one frame without a byte (RFC 6716 §3.1).
            return [payload[0] & 0xFC]
        }
        let count = copus_encode(
            encoder, frame, Int32(SoundReel.frameSize), &payload, Int32(payload.count))
        return count > 0 ? Array(payload[..<Int(count)]) : []
    }

    private func page(_ packets: [[UInt8]], flags: OggPage.Flags) -> [UInt8] {
        let samples = frameCount * Self.clockRate / SoundLimits.framesASecond
        defer { pageNumber &+= 1 }
        return OggPage.encoded(
            packets, position: UInt64(samples), serial: serial, number: pageNumber, flags: flags)
    }
}
