import Media
import Platform
import Synchronization

/// What a phone's handshake must come to.
struct PhoneHandshakeTerms: Equatable, Sendable {
    var begins: Bool
    /// The hash of the phone's own certificate, and of the other side's as its description names it.
    var own: [UInt8]
    var other: [UInt8]
    /// The way is found by checks first: what proves the phone's own, and the other side's.
    var checks: (own: PhoneCheckCredentials, other: PhoneCheckCredentials)?
    /// Where the other side is.
    var remote: SocketAddress

    /// Whether it is one handshake still: who moves goes on.
    func isSame(as next: PhoneHandshakeTerms) -> Bool {
        begins == next.begins && own == next.own && other == next.other
            && checks?.own == next.checks?.own && checks?.other == next.checks?.other
    }

    static func == (one: PhoneHandshakeTerms, other: PhoneHandshakeTerms) -> Bool {
        one.isSame(as: other) && one.remote == other.remote
    }
}

/// Makes the keys of one call's sound, on the socket that it goes by, once the way is found.
final class ProbeHandshake: Sendable {
    private struct Work {
        var terms: PhoneHandshakeTerms
        var handshake: SimulatedHandshake
        var began: Instant
        /// Nil where the way needs no finding.
        var checks: PhoneChecks?
        var hasBegun = false

        /// What is to be sent now, and when something is again.
        mutating func advance(now: Instant) -> (datagrams: [[UInt8]], next: Instant?) {
            var datagrams: [[UInt8]] = []
            if let check = checks, now >= check.next, let datagram = checks?.check(now: now) {
                datagrams.append(datagram)
            }
            let mayTalk = checks?.isOpen(now: now) ?? true
            let isUnfinished =
                !handshake.isOver && now - began < SimulatedHandshake.patience
            if mayTalk, isUnfinished {
                let first = hasBegun ? nil : handshake.begin()
                if let again = first ?? handshake.repetition() { datagrams.append(again) }
                hasBegun = true
            }
            let retry = isUnfinished ? now + SimulatedHandshake.pause : nil
            return (datagrams, [checks?.next, retry].compactMap(\.self).min())
        }
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
        let alarm = timers.makeAlarm { [weak self] in self?.advance() }
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
        let handshake = SimulatedHandshake(
            begins: terms.begins, certificate: terms.own, expected: terms.other,
            suites: [.counter128, .galois128, .counter128Short], random: random)
        let checks = terms.checks.map {
            PhoneChecks(own: $0.own, other: $0.other, random: random)
        }
        desk.withLock { desk in
            desk.work = Work(
                terms: terms, handshake: handshake, began: time.now, checks: checks)
        }
        advance()
        return true
    }

    /// Whether sound may go out, as far as checks say.
    func isWayOpen(now: Instant) -> Bool {
        desk.withLock { $0.work?.checks?.isOpen(now: now) ?? true }
    }

    /// Whether that is a datagram of a handshake or the answer to a check, taken here.
    func receive(_ bytes: [UInt8]) -> Bool {
        if PhoneChecks.isDatagram(bytes) { return receiveAnswer(bytes) }
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

    private func receiveAnswer(_ bytes: [UInt8]) -> Bool {
        let now = time.now
        let (isTaken, isNew) = desk.withLock { desk -> (Bool, Bool) in
            guard desk.work?.checks != nil else { return (false, false) }
            return (true, desk.work?.checks?.receive(bytes, now: now) ?? false)
        }
        if isNew { advance() }
        return isTaken
    }

    /// Says what is due.
    private func advance() {
        let now = time.now
        let (datagrams, remote, send) = desk.withLock { desk in
            let step = desk.work?.advance(now: now)
            desk.alarm?.set(step?.next)
            return (step?.datagrams ?? [], desk.work?.terms.remote, desk.send)
        }
        guard let remote else { return }
        for datagram in datagrams { send?(datagram, remote) }
    }
}
