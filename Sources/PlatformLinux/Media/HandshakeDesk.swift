import COpenSSL
import Glibc
import Media
import Platform

/// Makes keys for media streams (DTLS-SRTP, RFC 5764), on a thread of its own: a handshake takes a
/// millisecond of it, and no packet waits for that.
public final class HandshakeDesk: Sendable {
    /// Datagrams that wait; further ones are dropped, as on any network.
    private static var waitingLimit: Int { 4_096 }

    /// SHA-256 of our certificate: what descriptions say.
    public let fingerprint: CertificateFingerprint
    private let certificates: CertificateStore
    private let orders = WaitingOrders(limit: HandshakeDesk.waitingLimit)

    /// Reads our certificate and key from that folder, or makes them.
    public init(
        folder: String, time: any TimeSource, random: any RandomSource
    ) throws(CertificateError) {
        certificates = try CertificateStore(
            source: .selfSigned(
                folder: folder, domain: "Strowger", names: [], addresses: []),
            time: time, random: random)
        let text = certificates.certificate.fingerprint
        guard let read = CertificateFingerprint(parsing: "sha-256 \(text)") else {
            throw .notMade(step: "fingerprint")
        }
        fingerprint = read
    }

    func post(_ order: HandshakeOrder) { orders.add(order) }

    /// Starts the thread; `answer` takes what comes of handshakes.
    func open(_ answer: @escaping @Sendable (MediaCommand) -> Void) {
        let files = certificates.source.files
        let orders = orders
        _ = try? PlatformThread(named: "handshakes") {
            guard let settings = HandshakeSettings(certificate: files.certificate, key: files.key)
            else { return }
            var round = HandshakeRound(settings: settings, answer: answer)
            while let waiting = orders.take(isHurried: round.isUnfinished) {
                for order in waiting { round.carryOut(order) }
                round.resend()
            }
        }
    }

    func close() { orders.close() }
}

/// Orders on their way to the thread.
private final class WaitingOrders: @unchecked Sendable {
    /// How often an unfinished handshake is looked at: OpenSSL resends after a second.
    private static let pause = Duration.milliseconds(100)

    // Everything below is touched under the monitor only: hence @unchecked.
    private let monitor = Monitor()
    private let time = SystemTime()
    private var waiting: [HandshakeOrder] = []
    private var isClosed = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    func add(_ order: HandshakeOrder) {
        monitor.locked {
            if case .datagram = order, waiting.count >= limit { return }
            waiting.append(order)
            monitor.signal()
        }
    }

    func close() {
        monitor.locked {
            isClosed = true
            monitor.signal()
        }
    }

    /// What waits: at once, or, where handshakes are unfinished, after a pause; nil at the end.
    func take(isHurried: Bool) -> [HandshakeOrder]? {
        monitor.locked {
            while waiting.isEmpty, !isClosed {
                guard isHurried else {
                    monitor.wait()
                    continue
                }
                monitor.wait(untilMonotonic: time.monotonic(at: time.now + Self.pause))
                break
            }
            if isClosed { return nil }
            defer { waiting = [] }
            return waiting
        }
    }
}

/// The handshakes of the thread.
private struct HandshakeRound: ~Copyable {
    private struct Place: Hashable {
        var leg: MediaLegID
        var stream: Int
    }

    private let settings: HandshakeSettings
    private let answer: @Sendable (MediaCommand) -> Void
    private let time = SystemTime()
    private var handshakes: [Place: Handshake] = [:]

    init(settings: HandshakeSettings, answer: @escaping @Sendable (MediaCommand) -> Void) {
        self.settings = settings
        self.answer = answer
    }

    var isUnfinished: Bool { handshakes.values.contains { !$0.isOver } }

    mutating func carryOut(_ order: HandshakeOrder) {
        switch order {
        case .begin(let leg, let stream, let terms):
            let place = Place(leg: leg, stream: stream)
            handshakes[place] = Handshake(settings, terms, now: time.now)
            // Without memory for it there are no keys.
            guard handshakes[place] != nil else {
                return answer(.secure(leg, stream: stream, terms, nil))
            }
            advance(place)
        case .datagram(let leg, let stream, let bytes):
            let place = Place(leg: leg, stream: stream)
            handshakes[place]?.receive(bytes)
            advance(place)
        case .end(let leg, let stream):
            handshakes[Place(leg: leg, stream: stream)] = nil
        }
    }

    /// Sends again what got no answer.
    mutating func resend() {
        let now = time.now
        for (place, handshake) in handshakes where !handshake.isOver {
            handshake.resend(now: now)
            advance(place)
        }
    }

    private func advance(_ place: Place) {
        guard let handshake = handshakes[place] else { return }
        let outcome = handshake.advance()
        for datagram in handshake.takeDatagrams() {
            answer(.transmit(place.leg, stream: place.stream, datagram))
        }
        switch outcome {
        case nil: break
        case .failed: answer(.secure(place.leg, stream: place.stream, handshake.terms, nil))
        case .keys(let keys):
            answer(.secure(place.leg, stream: place.stream, handshake.terms, keys))
        }
    }
}
