import PBX
import Platform
import Synchronization

/// Somebody who was muted in a conference, as an administrator does it.
struct Muting: Sendable, Equatable {
    var callID: CallID
    var begun: Instant
    /// When it was ended; nil where the call was over before, or nobody ended it.
    var ended: Instant?
}

/// An administrator of the conferences: mutes somebody now and then, and ends that after a while.
struct Muter: Sendable {
    /// Looks until a muting ends: 10 to 30 s.
    private static let patience = 1...3

    private let random: SimulatedRandom
    private var looksLeft: [Int: Int] = [:]
    private(set) var mutings: [Muting] = []

    init(random: SimulatedRandom) {
        self.random = random
    }

    /// What to order now.
    ///
    /// - Parameter conferring: calls to conferences, in order.
    mutating func look(at conferring: [CallID]) -> [(callID: CallID, isOn: Bool)] {
        var orders: [(callID: CallID, isOn: Bool)] = []
        for number in looksLeft.keys.sorted() {
            looksLeft[number]? -= 1
            if looksLeft[number] == 0 { orders.append((mutings[number].callID, false)) }
        }
        let muted = Set(looksLeft.keys.map { mutings[$0].callID })
        for callID in conferring where !muted.contains(callID) {
            if random.number(in: 0...2) == 0 { orders.append((callID, true)) }
        }
        return orders
    }

    /// An order was obeyed, or there was nobody to obey it.
    mutating func note(_ callID: CallID, isOn: Bool, isDone: Bool, now: Instant) {
        if isOn {
            guard isDone else { return }
            looksLeft[mutings.count] = random.number(in: Self.patience)
            mutings.append(Muting(callID: callID, begun: now))
            return
        }
        for number in looksLeft.keys where mutings[number].callID == callID {
            looksLeft[number] = nil
            if isDone { mutings[number].ended = now }
        }
    }
}

extension Simulation {
    /// Nobody is muted while the exchange is down.
    func muteSomebody() {
        guard let asked = exchange.exchange,
            let calls = reply({ asked.mailbox.post(.listCalls(reply: $0)) })
        else { return }
        // Who dials an ID with the number says no name there, which the others would hear later.
        let conferring = calls.filter {
            VirtualPhone.isConference($0.callee) && $0.callee != VirtualPhone.conferenceNumber
        }
        let callIDs = conferring.compactMap { CallID($0.callID) }.sorted()
        let orders = muter.withLock { $0.look(at: callIDs) }
        for order in orders {
            let isDone = reply {
                asked.order(.mute(isOn: order.isOn), of: order.callID, $0)
            }
            muter.withLock {
                $0.note(
                    order.callID, isOn: order.isOn, isDone: isDone == true, now: world.time.now)
            }
        }
    }
}
