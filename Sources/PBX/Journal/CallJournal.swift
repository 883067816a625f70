import Synchronization

/// The stories of the last finished calls, in memory: gone with the process, as the records stay.
final class CallJournal: Sendable {
    /// Calls that are kept, and about how many bytes; the oldest goes first.
    static let limit = 1000
    static let byteLimit = 8 << 20

    private struct Kept {
        var stories: [CallID: CallStory] = [:]
        /// The oldest first.
        var order: [CallID] = []
        var first = 0
        var weight = 0
    }

    private let kept = Mutex(Kept())

    func keep(_ story: CallStory) {
        kept.withLock { kept in
            kept.stories[story.record.callID] = story
            kept.order.append(story.record.callID)
            kept.weight += story.weight
            while kept.stories.count > Self.limit || kept.weight > Self.byteLimit,
                kept.first < kept.order.count
            {
                let oldest = kept.order[kept.first]
                kept.first += 1
                kept.weight -= kept.stories.removeValue(forKey: oldest)?.weight ?? 0
            }
            if kept.first > Self.limit {
                kept.order.removeFirst(kept.first)
                kept.first = 0
            }
        }
    }

    func story(of callID: CallID) -> CallStory? { kept.withLock { $0.stories[callID] } }
}
