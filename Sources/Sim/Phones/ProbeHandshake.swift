import Media
import Platform
import Synchronization

/// What a phone's handshake must come to.
struct PhoneHandshakeTerms: Equatable, Sendable {
    var begins: Bool
    /// The hash of the phone's own certificate, and of the other side's as its description names it.
    var own: [UInt8]
    var other: [UInt8]
    /// Where the other side is.
    var remote: SocketAddress

    /// Whether it is one handshake still: who moves goes on.
    func isSame(as next: PhoneHandshakeTerms) -> Bool {
        begins == next.begins && own == next.own && other == next.other
    }
}

/// Makes the keys of one call's sound, on the socket that it goes by.
final class ProbeHandshake: Sendable {
    private struct Work {
        var terms: PhoneHandshakeTerms
        var handshake: SimulatedHandshake
        var began: Instant
    }

    private struct Desk {
        var work: Work?
        var alarm: (any Alarm)?
        var send: (@Sendable ([UInt8], SocketAddress) -> Void)?
        var made: (@Sendable (PhoneKeyPair) -> Void)?
    }

    private let time: any TimeSource
    private let random: any RandomSource
    private let desk = Mutex(Desk())

    init(time: any TimeSource, random: any RandomSource) {
        self.time = time
        self.random = random
    }

    /// - Parameters:
    ///   - made: takes the keys.
    func open(
        timers: any Timers, send: @escaping @Sendable ([UInt8], SocketAddress) -> Void,
        made: @escaping @Sendable (PhoneKeyPair) -> Void
    ) {
        let alarm = timers.makeAlarm { [weak self] in self?.sayAgain() }
        desk.withLock { desk in
            desk.alarm = alarm
            desk.send = send
            desk.made = made
        }
    }

    func close() {
        desk.withLock { $0 = Desk() }
    }

    /// No keys are made by handshake any more.
    func drop() {
        desk.withLock { $0.work = nil }
    }

    /// Begins another one where the terms are others; false where it is the one that is.
    func take(_ terms: PhoneHandshakeTerms) -> Bool {
        let isSame = desk.withLock { desk in
            guard desk.work?.terms.isSame(as: terms) == true else { return false }
            desk.work?.terms.remote = terms.remote
            return true
        }
        guard !isSame else { return false }
        var handshake = SimulatedHandshake(
            begins: terms.begins, certificate: terms.own, expected: terms.other,
            suites: [.counter128, .galois128, .counter128Short], random: random)
        let first = handshake.begin()
        let now = time.now
        let send = desk.withLock { desk in
            desk.work = Work(terms: terms, handshake: handshake, began: now)
            desk.alarm?.set(now + SimulatedHandshake.pause)
            return desk.send
        }
        if let first { send?(first, terms.remote) }
        return true
    }

    /// Whether that is a datagram of a handshake, taken here.
    func receive(_ bytes: [UInt8]) -> Bool {
        guard SimulatedHandshake.isDatagram(bytes) else { return false }
        let (step, remote, send, made) = desk.withLock { desk in
            (
                desk.work?.handshake.receive(bytes), desk.work?.terms.remote, desk.send, desk.made
            )
        }
        guard let step, let remote else { return false }
        if let reply = step.reply { send?(reply, remote) }
        if case .keys(let suite, let own, let other) = step.outcome,
            let kind = PhoneKey.Suite(suite)
        {
            made?(
                PhoneKeyPair(own: PhoneKey(kind, bytes: own), other: PhoneKey(kind, bytes: other)))
        }
        return true
    }

    private func sayAgain() {
        let now = time.now
        let say = desk.withLock { desk -> (() -> Void)? in
            guard let work = desk.work, !work.handshake.isOver,
                now - work.began < SimulatedHandshake.patience
            else { return nil }
            desk.alarm?.set(now + SimulatedHandshake.pause)
            guard let send = desk.send, let again = work.handshake.repetition() else { return nil }
            return { send(again, work.terms.remote) }
        }
        say?()
    }
}
