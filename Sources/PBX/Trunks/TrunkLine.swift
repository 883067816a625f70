import Platform
import SIPStack
import Synchronization

/// What calls need of a trunk while they are up: a seat each, and an ear for what they learn.
///
/// Shared by the trunk's owner, the exchange and the calls; a seat is taken and given back at once,
/// under a short lock, so that a limit of simultaneous calls is never exceeded by a message that is
/// still on its way.
final class TrunkLine: Sendable, Equatable {
    let trunkID: TrunkID
    let name: String
    private let limit: Atomic<Int>
    private let taken = Atomic<Int>(0)
    private let heard: @Sendable (NextHop, TrunkLine.Outcome) -> Void

    /// What an attempt to call by a hop says of it.
    enum Outcome: Sendable, Equatable {
        case answering
        case failed(pause: Duration?)
    }

    init(
        _ record: TrunkRecord,
        heard: @escaping @Sendable (NextHop, TrunkLine.Outcome) -> Void = { _, _ in }
    ) {
        trunkID = record.trunkID
        name = record.name
        limit = Atomic(record.settings.callLimit)
        self.heard = heard
    }

    /// Calls by this trunk that are up.
    var callCount: Int { taken.load(ordering: .relaxed) }

    /// A place for one more call; nil where the trunk is full.
    func takeSeat() -> TrunkSeat? {
        while true {
            let count = taken.load(ordering: .relaxed)
            guard count < limit.load(ordering: .relaxed) else { return nil }
            let (exchanged, _) = taken.compareExchange(
                expected: count, desired: count + 1, ordering: .relaxed)
            if exchanged { return TrunkSeat(line: self) }
        }
    }

    /// Calls that are up stay, however few may be.
    func change(limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    fileprivate func free() { taken.subtract(1, ordering: .relaxed) }

    func tell(_ outcome: Outcome, of hop: NextHop) { heard(hop, outcome) }

    static func == (one: TrunkLine, other: TrunkLine) -> Bool { one === other }
}

/// One call's place on a trunk; given back once, at the latest by the last who lets go of it.
final class TrunkSeat: Sendable {
    let line: TrunkLine
    private let isFree = Atomic<Bool>(false)

    fileprivate init(line: TrunkLine) {
        self.line = line
    }

    deinit { giveBack() }

    func giveBack() {
        if !isFree.exchange(true, ordering: .relaxed) { line.free() }
    }
}

/// One of the ways out that the exchange found for a call.
struct WayOut: Sendable {
    var target: RingTarget
    var way: TrunkWay
}

/// How one call goes out by one hop of a trunk.
struct TrunkWay: Sendable, Equatable {
    var line: TrunkLine
    var hop: NextHop
    /// Who calls, as this trunk's provider shall see it.
    var from: NameAddress
    var to: NameAddress
    /// P-Asserted-Identity, Privacy, Diversion.
    var fields: HeaderFields
    var contactName: String
    /// Answers challenges; nil where there is no password.
    var answerer: DigestAnswerer?
    var policy: DevicePolicy
    /// How the provider sees us through a NAT, where it differs from what we'd say.
    var publicAddress: IPAddress?
}
