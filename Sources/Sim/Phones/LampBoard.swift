import Platform
import Synchronization

/// What phones are and what lamps show of them, side by side: the evidence for one invariant.
public final class LampBoard: Sendable {
    /// How busy a phone is, and since when; nil where nobody can know.
    struct Truth: Sendable {
        var number: String
        var standing: LampStanding?
        var since: Instant
    }

    struct Lamp: Sendable {
        var watcher: UInt32
        var number: String
        var standing: LampStanding?
        /// When it came to show that.
        var since: Instant?
        /// When the exchange last said yes to the subscription.
        var subscribed: Instant?
    }

    private struct Board {
        var phones: [UInt32: Truth] = [:]
        var lamps: [Key: Lamp] = [:]
        /// The URIs that lead to one phone each, by their numbers.
        var devices: [String: (phone: UInt32, uri: String)] = [:]
    }

    private struct Key: Hashable {
        var watcher: UInt32
        var number: String
    }

    private let board = Mutex(Board())

    public init() {}

    func phone(
        _ phone: UInt32, of number: String, is standing: LampStanding?, at now: Instant
    ) {
        board.withLock { board in
            if let known = board.phones[phone], known.standing == standing { return }
            board.phones[phone] = Truth(number: number, standing: standing, since: now)
        }
    }

    func phone(_ phone: UInt32, of number: String, isCalledBy uri: String) {
        board.withLock { $0.devices[number] = (phone, uri) }
    }

    /// The phone of that number which last got a URI of its own.
    func device(of number: String) -> (phone: UInt32, uri: String)? {
        board.withLock { $0.devices[number] }
    }

    func lampShows(
        _ standing: LampStanding, to watcher: UInt32, of number: String, at now: Instant
    ) {
        change(watcher, number) { lamp in
            if lamp.standing != standing { lamp.since = now }
            lamp.standing = standing
        }
    }

    func lampIsSubscribed(by watcher: UInt32, to number: String, at now: Instant) {
        change(watcher, number) { $0.subscribed = now }
    }

    func lampWentOut(of watcher: UInt32, watching number: String) {
        board.withLock { $0.lamps[Key(watcher: watcher, number: number)] = nil }
    }

    private func change(_ watcher: UInt32, _ number: String, _ change: (inout Lamp) -> Void) {
        board.withLock { board in
            let key = Key(watcher: watcher, number: number)
            var lamp = board.lamps[key] ?? Lamp(watcher: watcher, number: number)
            change(&lamp)
            board.lamps[key] = lamp
        }
    }

    /// Every lamp that shows something, with the phones that it is about: as busy as the busiest.
    var pairs: [(lamp: Lamp, truth: Truth)] {
        board.withLock { board in
            let phones = Dictionary(grouping: board.phones.values, by: \.number)
            return board.lamps.values.filter { $0.standing != nil }
                .sorted { ($0.watcher, $0.number) < ($1.watcher, $1.number) }
                .compactMap { lamp in
                    phones[lamp.number].flatMap(Self.together).map { (lamp, $0) }
                }
        }
    }

    /// The phones of one extension as one; nil while it can't be known of any of them.
    private static func together(_ phones: [Truth]) -> Truth? {
        let standings = phones.compactMap(\.standing)
        guard standings.count == phones.count, var all = phones.max(by: { $0.since < $1.since })
        else { return nil }
        all.standing = standings.max()
        return all
    }
}
