/// How a caller comes into a conference, from the question for its ID to the room (CO-3 to CO-6).
///
///     asking ──ID #──► knocking ──new──► confirming ──*──┐
///       ▲                 │                  │ #         ▼
///       │                 └──open────────────┼──────► naming ──► taping ──► entering ──► inside
///       └────────────────────────────────────┘
///
/// Who dialled the ID with the number comes in without being asked for anything. A pure core.
struct ConferenceEntrance: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        /// The caller has been answered; with the ID where it was dialled at once.
        case began(ConferenceID?)
        /// What was to be said has been said, or what was to be kept is kept.
        case finished
        case pressed(Character)
        case answered(Conference.Answer)
    }

    enum Effect: Sendable, Equatable {
        /// Prompts, then perhaps the tone that says: your turn.
        case say([Prompt], thenTone: Bool)
        /// What is being said, or fetched to be said, is cut short.
        case hush
        /// Asks the conference who is there.
        case knock(ConferenceID)
        /// It is open from now on: nobody else is asked to create it.
        case open
        /// Keep what the caller says: its name.
        case tape
        /// To the others; with the name that was taped.
        case enter(isNamed: Bool)
        /// The caller waits at no conference any more.
        case leave
        case hangUp
    }

    private enum Step: Sendable, Equatable {
        case waiting, asking
        case knocking(ConferenceID, isAsked: Bool)
        case confirming, naming, taping, entering, inside, leaving, over
    }

    private var step = Step.waiting
    private var door = ConferenceDoor()

    init() {}

    /// The caller talks with the others.
    var isInside: Bool { step == .inside }

    /// The caller is asked for something, or says its name: another one would be asked anew.
    var isAsking: Bool {
        switch step {
        case .asking, .confirming, .naming, .taping: true
        case .waiting, .knocking, .entering, .inside, .leaving, .over: false
        }
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch (step, event) {
        case (.waiting, .began(nil)):
            return ask([.askConference])
        case (.waiting, .began(let conferenceID?)):
            step = .knocking(conferenceID, isAsked: false)
            return [.knock(conferenceID)]
        case (.asking, .pressed(let key)):
            return press(key)
        case (.knocking(let conferenceID, let isAsked), .answered(let answer)):
            return take(answer, conferenceID, isAsked: isAsked)
        case (.confirming, .pressed("*")):
            return [.open] + invite()
        case (.confirming, .pressed("#")):
            return [.leave] + ask([.askConference])
        case (.naming, .finished), (.naming, .pressed("#")):
            step = .taping
            return [.tape]
        case (.taping, .finished), (.taping, .pressed):
            step = .entering
            return [.enter(isNamed: true)]
        case (.entering, .answered(.admitted)):
            step = .inside
            return []
        case (.entering, .answered(.isFull)), (.inside, .answered(.isFull)):
            return turnAway()
        case (.leaving, .finished):
            step = .over
            return [.hangUp]
        case (_, .began), (_, .finished), (_, .pressed), (_, .answered):
            return []  // A key too many, or an answer that nobody waits for any more.
        }
    }

    private mutating func ask(_ prompts: [Prompt]) -> [Effect] {
        step = .asking
        return [.say(prompts, thenTone: true)]
    }

    private mutating func press(_ key: Character) -> [Effect] {
        // Who knows the ID need not hear all that is said to those who don't, nor what is still
        // being fetched.
        switch door.press(key) {
        case nil: return [.hush]
        case .askAgain: return ask([.noSuchConference, .askConference])
        case .open(let conferenceID):
            step = .knocking(conferenceID, isAsked: true)
            return [.hush, .knock(conferenceID)]
        }
    }

    private mutating func take(
        _ answer: Conference.Answer, _ conferenceID: ConferenceID, isAsked: Bool
    ) -> [Effect] {
        switch answer {
        case .isFull:
            return turnAway()
        case .isNew, .isOpen:
            guard isAsked else {
                step = .entering
                return [.enter(isNamed: false)]
            }
            guard answer == .isNew else { return invite() }
            step = .confirming
            let digits = Prompt.spelled(conferenceID.digits)
            return [
                .say(
                    [.enteringConference] + digits + [.ifCorrectPress, .star, .orPoundToCancel],
                    thenTone: true)
            ]
        case .admitted:
            step = .inside
            return []
        }
    }

    private mutating func turnAway() -> [Effect] {
        step = .leaving
        return [.leave, .say([.conferenceIsFull, .goodbye], thenTone: false)]
    }

    private mutating func invite() -> [Effect] {
        step = .naming
        return [.say([.sayYourName], thenTone: true)]
    }
}
