import Platform

/// Sound that is held whole: a prompt, a tone, what somebody just said. 16,000 samples a second.
public final class SoundClip: Sendable {
    /// Longer ones are cut: ten minutes, 19 MB.
    public static var sampleLimit: Int { 600 * SoundKind.wide }

    /// At ``SoundKind/wide``.
    public let samples: [Int16]

    public init(samples: [Int16]) {
        self.samples =
            samples.count <= Self.sampleLimit
            ? samples : Array(samples.prefix(Self.sampleLimit))
    }

    /// What the exchange makes itself, to its end; at most ten seconds of what has none.
    public convenience init(_ tune: SoundGenerator.Tune) {
        var generator = SoundGenerator(tune, sampleRate: SoundKind.wide)
        var made: [Int16] = []
        let size = SoundKind.wide / SoundLimits.framesASecond
        var frame = [Int16](repeating: 0, count: size)
        while !generator.isOver, made.count < 10 * SoundKind.wide {
            var span = frame.mutableSpan
            generator.make(size, into: &span)
            made += frame
        }
        self.init(samples: made)
    }

    /// So much silence.
    public convenience init(silence: Duration) {
        let length = Int(silence.nanoseconds * Int64(SoundKind.wide) / 1_000_000_000)
        self.init(samples: [Int16](repeating: 0, count: min(max(0, length), Self.sampleLimit)))
    }

    /// A file of ITU-T G.722 at 64 kbit/s without any header, as prompts come.
    public convenience init?(g722 bytes: [UInt8]) {
        guard let decoder = G722Decoder(sampleRate: SoundKind.wide) else { return nil }
        var samples: [Int16] = []
        samples.reserveCapacity(2 * bytes.count)
        let size = SoundLimits.samplesInPacket / 2
        var room = [Int16](repeating: 0, count: 2 * size)
        var start = 0
        while start < bytes.count, samples.count < Self.sampleLimit {
            let end = min(bytes.count, start + size)
            var frame = room.mutableSpan
            let count = decoder.decode(bytes.span.extracting(start..<end), into: &frame)
            samples += room[..<count]
            start = end
        }
        self.init(samples: samples)
    }

    /// Without the silence before and after what is said; nil where nobody speaks in it.
    public var spokenPart: SoundClip? {
        let samples = samples
        let size = SoundKind.wide / SoundLimits.framesASecond
        var activity = VoiceActivity()
        var voiced = 0
        var first: Int?
        var last = 0
        for start in stride(from: 0, to: samples.count - size + 1, by: size) {
            activity.hear(samples.span.extracting(start..<start + size))
            guard activity.isSpeaking else { continue }
            voiced += 1
            first = first ?? start
            last = start + size
        }
        // Shorter than a word, less what a voice counts on after its end: a click of a key.
        guard let first, voiced > Self.shortestWord else { return nil }
        // A soft beginning counts as silence.
        return SoundClip(samples: Array(samples[max(0, first - 5 * size)..<last]))
    }

    /// In frames: 120 ms, and the 300 ms for which a voice counts as speaking after it.
    private static var shortestWord: Int { 21 }

    /// How long it sounds.
    public var length: Duration {
        .nanoseconds(Int64(samples.count) * 1_000_000_000 / Int64(SoundKind.wide))
    }
}

extension SoundClip: Hashable {
    public static func == (one: SoundClip, other: SoundClip) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Clips that are said one after the other, to one party.
public final class SoundPlaylist: Sendable {
    /// How it goes on after its last clip.
    public enum Manner: Sendable {
        case once
        case endless
        /// The same for all at the same time, whoever comes when.
        case endlessTogether
    }

    public let clips: [SoundClip]
    public let manner: Manner
    /// Of all clips together.
    let sampleCount: Int

    public init(_ clips: [SoundClip], manner: Manner = .once) {
        sampleCount = clips.reduce(0) { $0 + $1.samples.count }
        self.clips = clips
        // What holds nothing would be sought for ever.
        self.manner = sampleCount == 0 ? .once : manner
    }
}

// One and the same object is what goes on over a new description of its leg.
extension SoundPlaylist: Hashable {
    public static func == (one: SoundPlaylist, other: SoundPlaylist) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
