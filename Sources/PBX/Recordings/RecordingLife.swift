/// Why a recording ended before its call.
enum RecordingFailure: Error, Sendable, Equatable {
    case diskFull
    /// So few bytes are left on the disk that they are kept for the calls themselves.
    case lowSpace(Int)
    /// As long as its format can be.
    case tooLong
    case disk(String)

    /// What log and call say, and what whoever reads it can do.
    var words: (why: String, advice: String) {
        switch self {
        case .diskFull:
            (
                "the disk is full",
                "make room, or set recordings.folder to another disk; calls go on"
            )
        case .lowSpace(let count):
            (
                "only \(count / 1_000_000) MB are left on the disk",
                "make room, or lower recordings.keep-free; calls go on"
            )
        case .tooLong:
            ("the file is as long as its format allows", "begin another one")
        case .disk(let why):
            (why, "look after the disk of recordings.folder; calls go on")
        }
    }
}

/// What came of one piece of work on a recording's file.
struct RecordingOutcome: Sendable, Equatable {
    /// Frames of 20 ms that the disk was too slow for.
    var droppedCount = 0
    var failure: RecordingFailure?
}

/// The life of one recording: one piece of work on its file at a time.
///
///     idle ◄──written── writing        ended, or a failure
///       └────tick─────────►└──────────────────────────────► finishing ──► over
///
/// A pure core. While the disk is slow ticks pass without effect: what is said waits on the reel.
struct RecordingLife: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        case tick
        case written(RecordingOutcome)
        /// Nobody wants it any more.
        case ended
        /// The file is closed, or was given up.
        case finished(RecordingOutcome)
    }

    enum Effect: Sendable, Equatable {
        /// Take what stands on the reel to the file.
        case write
        /// The same once more, and close the file.
        case finish
        /// The disk was too slow for so many frames.
        case tellDropped(Int)
        case tellStopped(RecordingFailure)
        case forget
    }

    private enum State: Sendable, Equatable {
        case idle
        case writing(isEnding: Bool)
        case finishing, over
    }

    private var state = State.idle

    mutating func handle(_ event: Event) -> [Effect] {
        switch (state, event) {
        case (.idle, .tick):
            state = .writing(isEnding: false)
            return [.write]
        case (.idle, .ended):
            return finish()
        case (.writing, .ended):
            state = .writing(isEnding: true)
            return []
        case (.writing(let isEnding), .written(let outcome)):
            if let failure = outcome.failure {
                return Self.told(outcome) + [.tellStopped(failure)] + finish()
            }
            state = .idle
            return Self.told(outcome) + (isEnding ? finish() : [])
        case (.finishing, .finished(let outcome)):
            state = .over
            return Self.told(outcome) + (outcome.failure.map { [.tellStopped($0)] } ?? [])
                + [.forget]
        case (.writing, .tick), (.finishing, .tick), (.over, .tick), (.finishing, .ended),
            (.over, .ended), (.idle, .written), (.finishing, .written), (.over, .written),
            (.idle, .finished), (.writing, .finished), (.over, .finished):
            return []  // One piece of work at a time, and one end.
        }
    }

    private mutating func finish() -> [Effect] {
        state = .finishing
        return [.finish]
    }

    private static func told(_ outcome: RecordingOutcome) -> [Effect] {
        outcome.droppedCount > 0 ? [.tellDropped(outcome.droppedCount)] : []
    }
}
