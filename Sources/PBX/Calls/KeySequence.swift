import Platform

/// Keys that one party pressed shortly after one another: whether they end with a code.
struct KeySequence: Sendable, Equatable {
    /// Between two keys of a code.
    static let patience = Duration.seconds(3)

    private var pressed: [Character] = []
    private var lastTime = Instant.start

    init() {}

    /// Takes a key; true where the code is complete with it. The next one begins anew then.
    mutating func completes(_ code: String, with key: Character, now: Instant) -> Bool {
        if now - lastTime > Self.patience { pressed = [] }
        lastTime = now
        pressed.append(key)
        let wanted = Array(code)
        if pressed.count > wanted.count { pressed.removeFirst(pressed.count - wanted.count) }
        guard pressed == wanted else { return false }
        pressed = []
        return true
    }
}
