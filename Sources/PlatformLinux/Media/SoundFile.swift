import CSndfile
import Media

/// Sound files of whatever form libsndfile reads (WAV, FLAC, Ogg, MP3, AIFF …), at any rate and with
/// any number of channels.
public enum SoundFile {
    /// Why a file is no sound.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// libsndfile's words.
        case unreadable(String)
        /// Samples a second that no file should have.
        case strangeRate(Int)
        case empty
        case unwritable(String)

        public var description: String {
            switch self {
            case .unreadable(let words): "no sound file that can be read: \(words)"
            case .strangeRate(let rate): "its \(rate) samples a second are too few or too many"
            case .empty: "there is no sound in it"
            case .unwritable(let words): "the converted file can't be written: \(words)"
            }
        }
    }

    private static var framesAtOnce: Int { 4_096 }
    private static var widthLimit: Int32 { 32 }

    /// Reads a file whole, mixed down to one channel; what is longer than a clip may be is cut.
    public static func clip(at path: String) throws(Failure) -> SoundClip {
        var format = SF_INFO()
        guard let file = sf_open(path, Int32(SFM_READ), &format) else {
            throw .unreadable(String(cString: sf_strerror(nil)))
        }
        defer { _ = sf_close(file) }
        let rate = Int(format.samplerate)
        guard Resampling.rates.contains(rate), (1...widthLimit).contains(format.channels) else {
            throw .strangeRate(rate)
        }
        let width = Int(format.channels)
        let limit = SoundClip.sampleLimit / SoundKind.wide * rate
        var mono: [Int16] = []
        var room = [Int16](repeating: 0, count: framesAtOnce * width)
        while mono.count < limit {
            let count = Int(sf_readf_short(file, &room, sf_count_t(framesAtOnce)))
            guard count > 0 else { break }
            for frame in 0..<count {
                var sum = 0
                for place in 0..<width { sum += Int(room[frame * width + place]) }
                mono.append(Int16(clamping: sum / width))
            }
        }
        guard !mono.isEmpty else { throw .empty }
        guard let samples = Resampling.wide(mono, from: rate) else { throw .strangeRate(rate) }
        return SoundClip(samples: samples)
    }

    /// Makes a WAV of any sound file, at the rate that the exchange plays; says how long it sounds.
    public static func convert(_ path: String, to target: String) throws(Failure) -> Duration {
        let clip = try clip(at: path)
        try write(clip, to: target)
        return clip.length
    }

    /// Writes a clip as a WAV of 16 bits.
    public static func write(_ clip: SoundClip, to path: String) throws(Failure) {
        var format = SF_INFO()
        format.samplerate = Int32(SoundKind.wide)
        format.channels = 1
        format.format = Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
        guard let file = sf_open(path, Int32(SFM_WRITE), &format) else {
            throw .unwritable(String(cString: sf_strerror(nil)))
        }
        let count = sf_writef_short(file, clip.samples, sf_count_t(clip.samples.count))
        let isClosed = sf_close(file) == 0
        guard Int(count) == clip.samples.count, isClosed else {
            throw .unwritable("the disk may be full")
        }
    }
}
