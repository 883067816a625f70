/// What the exchange says and does, step by step, at a number of its own where it speaks.
///
///     clock:     time, time, time … goodbye
///     playback:  "speak after the tone" ─► tape ──#, silence, full──► what was said ─► goodbye
///
/// A pure core.
struct HouseScript: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        case began
        /// What was to be said has been said, or what was to be kept is kept.
        case finished
        case pressed(Character)
    }

    enum Effect: Sendable, Equatable {
        /// Prompts, then perhaps the tone that says: your turn.
        case say([Prompt], thenTone: Bool)
        case sayTime
        /// Keep what the caller says.
        case tape
        /// Let it hear that.
        case playTape
        case hangUp
    }

    private enum Step: Sendable, Equatable {
        case waiting, announcing, inviting, taping, playing, leaving, over
    }

    /// Whoever has heard so many times of the clock has forgotten to hang up.
    private static var timeLimit: Int { 30 }

    private let place: HousePlace
    private var step = Step.waiting
    private var timesSaid = 0

    /// Nil for a place where nothing happens step by step.
    init?(_ place: HousePlace) {
        guard place == .clock || place == .playback else { return nil }
        self.place = place
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch (step, event) {
        case (.waiting, .began) where place == .clock:
            return announce()
        case (.waiting, .began):
            step = .inviting
            return [.say([.speakAfterTheTone], thenTone: true)]
        case (.announcing, .finished):
            return timesSaid < Self.timeLimit ? announce() : leave()
        case (.inviting, .finished), (.inviting, .pressed("#")):
            step = .taping
            return [.tape]
        case (.taping, .finished), (.taping, .pressed("#")):
            step = .playing
            return [.playTape]
        case (.playing, .finished):
            return leave()
        case (.leaving, .finished):
            step = .over
            return [.hangUp]
        case (_, .began), (_, .finished), (_, .pressed):
            return []
        }
    }

    private mutating func announce() -> [Effect] {
        step = .announcing
        timesSaid += 1
        return [.sayTime]
    }

    private mutating func leave() -> [Effect] {
        step = .leaving
        return [.say([.goodbye], thenTone: false)]
    }
}
