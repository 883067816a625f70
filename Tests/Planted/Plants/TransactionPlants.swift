import Platform
import Sim
import Synchronization

extension Plant {
    static let transactionPlants = [
        Plant(
            "lost-timer", "an alarm is lost in one of 100 settings, and stays so",
            foundBy: "requests are sent again as timers A and E say", seeds: 5
        ) { world in
            var sabotage = Sabotage()
            let random = world.random(for: "plant")
            sabotage.seams = { seams in
                World(
                    time: seams.time, timers: LossyTimers(timers: seams.timers, random: random),
                    random: seams.random, recorder: seams.recorder)
            }
            return sabotage
        },
        Plant(
            "retransmission-delivered", "a request that comes again counts as a new one",
            foundBy: "a transaction has one answer", seeds: 4, keeper: { RenamedRepetition() }),
        Plant(
            "retransmission-answered-twice", "a request that comes again is answered twice",
            foundBy: "a transaction has one answer", seeds: 4, keeper: { DoubleAnswer() }),
        Plant(
            "late-response", "a 200 to a BYE goes out 33 s after the BYE",
            foundBy: "nothing late is said to a non-INVITE", seeds: 2, keeper: { LateAnswer() }),
        Plant(
            "hasty-trying", "a 100 to every request but INVITE, at once",
            foundBy: "nothing late is said to a non-INVITE", seeds: 1, keeper: { HastyTrying() }),
        Plant(
            "branch-reused", "one request in 30 has the Via branch of the one before",
            foundBy: "a branch names one transaction", seeds: 3, keeper: { ReusedBranch() }),
        Plant(
            "endless-repetition", "one INVITE in 10 is sent again though it was answered",
            foundBy: "requests are sent again as timers A and E say", seeds: 2,
            keeper: { EndlessRepetition() }),
        Plant(
            "nonce-twice", "credentials that were used before open the door again",
            foundBy: "a nonce is good once", seeds: 1, keeper: { ReplayedCredentials() }),
        Plant(
            "reordering-mailbox", "one message in 20 is overtaken by the next of its call",
            foundBy: "a transaction has one answer", seeds: 5, phones: 40,
            keeper: { ReorderingMailbox() }),
    ]
}

/// Alarms that are lost in one of 100 settings, for ever.
private struct LossyTimers: Timers {
    let timers: any Timers
    let random: SimulatedRandom

    func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        LossyAlarm(alarm: timers.makeAlarm(fire), random: random)
    }
}

private final class LossyAlarm: Alarm {
    private let alarm: any Alarm
    private let random: SimulatedRandom
    private let isLost = Mutex(false)

    init(alarm: any Alarm, random: SimulatedRandom) {
        self.alarm = alarm
        self.random = random
    }

    func set(_ deadline: Instant?) {
        let isLost = self.isLost.withLock { isLost in
            if random.below(100) == 0 { isLost = true }
            return isLost
        }
        alarm.set(isLost ? nil : deadline)
    }
}

/// Names a repetition anew, so that the exchange takes it for another request; its answers get the
/// old name back.
private final class RenamedRepetition: DoorKeeper {
    private struct Names {
        var seen: Set<String> = []
        var original: [String: String] = [:]
    }

    private let names = Mutex(Names())

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.isRequest, message.method != "ACK", message.method != "CANCEL" else {
            return door.deliver(bytes, on: flow)
        }
        let branch = message.branch
        let isNew = names.withLock { $0.seen.insert(branch + message.method).inserted }
        guard !isNew else { return door.deliver(bytes, on: flow) }
        var message = message
        message.branch = branch + "again"
        names.withLock { $0.original[branch + "again"] = branch }
        door.deliver(message.bytes, on: flow)
    }

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard let original = names.withLock({ $0.original[message.branch] }) else {
            return door.send(bytes, on: flow)
        }
        var message = message
        message.branch = original
        door.send(message.bytes, on: flow)
    }
}

/// Answers a repetition with what it answered the first time, twice.
private final class DoubleAnswer: DoorKeeper {
    private let finals = Mutex<Set<String>>([])

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.send(bytes, on: flow)
        guard message.status >= 200, message.method != "INVITE" else { return }
        let isNew = finals.withLock { $0.insert(message.branch + message.method).inserted }
        if !isNew { door.send(bytes, on: flow) }
    }
}

