/// What those hear who wait.
public protocol MusicShelf: Sendable {
    /// An endless playlist; nil for the exchange's own melody. Never blocks.
    var playlist: SoundPlaylist? { get }
}
