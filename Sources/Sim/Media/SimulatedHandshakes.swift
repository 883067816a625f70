import Media
import Platform
import Synchronization

/// The exchange's handshakes in a simulated world, beside its media loops as a thread of their own is.
final class SimulatedHandshakes: Sendable {
    private struct Place: Hashable, Sendable {
        var leg: MediaLegID
        var stream: Int
    }

    private struct Work {
        var handshake: SimulatedHandshake
        var terms: HandshakeTerms
        var began: Instant
        /// Tells it from an earlier one in the same place.
        var number: Int
    }

    private struct Desk {
        var works: [Place: Work] = [:]
        var lastNumber = 0
        /// When the order before is carried out.
        var lastOrder = Instant.start
        var isShut = false
    }

    /// A handshake takes a moment of its thread.
    private static let longestWait = Duration.milliseconds(3)
    /// The hash of the exchange's certificate: it outlives every process.
    static let certificate = [UInt8](
        repeating: 0xE5, count: SimulatedHandshake.certificateLength)
    /// Those that virtual phones have; the exchange's own choice.
    private static let suites: [SRTPSuite] = [.galois128, .counter128, .counter128Short]

    private let scheduler: Scheduler
    private let random: SimulatedRandom
    private let desk = Mutex(Desk())

    init(scheduler: Scheduler, random: SimulatedRandom) {
        self.scheduler = scheduler
        self.random = random
    }

    /// - Parameter tell: takes what comes of it, later.
    func post(_ order: HandshakeOrder, _ tell: @escaping @Sendable (MediaCommand) -> Void) {
        let wait = random.duration(from: .zero, to: Self.longestWait)
        let deadline = desk.withLock { desk in
            desk.lastOrder = max(desk.lastOrder, scheduler.now + wait)
            return desk.lastOrder
        }
        scheduler.perform(at: deadline) { [weak self] in self?.carryOut(order, tell) }
    }

    /// The process is gone.
    func shut() {
        desk.withLock { desk in
            desk.isShut = true
            desk.works = [:]
        }
    }

    private func carryOut(
        _ order: HandshakeOrder, _ tell: @escaping @Sendable (MediaCommand) -> Void
    ) {
        switch order {
        case .begin(let leg, let stream, let terms):
            begin(Place(leg: leg, stream: stream), terms, tell)
        case .datagram(let leg, let stream, let bytes):
            receive(bytes, at: Place(leg: leg, stream: stream), tell)
        case .end(let leg, let stream):
            _ = desk.withLock { $0.works.removeValue(forKey: Place(leg: leg, stream: stream)) }
        }
    }

    private func begin(
        _ place: Place, _ terms: HandshakeTerms, _ tell: @escaping @Sendable (MediaCommand) -> Void
    ) {
        var handshake = SimulatedHandshake(
            begins: terms.begins, certificate: Self.certificate, expected: terms.fingerprint.bytes,
            suites: Self.suites, random: random)
        let first = handshake.begin()
        let number = desk.withLock { desk -> Int? in
            guard !desk.isShut else { return nil }
            desk.lastNumber += 1
            desk.works[place] = Work(
                handshake: handshake, terms: terms, began: scheduler.now, number: desk.lastNumber)
            return desk.lastNumber
        }
        guard let number else { return }
        if let first { tell(.transmit(place.leg, stream: place.stream, first)) }
        watch(place, number, tell)
    }

    private func receive(
        _ bytes: [UInt8], at place: Place, _ tell: @Sendable (MediaCommand) -> Void
    ) {
        let step = desk.withLock { desk in
            desk.works[place]?.handshake.receive(bytes)
        }
        guard let step, let terms = desk.withLock({ $0.works[place]?.terms }) else { return }
        if let reply = step.reply { tell(.transmit(place.leg, stream: place.stream, reply)) }
        switch step.outcome {
        case nil: break
        case .failed: tell(.secure(place.leg, stream: place.stream, terms, nil))
        case .keys(let suite, let own, let other):
            let keys = SRTPKey(suite, bytes: own).flatMap { sent in
                SRTPKey(suite, bytes: other).map { SRTPKeyPair(sent: sent, received: $0) }
            }
            tell(.secure(place.leg, stream: place.stream, terms, keys))
        }
    }

    /// Says again what got no answer, until it has failed.
    private func watch(
        _ place: Place, _ number: Int, _ tell: @escaping @Sendable (MediaCommand) -> Void
    ) {
        scheduler.perform(after: SimulatedHandshake.pause) { [weak self] in
            guard let self else { return }
            let work = desk.withLock { $0.works[place] }
            guard let work, work.number == number, !work.handshake.isOver else { return }
            guard scheduler.now - work.began < SimulatedHandshake.patience else {
                return tell(.secure(place.leg, stream: place.stream, work.terms, nil))
            }
            if let again = work.handshake.repetition() {
                tell(.transmit(place.leg, stream: place.stream, again))
            }
            watch(place, number, tell)
        }
    }
}
