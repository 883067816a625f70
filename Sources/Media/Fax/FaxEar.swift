import Platform

/// Listens for a while to what a party says: whether it is a fax machine that calls.
struct FaxEar: Sendable {
    /// Machines repeat their tone each three seconds, and give up after 35 (T.30 §5.2).
    static var patience: Duration { .seconds(60) }

    private let end: Instant
    private var detector = FaxToneDetector()
    private var isDone = false

    init(until end: Instant) {
        self.end = end
    }

    func isOver(now: Instant) -> Bool { isDone || now >= end }

    /// Takes 20 ms; true once, when that is what it is.
    mutating func hear(_ frame: Span<Int16>, sampleRate: Int) -> Bool {
        if detector.sampleRate != sampleRate { detector = FaxToneDetector(sampleRate: sampleRate) }
        guard !isDone, detector.hear(frame) == .calling else { return false }
        isDone = true
        return true
    }
}
