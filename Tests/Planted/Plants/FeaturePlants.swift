import Platform
import Sim
import Synchronization

extension Plant {
    static let featurePlants = [
        Plant(
            "ban-forgotten", "whoever is banned comes in all the same",
            foundBy: "whoever guesses passwords is banned after ten", seeds: 2,
            incidents: [Incident(at: .seconds(60), kind: .attack, count: 20)]
        ) { world in Door(world: world, keeper: OpenDoor()).sabotage },
        Plant(
            "good-one-banned", "what one phone proves itself with is misread",
            foundBy: "a good phone is not banned", seeds: 2
        ) { world in Door(world: world, keeper: Misreader()).sabotage },
        Plant(
            "trunk-not-tried-again", "after two minutes a trunk hears its provider no more",
            foundBy: "a trunk that can be reached is reachable again soon", seeds: 1,
            providers: [ProviderPlan(lines: 1, registers: false)]
        ) { world in Door(world: world, keeper: DeafTrunk()).sabotage },
        Plant(
            "other-trunk", "calls by the first trunk go out by the second",
            foundBy: "a call out has one winner, and its record names the trunk", seeds: 3,
            phones: 30,
            providers: [
                ProviderPlan(lines: 1, registers: false), ProviderPlan(lines: 1, registers: false),
            ]
        ) { world in Door(world: world, keeper: DivertedTrunk()).sabotage },
        Plant(
            "recording-not-ended", "what ends a recording is read as what begins one",
            foundBy: "what is recorded is what somebody wanted recorded", seeds: 6, phones: 40
        ) { world in Door(world: world, keeper: DeafToTheEnd()).sabotage },
        Plant(
            "parked-for-ever", "nobody counts how long a call is parked",
            foundBy: "a parked call is found again or recalled", seeds: 6, phones: 40,
            // Whom nobody fetches must have the patience to notice.
            talkTime: .seconds(120)
        ) { world in
            var sabotage = Sabotage()
            sabotage.seams = { seams in
                World(
                    time: seams.time, timers: ForgetfulTimers(seams: seams),
                    random: seams.random, recorder: seams.recorder)
            }
            return sabotage
        },
    ]
}

private struct OpenDoor: DoorKeeper {
    var letsAllIn: Bool { true }
}

/// Changes a letter of the proof in each REGISTER of the first phone that brings one.
private final class Misreader: DoorKeeper {
    private let victim = Mutex<IPAddress?>(nil)

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let proof = Array("response=\"".utf8)
        guard message.isRequest, message.method == "REGISTER",
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: proof) }),
            start + proof.count < bytes.count,
            victim.withLock({ victim in
                victim = victim ?? flow.remote.address
                return victim == flow.remote.address
            })
        else { return door.deliver(bytes, on: flow) }
        var bytes = bytes
        let place = start + proof.count
        bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        door.deliver(bytes, on: flow)
    }
}

/// Loses what providers answer to OPTIONS.
private struct DeafTrunk: DoorKeeper {
    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let isLost =
            message.status > 0 && message.method == "OPTIONS" && flow.remote.isProvider(1)
            && door.world.time.now > .start + .seconds(120)
        if !isLost { door.deliver(bytes, on: flow) }
    }
}

/// Sends what is for the first provider's machine to the second's.
private struct DivertedTrunk: DoorKeeper {
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        var flow = flow
        if flow.remote.isProvider(1), message.isRequest, message.method != "OPTIONS" {
            flow.remote.address = IPAddress(v4: 0x0A03_0201)
        }
        door.send(bytes, on: flow)
    }
}

/// Takes a phone's key that ends a recording for the one that begins it.
private struct DeafToTheEnd: DoorKeeper {
    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let end = Array("Record: off".utf8)
        guard message.isRequest, message.method == "INFO",
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) })
        else { return door.deliver(bytes, on: flow) }
        var bytes = bytes
        bytes.replaceSubrange(start..<start + end.count, with: "Record: on".utf8)
        door.deliver(bytes, on: flow)
    }
}

extension SocketAddress {
    /// Whether it is the first machine of that provider, counted from 1.
    fileprivate func isProvider(_ number: UInt32) -> Bool {
        address == IPAddress(v4: 0x0A03_0001 + number * 256)
    }
}

/// Alarms that forget what is exactly as far away as the end of parking.
private struct ForgetfulTimers: Timers {
    let seams: World

    func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        ForgetfulAlarm(alarm: seams.timers.makeAlarm(fire), time: seams.time)
    }
}

private final class ForgetfulAlarm: Alarm {
    private let alarm: any Alarm
    private let time: any TimeSource
    /// What is not to be waited for.
    private let forgotten = Mutex<Instant?>(nil)

    init(alarm: any Alarm, time: any TimeSource) {
        self.alarm = alarm
        self.time = time
    }

    func set(_ deadline: Instant?) {
        let isForgotten = forgotten.withLock { forgotten in
            if let deadline, deadline - time.now == .seconds(10) { forgotten = deadline }
            return deadline != nil && forgotten == deadline
        }
        alarm.set(isForgotten ? nil : deadline)
    }
}
