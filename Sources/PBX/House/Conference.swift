import Media

/// Who is in one conference, who is at its door, and who is told what (CO-1, CO-5, CO-8).
///
/// A pure core. A conference begins with the first who knocks and is over when nobody is left, at
/// the door or inside.
struct Conference: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        /// Somebody asks whether it is there.
        case knocked(CallID)
        /// Somebody creates it (`*`).
        case opened(CallID)
        case entered(CallID, ConferenceName)
        /// Another one is there in the place of who was inside (attended transfer).
        case relieved(CallID, ConferenceName)
        /// From the door or from inside.
        case left(CallID)
    }

    enum Answer: Sendable, Equatable {
        /// Nobody is there.
        case isNew
        case isOpen
        /// ``limit`` are inside.
        case isFull
        /// The caller is one of those inside from now on.
        case admitted
    }

    enum Effect: Sendable, Equatable {
        case answer(CallID, Answer)
        /// Say to all inside who came or went.
        case announce(ConferenceName, Arrival)
        /// Nobody is left.
        case close
    }

    /// What is said of somebody.
    enum Arrival: Sendable, Equatable {
        case came, went
    }

    private enum Standing: Sendable, Equatable {
        case atDoor
        /// At the door of a conference that it has created.
        case opening
        case inside(ConferenceName)
    }

    /// CO-1: how many may be inside.
    let limit: Int
    private var guests: [CallID: Standing] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    var insideCount: Int {
        guests.values.count { if case .inside = $0 { true } else { false } }
    }

    var isEmpty: Bool { guests.isEmpty }

    /// Somebody is inside, or about to be the first.
    private var isOpen: Bool { guests.values.contains { $0 != .atDoor } }

    mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .knocked(let callID):
            let answer: Answer = insideCount >= limit ? .isFull : isOpen ? .isOpen : .isNew
            guests[callID] = guests[callID] ?? .atDoor
            return [.answer(callID, answer)]
        case .opened(let callID):
            guard guests[callID] == .atDoor else { return [] }
            guests[callID] = .opening
            return []
        case .entered(let callID, let name):
            return enter(callID, name)
        case .relieved(let callID, let name):
            guard case .inside(let former) = guests[callID] else { return [] }
            guests[callID] = .inside(name)
            guard insideCount > 1 else { return [] }
            return [.announce(former, .went), .announce(name, .came)]
        case .left(let callID):
            guard let standing = guests.removeValue(forKey: callID) else { return [] }
            if guests.isEmpty { return [.close] }
            guard case .inside(let name) = standing, insideCount > 0 else { return [] }
            return [.announce(name, .went)]
        }
    }

    private mutating func enter(_ callID: CallID, _ name: ConferenceName) -> [Effect] {
        if case .inside? = guests[callID] { return [] }
        let others = insideCount
        // The last place may have gone while the name was said.
        guard others < limit else { return [.answer(callID, .isFull)] }
        guests[callID] = .inside(name)
        let admission = Effect.answer(callID, .admitted)
        return others == 0 ? [admission] : [admission, .announce(name, .came)]
    }
}

/// How those inside are told of somebody.
enum ConferenceName: Sendable, Equatable {
    /// As it was said after the tone.
    case spoken(SoundClip)
    /// By its extension's digits, where no name was said.
    case number(String)
    /// A chime must do.
    case unknown

    /// What is said instead of a name that was not.
    init(number: String) {
        let isDiallable =
            (1...ExtensionNumber.longest).contains(number.utf8.count)
            && number.utf8.allSatisfy { (48...57).contains($0) }
        self = isDiallable ? .number(number) : .unknown
    }
}
