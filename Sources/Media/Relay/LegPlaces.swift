import Synchronization

/// Which loop each open leg lives on, and what waits for a leg that is between two.
///
/// ```
///  on(a) ──move──▶ moving(to: b) ──arrived──▶ on(b)
///                  commands wait              and are carried out first
/// ```
public final class LegPlaces: Sendable {
    /// Commands that wait for one moving leg; a call has sent a dozen at most by then. Further ones
    /// are dropped, but for `close`.
    public static let heldLimit = 64

    private enum Place {
        case on(Int)
        case moving(to: Int, held: [MediaCommand])
    }

    private let places = Mutex<[MediaLegID: Place]>([:])

    public init() {}

    /// False where the leg is already there.
    public func add(_ leg: MediaLegID, on loop: Int) -> Bool {
        places.withLock { places in
            guard places[leg] == nil else { return false }
            places[leg] = .on(loop)
            return true
        }
    }

    public func remove(_ leg: MediaLegID) {
        places.withLock { $0[leg] = nil }
    }

    /// The loop that a command for this leg goes to; nil where nobody knows the leg, or where the
    /// command waits until the leg has arrived.
    public func loop(for command: MediaCommand, of leg: MediaLegID) -> Int? {
        places.withLock { places in
            switch places[leg] {
            case nil: return nil
            case .on(let loop): return loop
            case .moving(let loop, var held):
                if held.count < Self.heldLimit || command.isClose { held.append(command) }
                places[leg] = .moving(to: loop, held: held)
                return nil
            }
        }
    }

    /// Notes that a leg leaves for that loop, and says which one it leaves; nil where it is there
    /// already, under way, or unknown.
    public func depart(_ leg: MediaLegID, to loop: Int) -> Int? {
        places.withLock { places in
            guard case .on(let former) = places[leg], former != loop else { return nil }
            places[leg] = .moving(to: loop, held: [])
            return former
        }
    }

    /// The leg is on its new loop: what waited is carried out now, in order.
    public func arrive(_ leg: MediaLegID) -> [MediaCommand] {
        places.withLock { places in
            guard case .moving(let loop, let held) = places[leg] else { return [] }
            places[leg] = .on(loop)
            return held
        }
    }
}

extension MediaCommand {
    fileprivate var isClose: Bool {
        if case .close = self { true } else { false }
    }
}
