import Platform
import Synchronization

/// The time between the start of a simulated process and its end.
///
/// Everything that the process holds of its world is bound to it. After the end nothing that is
/// still under way in it has an effect: alarms stay silent, what it sends goes nowhere, its storage
/// work is not done.
final class Lifespan: Sendable {
    private struct Holdings {
        var isOver = false
        var alarmCount = 0
    }

    private let holdings = Mutex(Holdings())

    var isOver: Bool { holdings.withLock { $0.isOver } }
    /// Alarms that the process has made and not let go of.
    var alarmCount: Int { holdings.withLock { $0.alarmCount } }

    func end() {
        holdings.withLock { $0.isOver = true }
    }

    fileprivate func alarmMade() { holdings.withLock { $0.alarmCount += 1 } }
    fileprivate func alarmGone() { holdings.withLock { $0.alarmCount -= 1 } }
}

extension World {
    /// The same seams, good for that long.
    func bound(to lifespan: Lifespan) -> World {
        World(
            time: time, timers: MortalTimers(timers: timers, lifespan: lifespan), random: random,
            recorder: MortalRecorder(recorder: recorder, lifespan: lifespan))
    }
}

private struct MortalTimers: Timers {
    let timers: any Timers
    let lifespan: Lifespan

    func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        let lifespan = lifespan
        let alarm = timers.makeAlarm { if !lifespan.isOver { fire() } }
        return MortalAlarm(alarm: alarm, lifespan: lifespan)
    }
}

private final class MortalAlarm: Alarm {
    private let alarm: any Alarm
    private let lifespan: Lifespan

    init(alarm: any Alarm, lifespan: Lifespan) {
        self.alarm = alarm
        self.lifespan = lifespan
        lifespan.alarmMade()
    }

    deinit { lifespan.alarmGone() }

    func set(_ deadline: Instant?) {
        if !lifespan.isOver { alarm.set(deadline) }
    }
}

private struct MortalRecorder: EventRecorder {
    let recorder: any EventRecorder
    let lifespan: Lifespan

    var level: RecordedEvent.Level { recorder.level }

    func record(_ event: RecordedEvent) {
        if !lifespan.isOver { recorder.record(event) }
    }
}

/// A process's way to the network.
struct MortalNetwork: SignallingNetwork {
    let network: any SignallingNetwork
    let lifespan: Lifespan

    func send(_ bytes: [UInt8], on flow: Flow) {
        if !lifespan.isOver { network.send(bytes, on: flow) }
    }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        guard !lifespan.isOver else { return }
        network.connect(attempt, transport: transport, to: remote, certifiedFor: name)
    }

    func close(_ flow: Flow) {
        if !lifespan.isOver { network.close(flow) }
    }

    func datagramFlow(to remote: SocketAddress) -> Flow? {
        lifespan.isOver ? nil : network.datagramFlow(to: remote)
    }
}
