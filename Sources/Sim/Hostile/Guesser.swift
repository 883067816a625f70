import Platform
import Synchronization

/// A hostile machine that guesses passwords in earnest: it lets itself be challenged, answers each
/// challenge with a wrong password, and counts how many of its guesses the exchange looks at.
final class Guesser: NetworkSink {
    /// Guesses that a source may have answered before it must be banned: the exchange's own limit.
    private static let limit = 10
    private static let guessCount = 60
    private static let longestPause = Duration.milliseconds(400)
    private static let lingering = Duration.seconds(10)
    private static let signallingPort: UInt16 = 5060

    private struct Progress {
        var nonce: String?
        var sentCount = 0
        /// Guesses that were judged: 401 came.
        var judgedCount = 0
        /// Their Call-IDs: an answer may come twice.
        var answered: Set<Substring> = []
    }

    private let host: SimulatedHost
    private let world: SimulatedWorld
    private let random: SimulatedRandom
    private let messages: HostileMessages
    private let names: [String]
    private let report: @Sendable (_ judgedCount: Int) -> Void
    private let progress = Mutex(Progress())

    /// - Parameters:
    ///   - names: whose passwords it tries; others are made up.
    ///   - report: called at the end, where more guesses were judged than may be.
    init(
        number: Int, world: SimulatedWorld, domain: String, names: [String],
        report: @escaping @Sendable (Int) -> Void
    ) {
        self.world = world
        self.report = report
        random = world.random(for: "guesser \(number)")
        // One name again and again, or another each time.
        self.names = random.happens(perThousand: 500) ? Array(names.prefix(1)) : names
        let address = IPAddress(v4: 0xCB00_7180 | UInt32(number & 0x7F))
        host = world.network.makeHost("guesser-\(number)", address: address)
        messages = HostileMessages(
            source: SocketAddress(address: address, port: Self.signallingPort),
            target: SimulatedExchange.address, domain: domain, random: random)
    }

    func begin() {
        host.attach(self)
        host.listen(.udp, port: Self.signallingPort)
        act()
    }

    private func act() {
        let (nonce, isOver) = progress.withLock { progress in
            progress.sentCount += 1
            return (progress.nonce, progress.sentCount > Self.guessCount)
        }
        guard !isOver else {
            world.perform(after: Self.lingering) { [self] in end() }
            return
        }
        let name = names.isEmpty ? "100" : names[random.number(in: 0...names.count - 1)]
        send(messages.guessedRegistration(of: name, nonce: nonce))
        world.perform(after: random.duration(from: .milliseconds(50), to: Self.longestPause)) {
            [self] in act()
        }
    }

    private func end() {
        host.stopListening(resettingStreams: true)
        let judgedCount = progress.withLock { $0.judgedCount }
        if judgedCount > Self.limit { report(judgedCount) }
    }

    private func send(_ bytes: [UInt8]) {
        guard let flow = host.datagramFlow(to: SimulatedExchange.address) else { return }
        host.send(bytes, on: flow)
    }

    func receive(_ event: NetworkEvent) {
        guard case .received(let bytes, _, at: _) = event else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("SIP/2.0 401"), let found = text.firstRange(of: "nonce=\"") else {
            return
        }
        let nonce = String(text[found.upperBound...].prefix { $0 != "\"" })
        let sipCallID = text.firstRange(of: "\r\nCall-ID: ").map { found in
            text[found.upperBound...].prefix { $0 != "\r\n" && $0 != "\r" }
        }
        progress.withLock { progress in
            let isNews = progress.answered.insert(sipCallID ?? "").inserted
            if isNews, progress.nonce != nil { progress.judgedCount += 1 }
            progress.nonce = nonce
        }
    }
}
