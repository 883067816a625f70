import Platform
import Synchronization

/// Keeps what a party says, in memory, up to a length; 16,000 samples a second.
///
/// One media loop writes; anybody may read what stands on it by then.
public final class SoundTape: @unchecked Sendable {
    // Samples below `count` are never written again: hence @unchecked.
    private let samples: UnsafeMutableBufferPointer<Int16>
    private let count = Atomic<Int>(0)
    /// After so much silence its party has said what it had to say; whole frames of 20 ms.
    let pauseFrames: Int

    /// - Parameters:
    ///   - length: 1 s to 10 min.
    ///   - pause: after so much silence it ends.
    public init(length: Duration, pause: Duration = .seconds(5)) {
        pauseFrames = max(1, Int(clamping: pause.nanoseconds / SoundLimits.frame.nanoseconds))
        let wanted = Int(clamping: length.nanoseconds / 1_000_000 * Int64(SoundKind.wide) / 1_000)
        let capacity = min(max(SoundKind.wide, wanted), SoundClip.sampleLimit)
        // Pages that are never written to take no memory.
        samples = .allocate(capacity: capacity)
    }

    deinit { samples.deallocate() }

    public var isFull: Bool { count.load(ordering: .relaxed) >= samples.count }

    /// What stands on it.
    public var clip: SoundClip {
        let count = count.load(ordering: .acquiring)
        return SoundClip(samples: Array(samples[..<count]))
    }

    /// Adds a frame at ``SoundKind/wide``; the media loop's alone.
    func append(_ frame: Span<Int16>) {
        let start = count.load(ordering: .relaxed)
        let length = min(frame.count, samples.count - start)
        for index in 0..<length { samples.initializeElement(at: start + index, to: frame[index]) }
        count.store(start + length, ordering: .releasing)
    }
}

extension SoundTape: Hashable {
    public static func == (one: SoundTape, other: SoundTape) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Where a tape is being filled.
struct TapeDeck {
    let tape: SoundTape
    private var activity = VoiceActivity()
    private var quietFrames = 0
    /// Its end has been told.
    var isReported = false

    init(_ tape: SoundTape) {
        self.tape = tape
    }

    var isOver: Bool { tape.isFull || quietFrames >= tape.pauseFrames }

    mutating func hear(_ frame: Span<Int16>) {
        guard !isOver else { return }
        activity.hear(frame)
        quietFrames = activity.isSpeaking ? 0 : quietFrames + 1
        tape.append(frame)
    }
}
