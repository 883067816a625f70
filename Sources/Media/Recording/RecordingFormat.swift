/// What recordings are written as.
public struct RecordingFormat: Hashable, Sendable {
    public enum Container: String, Hashable, Sendable, Codable, CaseIterable {
        /// PCM of 16 bits, 16,000 samples a second: 32 kB a second and track.
        case wav
        /// Opus in Ogg (RFC 7845): some 4 kB a second and track.
        case opus
    }

    public var container: Container
    /// Each side on a track of its own, instead of both in one.
    public var isSeparate: Bool

    public init(container: Container = .wav, isSeparate: Bool = false) {
        self.container = container
        self.isSeparate = isSeparate
    }

    /// In bytes: what a WAV can say of itself.
    public static var longestFile: Int { WaveFile.longest }

    /// What the name of a finished file ends with.
    public var fileSuffix: String { ".\(container.rawValue)" }
}

/// Bytes that belong at a place of a file.
public struct FilePatch: Equatable, Sendable {
    public var offset: Int
    public var bytes: [UInt8]

    public init(offset: Int, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }
}

/// Makes the bytes of a recording's file, which only grows: whatever of it is on the disk is worth
/// keeping. One thread at a time.
public protocol RecordingEncoder: AnyObject {
    /// What the file begins with.
    func begin() -> [UInt8]
    /// Frames of 20 ms: of each the tracks one after the other, ``SoundReel/frameSize`` samples each.
    func encode(_ samples: [Int16], frameCount: Int) -> [UInt8]
    /// What the file ends with.
    func end() -> [UInt8]
    /// What must be changed in a file of that length now that it is whole.
    func patches(length: Int) -> [FilePatch]
}

extension RecordingFormat {
    /// Nil where the codec can't be had.
    ///
    /// - Parameters:
    ///   - trackCount: 1 or 2.
    ///   - serial: tells streams of Ogg apart; drawn at random.
    public func makeEncoder(trackCount: Int, serial: UInt32) -> (any RecordingEncoder)? {
        switch container {
        case .wav: WaveEncoder(trackCount: trackCount)
        case .opus: OggOpusEncoder(trackCount: trackCount, serial: serial)
        }
    }
}

extension SoundReel.Stretch {
    /// As so many tracks, with silence in place of what was dropped: for an encoder.
    public func brought(
        to wanted: Int, from trackCount: Int
    ) -> (samples: [Int16], frameCount: Int) {
        let size = SoundReel.frameSize
        let lost = min(droppedCount, Self.silenceLimit)
        var result: [Int16] = []
        if wanted == trackCount {
            result = samples
        } else {
            result.reserveCapacity(frameCount * size * wanted)
            for frame in 0..<frameCount {
                let start = frame * size * trackCount
                for place in start..<start + size {
                    let other = trackCount > 1 ? Int32(samples[place + size]) : 0
                    result.append(Int16(clamping: Int32(samples[place]) + other))
                }
            }
        }
        result += [Int16](repeating: 0, count: lost * size * wanted)
        return (result, frameCount + lost)
    }

    /// A disk that takes nothing for longer than ten minutes loses the time, too.
    private static var silenceLimit: Int { 600 * SoundLimits.framesASecond }
}
