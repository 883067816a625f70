import Media
import Platform

/// What the exchange needs to speak.
public struct Speech: Sendable {
    public var language: SpokenLanguage
    public var library: any ClipLibrary
    /// Seconds by which the people here are ahead of UTC at that time.
    public var secondsFromUTC: @Sendable (WallTime) -> Int

    /// Without prompts: only tones are heard.
    public init(
        language: SpokenLanguage = .english, library: any ClipLibrary = EmptyLibrary(),
        secondsFromUTC: @escaping @Sendable (WallTime) -> Int = { _ in 0 }
    ) {
        self.language = language
        self.library = library
        self.secondsFromUTC = secondsFromUTC
    }

    func clockTime(at time: WallTime) -> ClockTime {
        let seconds = time.microseconds / 1_000_000 + Int64(secondsFromUTC(time))
        return ClockTime(secondsOfDay: seconds)
    }
}

/// The next time that the speaking clock can announce: whole tens of seconds.
struct ClockAnnouncement: Equatable, Sendable {
    /// The clock's tone comes every ten seconds.
    private static var interval: Int64 { 10_000_000 }
    /// What saying it takes, before the clips are known.
    private static var usualLength: Duration { .seconds(6) }

    /// When the tone comes.
    let time: WallTime

    /// The first that can be said to its end from now on.
    init(after now: WallTime) {
        self.init(notBefore: now.microseconds + Self.usualLength.nanoseconds / 1_000)
    }

    private init(notBefore earliest: Int64) {
        let tens = (earliest + Self.interval - 1) / Self.interval
        time = WallTime(microseconds: tens * Self.interval)
    }

    /// The one after this.
    var next: ClockAnnouncement { ClockAnnouncement(notBefore: time.microseconds + 1) }

    /// How long to be silent before the tone; nil where it is too late for this one.
    func pause(now: WallTime, saying length: Duration) -> Duration? {
        let left = Duration.microseconds(time.microseconds - now.microseconds) - length
        return left >= .zero ? left : nil
    }
}
