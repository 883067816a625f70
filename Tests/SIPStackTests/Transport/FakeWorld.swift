import Platform
import Synchronization

@testable import SIPStack

/// Gathers what comes from any thread; a test waits for as many as it expects.
final class Gathered<Element: Sendable>: Sendable {
    private struct Content {
        var elements: [Element] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<[Element], Never>)] = []
    }

    private let content = Mutex(Content())

    func add(_ element: Element) {
        let ready = content.withLock { content in
            content.elements.append(element)
            let elements = content.elements
            let ready = content.waiting.filter { $0.count <= elements.count }
            content.waiting.removeAll { $0.count <= elements.count }
            return ready.map { ($0.continuation, elements) }
        }
        for (continuation, elements) in ready { continuation.resume(returning: elements) }
    }

    /// All elements, once there are so many.
    func first(_ count: Int) async -> [Element] {
        await withCheckedContinuation { continuation in
            let elements = content.withLock { content -> [Element]? in
                if content.elements.count >= count { return content.elements }
                content.waiting.append((count, continuation))
                return nil
            }
            if let elements { continuation.resume(returning: elements) }
        }
    }

    var all: [Element] { content.withLock { $0.elements } }
}

/// A network that only writes down what it is asked for.
final class RecordedNetwork: SignallingNetwork {
    let sent = Gathered<(bytes: [UInt8], flow: Flow)>()
    let asked = Gathered<(attempt: ConnectionAttempt, target: StreamTarget)>()
    let closed = Gathered<Flow>()

    func send(_ bytes: [UInt8], on flow: Flow) { sent.add((bytes, flow)) }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        asked.add((attempt, StreamTarget(transport: transport, remote: remote, name: name)))
    }

    func close(_ flow: Flow) { closed.add(flow) }

    func datagramFlow(to remote: SocketAddress) -> Flow? {
        remote.address.isMulticast ? nil : Fixture.flow(remote: remote)
    }
}

/// A sink that keeps everything.
final class RecordedSink: SIPSink {
    let events = Gathered<SIPEvent>()

    func post(_ event: SIPEvent) { events.add(event) }
}

/// A clock that a test moves, and alarms that fire when it has moved far enough.
final class ManualTime: TimeSource, Timers {
    private final class ManualAlarm: Alarm {
        private let deadline = Mutex<Instant?>(nil)
        private let fire: @Sendable () -> Void
        private let time: ManualTime

        init(_ time: ManualTime, _ fire: @escaping @Sendable () -> Void) {
            self.time = time
            self.fire = fire
        }

        func set(_ deadline: Instant?) {
            self.deadline.withLock { $0 = deadline }
            fireIfDue()
        }

        func fireIfDue() {
            let isDue = deadline.withLock { deadline in
                guard let due = deadline, due <= time.now else { return false }
                deadline = nil
                return true
            }
            if isDue { fire() }
        }
    }

    private let instant = Mutex(Instant.start)
    private let alarms = Mutex<[ManualAlarm]>([])

    var now: Instant { instant.withLock { $0 } }
    var wallTime: WallTime { WallTime(microseconds: 0) }

    func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        let alarm = ManualAlarm(self, fire)
        alarms.withLock { $0.append(alarm) }
        return alarm
    }

    func advance(by delay: Duration) {
        instant.withLock { $0 = $0 + delay }
        for alarm in alarms.withLock({ $0 }) { alarm.fireIfDue() }
    }
}

struct SilentRecorder: EventRecorder {
    var level: RecordedEvent.Level { .error }
    func record(_ event: RecordedEvent) {}
}

/// The stack between a recorded network and a recorded sink.
struct FakeStack {
    let time = ManualTime()
    let network = RecordedNetwork()
    let sink = RecordedSink()
    let transport: SIPTransport

    init(shardCount: Int = 2) {
        let world = World(
            time: time, timers: time, random: CountingRandom(), recorder: SilentRecorder())
        transport = SIPTransport(
            world: world, network: network, shardCount: shardCount,
            configuration: SIPTransportConfiguration(), defaultSink: sink)
    }

    func receive(_ bytes: [UInt8], on flow: Flow = Fixture.flow()) {
        transport.receive(.received(bytes, on: flow, at: time.now))
    }

    func open(_ flow: Flow) {
        transport.receive(.opened(flow, attempt: nil))
    }
}
