import Platform

/// Whether a party that says nothing is still there: decides when to ask it (OPTIONS in the dialog).
///
///                  sound is expected                 silent: ask at once
///     idle ──began──────► listening ────────────────────► doubting ◄─┐ timer: ask again
///            │                ▲   ▲──────heard───────────────┘  └────┘
///            │ none expected  │
///            └──────────► resting (on hold) ◄─┐ timer: ask, less often
///                                └────────────┘
///
/// A party that vanishes is gone 90 s later at most: ``silenceTimeout`` of the media plane and
/// 64·T1 for the answer that doesn't come, or one pause and 64·T1. Any answer but 408 and 481 is
/// life: that is judged by the usage, which ends the leg.
struct LifeWatch: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// Not answered yet, or over.
        case idle
        /// Sound is expected, and comes.
        case listening
        /// Sound is expected, and does not come.
        case doubting
        /// No sound is expected: somebody holds.
        case resting
    }

    enum Event: Sendable, Equatable {
        /// The leg is answered, or its streams' directions may have changed.
        case expects(sound: Bool)
        case silent
        case heard
        case timer
        case ended
    }

    enum Effect: Sendable, Equatable {
        case ask
        case startTimer(after: Duration)
        case stopTimer
    }

    /// Between two questions to a party that should be heard.
    static let doubtPause = Duration.seconds(20)
    /// Between two questions to a party on hold: with 64·T1 for the answer it stays below 90 s.
    static let restPause = Duration.seconds(50)

    private(set) var state = State.idle

    mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .expects(let sound): expect(sound)
        case .silent: doubt()
        case .heard: hear()
        case .timer: askAgain()
        case .ended: end()
        }
    }

    private mutating func expect(_ sound: Bool) -> [Effect] {
        switch (state, sound) {
        case (.idle, true), (.resting, true):
            state = .listening
            return [.stopTimer]
        case (.idle, false), (.listening, false), (.doubting, false):
            state = .resting
            return [.startTimer(after: Self.restPause)]
        case (.listening, true), (.doubting, true), (.resting, false):
            return []  // Nothing new.
        }
    }

    private mutating func doubt() -> [Effect] {
        switch state {
        case .listening:
            state = .doubting
            return [.ask, .startTimer(after: Self.doubtPause)]
        case .idle, .doubting, .resting:
            return []  // No sound is owed, or it is known.
        }
    }

    private mutating func hear() -> [Effect] {
        switch state {
        case .doubting:
            state = .listening
            return [.stopTimer]
        case .idle, .listening, .resting:
            return []  // Nobody doubted.
        }
    }

    private func askAgain() -> [Effect] {
        switch state {
        case .doubting: [.ask, .startTimer(after: Self.doubtPause)]
        case .resting: [.ask, .startTimer(after: Self.restPause)]
        case .idle, .listening: []  // A timer that was stopped as it fired.
        }
    }

    private mutating func end() -> [Effect] {
        state = .idle
        return [.stopTimer]
    }
}
