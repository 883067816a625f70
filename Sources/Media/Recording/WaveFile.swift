/// PCM of 16 bits in RIFF: a header of 44 bytes, then samples, track by track in turn.
///
/// Until a file is whole its header says that it never ends, as streams do; readers take that.
enum WaveFile {
    static var headerLength: Int { 44 }
    /// Sizes have 32 bits; of the header's own.
    static var longest: Int { Int(UInt32.max) - 64 }

    static func header(trackCount: Int, sampleRate: Int) -> [UInt8] {
        let frameLength = trackCount * 2
        return Array("RIFF".utf8) + bytes(.max) + Array("WAVEfmt ".utf8) + bytes(16)
            + half(1) + half(trackCount) + bytes(UInt32(sampleRate))
            + bytes(UInt32(sampleRate * frameLength)) + half(frameLength) + half(16)
            + Array("data".utf8) + bytes(.max)
    }

    /// The two sizes of a whole file of that length.
    static func sizes(length: Int) -> [FilePatch] {
        [
            FilePatch(offset: 4, bytes: bytes(UInt32(clamping: length - 8))),
            FilePatch(offset: 40, bytes: bytes(UInt32(clamping: length - headerLength))),
        ]
    }

    /// Bytes of one sample of all tracks; nil where this is no header that ``header`` wrote.
    static func frameLength(of header: [UInt8]) -> Int? {
        guard header.count >= headerLength, header.starts(with: Array("RIFF".utf8)),
            header[8..<16].elementsEqual(Array("WAVEfmt ".utf8)),
            header[36..<40].elementsEqual(Array("data".utf8))
        else { return nil }
        let length = Int(header[32]) | Int(header[33]) << 8
        return (2...4).contains(length) ? length : nil
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func half(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }
}

/// Writes a WAV.
final class WaveEncoder: RecordingEncoder {
    private let trackCount: Int

    init(trackCount: Int) {
        self.trackCount = trackCount
    }

    func begin() -> [UInt8] {
        WaveFile.header(trackCount: trackCount, sampleRate: SoundKind.wide)
    }

    func encode(_ samples: [Int16], frameCount: Int) -> [UInt8] {
        let size = SoundReel.frameSize
        let frameCount = min(frameCount, samples.count / (trackCount * size))
        let count = 2 * frameCount * trackCount * size
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, written in
            let bytes = UnsafeMutableRawBufferPointer(bytes)
            for frame in 0..<frameCount {
                for track in 0..<trackCount {
                    let from = (frame * trackCount + track) * size
                    let first = frame * trackCount * size + track
                    samples[from..<from + size].withUnsafeBufferPointer { samples in
                        for place in 0..<size {
                            bytes.storeBytes(
                                of: samples[place].littleEndian,
                                toByteOffset: 2 &* (first &+ place &* trackCount), as: Int16.self)
                        }
                    }
                }
            }
            written = count
        }
    }

    func end() -> [UInt8] { [] }

    func patches(length: Int) -> [FilePatch] { WaveFile.sizes(length: length) }
}
