import Platform
import Synchronization
import Wire

/// Keeps the way through a box open for one machine that is reached by datagrams, as phones do:
/// something small goes out before the box would forget.
final class KeepAlive: Sendable {
    private struct Course {
        weak var host: SimulatedHost?
        var alarm: (any Alarm)?
        var changed: (@Sendable () -> Void)?
        /// How the machine was seen from outside, the last time it asked.
        var seen: SocketAddress?
        var transactionCount: UInt64 = 0
    }

    private let kind: BoxPlan.KeepAlive
    private let pause: Duration
    private let target: SocketAddress
    private let course = Mutex(Course())

    /// - Parameters:
    ///   - pause: between two of them.
    ///   - target: whom the way leads to.
    init(kind: BoxPlan.KeepAlive, pause: Duration, target: SocketAddress) {
        self.kind = kind
        self.pause = pause
        self.target = target
    }

    var host: SimulatedHost? {
        get { course.withLock { $0.host } }
        set { course.withLock { $0.host = newValue } }
    }

    /// Called when the box shows the machine under another address than before.
    func onChange(_ changed: @escaping @Sendable () -> Void) {
        course.withLock { $0.changed = changed }
    }

    /// The machine is up; the first goes out after a pause.
    func begin(world: World) {
        guard kind == .lineBreaks || kind == .stun else { return }
        let alarm = world.timers.makeAlarm { [weak self] in self?.refresh(world.time) }
        alarm.set(world.time.now + pause)
        course.withLock { course in
            course.alarm = alarm
            course.seen = nil
        }
    }

    /// The machine is off, or its owner needs no calls any more.
    func end() {
        course.withLock { $0.alarm = nil }
    }

    private func refresh(_ time: any TimeSource) {
        let sent = course.withLock { course -> (host: SimulatedHost, number: UInt64)? in
            guard let host = course.host, course.alarm != nil else { return nil }
            course.alarm?.set(time.now + pause)
            course.transactionCount += 1
            return (host, course.transactionCount)
        }
        guard let sent, let flow = sent.host.datagramFlow(to: target) else { return }
        sent.host.send(message(sent.number), on: flow)
    }

    private func message(_ number: UInt64) -> [UInt8] {
        guard kind == .stun else { return [13, 10, 13, 10] }
        return STUNMessage(.request, transactionID: .init(high: 0x5EED, low: number)).encoded()
    }

    /// Takes the answers to what was asked; false for all other datagrams.
    func takes(_ bytes: [UInt8]) -> Bool {
        guard kind == .stun, STUNMessage.isLikely(bytes),
            let answer = try? STUNMessage(parsing: bytes), answer.messageClass == .success,
            let address = answer.xorMappedAddress
        else { return false }
        let changed = course.withLock { course -> (@Sendable () -> Void)? in
            let before = course.seen
            course.seen = address
            return before != nil && before != address ? course.changed : nil
        }
        changed?()
        return true
    }
}
