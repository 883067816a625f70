/// Where prompts are: recorded words, by name.
///
/// Reading takes its time and happens elsewhere; nobody waits for it.
public protocol ClipLibrary: Sendable {
    /// Brings clips of those names, in that order.
    ///
    /// - Parameter then: called once, from any thread; it posts, it never works.
    func fetch(_ names: [String], then: @escaping @Sendable (FetchedClips) -> Void)
}

/// What a library has of what was asked for.
public struct FetchedClips: Sendable {
    /// One for each name in turn; those that are missing are left out.
    public var clips: [SoundClip]
    /// The names that it has no clip for, or none that can be read.
    public var missing: [String]

    public init(clips: [SoundClip], missing: [String] = []) {
        self.clips = clips
        self.missing = missing
    }

    /// How long all of them sound.
    public var length: Duration { clips.reduce(.zero) { $0 + $1.length } }
}

/// No prompts at all: what has words to say is silent there, and its tones are heard.
public struct EmptyLibrary: ClipLibrary {
    public init() {}

    public func fetch(_ names: [String], then: @escaping @Sendable (FetchedClips) -> Void) {
        then(FetchedClips(clips: [], missing: names))
    }
}
