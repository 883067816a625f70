import Platform
import Synchronization

/// One attack of a hostile machine on the exchange: so many messages within a few seconds.
///
/// It speaks from an address of its own and has seen the messages of late; the seed decides what it
/// sends. When it is over nothing of it is left.
final class Attack: NetworkSink {
    /// All is sent within this time, and the machine is gone some time after.
    static let length = Duration.seconds(20)
    static let lingering = Duration.seconds(40)
    /// Requests that one flood consists of.
    private static let flood = 20
    /// Streams of one attack that are open at a time; further ones are not tried.
    private static let streamLimit = 64
    /// Messages of late that it knows.
    static let memory = 400
    private static let signallingPort: UInt16 = 5060

    private let number: Int
    private let host: SimulatedHost
    private let world: SimulatedWorld
    private let random: SimulatedRandom
    private let messages: HostileMessages
    /// What was on the wire.
    private let seen: [[UInt8]]
    private let mediaPorts: [UInt16]
    private let numbers: [String]
    private let attempts = Mutex<UInt64>(0)

    init(
        number: Int, world: SimulatedWorld, seen: [MessagePassage], domain: String,
        numbers: [String]
    ) {
        self.number = number
        self.world = world
        self.numbers = numbers
        random = world.random(for: "attack \(number)")
        host = world.network.makeHost("stranger-\(number)", address: Self.address(number))
        self.seen = seen.map(\.bytes).filter { MessageGlance($0) != nil }
        mediaPorts = Self.mediaPorts(in: seen)
        messages = HostileMessages(
            source: SocketAddress(address: host.address, port: Self.signallingPort),
            target: SimulatedExchange.address, domain: domain, random: random)
    }

    /// The addresses of hostile machines (RFC 5737's third).
    private static func address(_ number: Int) -> IPAddress {
        IPAddress(v4: 0xCB00_7100 | UInt32(number & 0xFF))
    }

    /// True for a machine that no phone and no box is.
    static func isHostile(_ address: IPAddress) -> Bool {
        address.low & 0xFFFF_FFFF_FFFF_FF00 == 0x0000_FFFF_CB00_7100 && address.high == 0
    }

    /// Sends that many messages, or floods of them.
    func begin(count: Int) {
        host.attach(self)
        host.listen(.udp, port: Self.signallingPort)
        for _ in 0..<count {
            let moment = random.duration(from: .zero, to: Self.length)
            world.perform(after: moment) { [self] in act() }
        }
        world.perform(after: Self.length + Self.lingering) { [host] in
            host.stopListening(resettingStreams: true)
        }
    }

    private func act() {
        switch random.number(in: 0...11) {
        case 0, 1, 2: send(messages.distorted())
        case 3, 4: withSeen { send(MessageMutation(random: random).mutated($0)) }
        case 5: withSeen { send($0) }
        case 6: withSeen { send(mutation.ending($0, from: messages.source)) }
        case 7:
            let number = pick(numbers) ?? "100"
            for _ in 0..<random.number(in: 1...Self.flood) {
                send(messages.guessedRegistration(of: number))
            }
        case 8:
            for _ in 0..<random.number(in: 1...Self.flood) {
                send(
                    messages.intrudingCall(
                        from: pick(numbers) ?? "100", to: pick(numbers) ?? "101"))
            }
        case 9:
            let first = random.number(in: 1...9_999)
            for number in first..<first + random.number(in: 1...Self.flood) {
                send(messages.scan(of: String(number)))
            }
        case 10: speakAtMediaPorts()
        default: openStream()
        }
    }

    private var mutation: MessageMutation { MessageMutation(random: random) }

    private func withSeen(_ use: ([UInt8]) -> Void) {
        if let message = pick(seen) { use(message) } else { send(messages.garbage()) }
    }

    private func send(_ bytes: [UInt8]) {
        guard let flow = host.datagramFlow(to: SimulatedExchange.address) else { return }
        host.send(bytes, on: flow)
    }

    private func pick<Choice>(_ choices: [Choice]) -> Choice? {
        choices.isEmpty ? nil : choices[random.number(in: 0...choices.count - 1)]
    }

    // MARK: Media

    /// Sound with a mark that nobody may hear, and what is no sound, at ports that are in use.
    private func speakAtMediaPorts() {
        guard let port = pick(mediaPorts) else { return send(messages.garbage()) }
        let target = SocketAddress(address: SimulatedExchange.address.address, port: port)
        let source = SocketAddress(
            address: host.address, port: UInt16(random.number(in: 10_000...60_000)))
        for sequence in 0..<random.number(in: 1...Self.flood) {
            var packet: [UInt8] = [0x80, 0, 0, UInt8(truncatingIfNeeded: sequence)]
            packet += random.bytes(8) + [0xFF, 0xFF, 0xFF, 0xFF] + random.bytes(156)
            if random.happens(perThousand: 200) {
                packet = random.bytes(random.number(in: 1...400))
            }
            world.network.transmit(packet, from: source, to: target)
        }
    }

    private static func mediaPorts(in seen: [MessagePassage]) -> [UInt16] {
        seen.filter { $0.source == SimulatedExchange.address }.compactMap { passage in
            let text = String(decoding: passage.bytes, as: UTF8.self)
            guard let found = text.firstRange(of: "m=audio ") else { return nil }
            return UInt16(text[found.upperBound...].prefix { $0.isNumber })
        }
    }

    // MARK: Streams

    private func openStream() {
        let number = attempts.withLock { attempts in
            attempts += 1
            return attempts
        }
        guard number <= Self.streamLimit else { return }
        host.connect(
            ConnectionAttempt(number: number), transport: .tcp, to: SimulatedExchange.address)
    }

    func receive(_ event: NetworkEvent) {
        guard case .opened(let flow, _) = event else { return }
        misuse(flow)
    }

    private func misuse(_ flow: Flow) {
        let request = messages.scan(of: pick(numbers) ?? "100")
        switch random.number(in: 0...6) {
        case 0: break  // Half-open: not a word.
        case 1: host.send(messages.garbage(), on: flow)
        case 2: host.send(messages.distorted(), on: flow)
        case 3:
            let text = String(decoding: request, as: UTF8.self)
            let length = pick(["4294967295", "99999999999999999999", "60000", "-5"]) ?? "0"
            let huge = text.replacing("Content-Length: 0", with: "Content-Length: \(length)")
            host.send(Array(huge.utf8), on: flow)
        case 4: drip(request[...], on: flow)
        case 5: host.send(Array(repeatElement(request, count: Self.flood).joined()), on: flow)
        default:
            host.send(Array(request.prefix(random.number(in: 1...request.count))), on: flow)
            host.close(flow)
        }
    }

    /// A byte now and then.
    private func drip(_ bytes: ArraySlice<UInt8>, on flow: Flow) {
        guard let first = bytes.first, host.isListening else { return }
        host.send([first], on: flow)
        world.perform(after: random.duration(from: .milliseconds(50), to: .seconds(2))) { [self] in
            drip(bytes.dropFirst(), on: flow)
        }
    }
}