private struct LateAnswer: DoorKeeper {
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.status >= 200, message.method == "BYE", door.happens(perThousand: 200)
        else { return door.send(bytes, on: flow) }
        door.world.perform(after: .seconds(33)) { door.send(bytes, on: flow) }
    }
}

private struct HastyTrying: DoorKeeper {
    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        if message.isRequest, message.method == "REGISTER" || message.method == "BYE" {
            door.send(message.response("100 Trying", tag: "x").bytes, on: flow)
        }
        door.deliver(bytes, on: flow)
    }
}

private final class ReusedBranch: DoorKeeper {
    private struct Names {
        var last: String?
        var known: Set<String> = []
        /// What goes out under another's name, and how the exchange calls it.
        var alias: [String: String] = [:]
        var original: [String: String] = [:]
    }

    private let names = Mutex(Names())

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.isRequest, message.method == "INVITE" || message.method == "BYE" else {
            return door.send(bytes, on: flow)
        }
        let isReusing = door.happens(perThousand: 33)
        let branch = message.branch
        let alias = names.withLock { names -> String? in
            if names.known.insert(branch + message.method).inserted {
                if isReusing, let last = names.last {
                    names.alias[branch] = last
                    names.original[last + message.method + message.sipCallID] = branch
                }
                names.last = branch
            }
            return names.alias[branch]
        }
        guard let alias else { return door.send(bytes, on: flow) }
        var message = message
        message.branch = alias
        door.send(message.bytes, on: flow)
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let key = message.branch + message.method + message.sipCallID
        guard !message.isRequest, let original = names.withLock({ $0.original[key] }) else {
            return door.deliver(bytes, on: flow)
        }
        var message = message
        message.branch = original
        door.deliver(message.bytes, on: flow)
    }
}

private struct EndlessRepetition: DoorKeeper {
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.send(bytes, on: flow)
        guard message.isRequest, message.method == "INVITE", door.happens(perThousand: 100) else {
            return
        }
        door.world.perform(after: .seconds(20)) { door.send(bytes, on: flow) }
    }
}

/// Somebody who listened sends a REGISTER with the same credentials again, and it is taken.
private final class ReplayedCredentials: DoorKeeper {
    private struct Heard {
        var request: WireText?
        var isReplayed = false
    }

    private static let mark = "replayed"
    private static let attacker = IPAddress(v4: 0x0A09_0909)

    private let heard = Mutex(Heard())

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        if message.branch.hasSuffix(Self.mark) {
            return door.send(message.response("200 OK", tag: Self.mark).bytes, on: flow)
        }
        if message.isRequest, message.method == "REGISTER", message["Authorization"] != nil {
            heard.withLock { if !$0.isReplayed { $0.request = message } }
        }
        door.deliver(bytes, on: flow)
    }

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.send(bytes, on: flow)
        guard message.status == 200, message.method == "REGISTER", flow.transport == .udp else {
            return
        }
        let request = heard.withLock { heard -> WireText? in
            guard !heard.isReplayed, let request = heard.request,
                request.branch == message.branch
            else { return nil }
            heard.isReplayed = true
            return request
        }
        guard var replay = request else { return }
        replay.branch += Self.mark
        let repeated = replay.bytes
        let world = door.world
        let attacker = world.network.makeHost("attacker", address: Self.attacker)
        let way = Flow(
            transport: .udp, listener: 0,
            local: SocketAddress(address: Self.attacker, port: 5060), remote: flow.local,
            connection: 0)
        world.perform(after: .seconds(30)) { attacker.send(repeated, on: way) }
    }
}

/// Holds a message back until the next of the same call has gone.
private final class ReorderingMailbox: DoorKeeper {
    private let held = Mutex<[String: (bytes: [UInt8], flow: Flow)]>([:])

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let sipCallID = message.sipCallID
        if let before = held.withLock({ $0.removeValue(forKey: sipCallID) }) {
            door.send(bytes, on: flow)
            return door.send(before.bytes, on: before.flow)
        }
        guard door.happens(perThousand: 50) else { return door.send(bytes, on: flow) }
        held.withLock { $0[sipCallID] = (bytes, flow) }
    }
}
