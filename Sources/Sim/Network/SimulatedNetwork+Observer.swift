import Platform
import Synchronization

/// What is seen of signalling from outside of the hosts.
extension SimulatedNetwork {
    func tell(_ bytes: [UInt8], on flow: Flow, leaving host: SimulatedHost) {
        guard let observer = observer.withLock({ $0 }) else { return }
        observer.observe(
            MessagePassage(
                kind: .left, instant: scheduler.now, host: host.name, flow: flow, bytes: bytes))
    }

    func tell(_ event: NetworkEvent, at host: SimulatedHost) {
        guard let observer = observer.withLock({ $0 }) else { return }
        if case .received(let bytes, let flow, let instant) = event {
            observer.observe(
                MessagePassage(
                    kind: .arrived, instant: instant, host: host.name, flow: flow, bytes: bytes))
        } else {
            observer.observe(event, at: host.name)
        }
    }
}
