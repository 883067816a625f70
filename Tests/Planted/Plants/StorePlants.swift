import PBX
import Platform
import Sim
import Synchronization

extension Plant {
    static let storePlants = [
        Plant(
            "binding-not-stored", "the 200 to a REGISTER goes out, the row is not there",
            foundBy: "a binding is stored before its 200", seeds: 2
        ) { world in
            let drawer = StoreDrawer()
            var sabotage = Door(world: world, keeper: ForgottenBinding(drawer: drawer)).sabotage
            sabotage.opened = { drawer.put($0, $1) }
            return sabotage
        },
        Plant(
            "record-twice", "one call in 20 gets a second record",
            foundBy: "each call record is written once", seeds: 2
        ) { world in
            let drawer = StoreDrawer()
            let random = world.random(for: "plant")
            var sabotage = Sabotage()
            sabotage.opened = { drawer.put($0, $1) }
            sabotage.seams = { seams in
                World(
                    time: seams.time, timers: seams.timers, random: seams.random,
                    recorder: DoublingRecorder(
                        recorder: seams.recorder, world: world, drawer: drawer, random: random))
            }
            return sabotage
        },
        Plant(
            "store-stuck", "after 200 commits the disk's queue is never emptied again",
            foundBy: "every transaction ends within its bound", seeds: 2, phones: 20
        ) { _ in
            var sabotage = Sabotage()
            sabotage.lane = { StuckLane(lane: $0) }
            return sabotage
        },
        Plant(
            "commit-not-durable", "a commit is confirmed before it is on the disk",
            foundBy: "nothing committed is lost, or changed", seeds: 4,
            incidents: [
                Incident(at: .seconds(485), kind: .exchangeLosesPower, lasting: .seconds(5))
            ]
        ) { _ in
            var sabotage = Sabotage()
            sabotage.opened = { _, _ in StorageFaults(ignoresSyncs: true).apply() }
            return sabotage
        },
    ]
}

/// The open store of the exchange.
private final class StoreDrawer: Sendable {
    private let content = Mutex<(store: Store, domain: Domain)?>(nil)

    func put(_ store: Store, _ domain: Domain) { content.withLock { $0 = (store, domain) } }

    func forgetBindings(of number: String) {
        guard let (store, domain) = content.withLock({ $0 }),
            let rows = try? store.run(.listBindings(domain: domain))
        else { return }
        let keys = rows.filter { $0.contact.contains("sip:\(number)@") }.map(\.key)
        _ = try? store.run(.removeBindings(keys))
    }

    func doubleNewestCall(as callID: CallID, at now: WallTime) {
        guard let (store, domain) = content.withLock({ $0 }),
            var record = try? store.run(.recentCalls(domain: domain, limit: 1)).first
        else { return }
        record.callID = callID
        record.linkedID = callID
        store.perform(.openCall(record)) { _ in }
        let closing = CallClosing(
            domain: domain, callID: callID, at: now, reason: record.endReason ?? .callerHungUp)
        store.perform(.closeCall(closing)) { _ in }
    }
}

private struct ForgottenBinding: DoorKeeper {
    let drawer: StoreDrawer

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        if message.status == 200, message.method == "REGISTER", door.happens(perThousand: 300),
            let number = message["To"]?.split(separator: ":").dropFirst().first?
                .split(separator: "@").first
        {
            drawer.forgetBindings(of: String(number))
        }
        door.send(bytes, on: flow)
    }
}

private struct DoublingRecorder: EventRecorder {
    let recorder: any EventRecorder
    let world: SimulatedWorld
    let drawer: StoreDrawer
    let random: SimulatedRandom

    var level: RecordedEvent.Level { recorder.level }

    func record(_ event: RecordedEvent) {
        recorder.record(event)
        guard event.name == "call.left", random.below(20) == 0 else { return }
        let now = world.time.wallTime
        let callID = CallID(at: now, random: random)
        world.perform(after: .seconds(1)) { drawer.doubleNewestCall(as: callID, at: now) }
    }
}

/// Runs 200 jobs and no more.
private final class StuckLane: StorageLane {
    private let lane: any StorageLane
    private let jobCount = Mutex(0)

    init(lane: any StorageLane) {
        self.lane = lane
    }

    func perform(_ job: @escaping @Sendable () -> Void) {
        let number = jobCount.withLock { count in
            count += 1
            return count
        }
        if number <= 200 { lane.perform(job) }
    }
}
