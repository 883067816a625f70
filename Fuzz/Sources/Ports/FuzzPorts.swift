import Fuzzing
import Platform
import Wire

@testable import Media

/// Everything that shares one port (RFC 7983): checks, handshakes, RTP and RTCP, before and after there
/// are keys. Each goes where its first byte says, and nowhere else.
func fuzzPorts(_ bytes: [UInt8]) {
    var script = PortScript(choices: Choices(bytes))
    script.run()
}

/// Counts what leaves.
private struct CountedSockets: MediaOutput {
    var handshakes = 0
    var answers = 0
    var others = 0

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        let port = 20_000 + UInt16(truncatingIfNeeded: slot) * 2
        return LocalStream(
            rtp: SocketAddress(address: .loopbackV4, port: port),
            rtcp: SocketAddress(address: .loopbackV4, port: port + 1))
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {}

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? { nil }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool { false }

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to remote: SocketAddress
    ) -> Bool {
        let kind = DatagramKind(packet)
        if kind == .stun { answers += 1 } else { others += 1 }
        return true
    }

    mutating func handshake(_ order: HandshakeOrder) {
        if case .datagram(_, _, let bytes) = order {
            require(
                bytes.first.map { (20...63).contains($0) } ?? false,
                "a handshake gets what is one: \(bytes)")
            handshakes += 1
        }
    }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {}
}

private final class DeafSink: MediaSink {
    func post(_ event: MediaEvent) {}
}

private struct PortScript: ~Copyable {
    private static let stepLimit = 200
    private static let password = "0123456789abcdefghijkl"

    var choices: Choices
    private var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    private var output = CountedSockets()
    private var now = Instant.start
    private var hasKeys = false
    private var checkCount: UInt64 = 0
    private let sink = DeafSink()
    private let legs = [MediaLegID(number: 1), MediaLegID(number: 2)]
    private let terms = CertificateFingerprint(.sha256, [UInt8](repeating: 1, count: 32)).map {
        HandshakeTerms(begins: false, fingerprint: $0)
    }

    init(choices: Choices) {
        self.choices = choices
    }

    mutating func run() {
        guard let own = ICECredentials(fragment: "ours", password: Self.password) else { return }
        for leg in legs { apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink)) }
        let isChecked = choices.flag()
        let home = SocketAddress(address: .loopbackV4, port: 4_000)
        apply(
            .describe(
                legs[0], stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: isChecked ? nil : home,
                    trustedSources: isChecked ? [] : [.loopbackV4], isMuxed: true,
                    handshake: terms,
                    ice: isChecked ? ICETerms(local: own, remoteFragment: "them") : nil)))
        apply(
            .describe(
                legs[1], stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: home, trustedSources: [.loopbackV4])))
        let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
        apply(
            .bridge(
                legs[0], legs[1],
                MediaBridge(streams: [.init(number: 0, forward: map, backward: map)])))
        var count = 0
        while !choices.isEmpty, count < Self.stepLimit {
            count += 1
            step(isChecked: isChecked)
        }
    }

    private mutating func step(isChecked: Bool) {
        switch choices.below(8) {
        case 0: receive(check(), isChecked: isChecked)
        case 1:
            hasKeys = choices.flag()
            guard let terms else { return }
            apply(.secure(legs[0], stream: 0, terms, hasKeys ? Self.keys : nil))
        case 2:
            now = now + .milliseconds(Int64(choices.byte()) * 200)
            core.tick(now: now, into: &output)
        case 3, 4:
            var datagram = choices.chunk()
            if !datagram.isEmpty { datagram[0] = choices.pick([0, 1, 20, 22, 63, 128, 144, 191]) }
            receive(datagram, isChecked: isChecked)
        default: receive(choices.chunk(), isChecked: isChecked)
        }
    }

    private mutating func apply(_ command: MediaCommand) {
        core.apply(command, now: now, into: &output)
    }

    /// The party's keys are all zeros: so an input can prove packets.
    private static var keys: SRTPKeyPair? {
        let suite = SRTPSuite.counter128Short
        let bytes = [UInt8](repeating: 0, count: suite.keyLength + suite.saltLength)
        return SRTPKey(suite, bytes: bytes).map { SRTPKeyPair(sent: $0, received: $0) }
    }

    private mutating func check() -> [UInt8] {
        checkCount += 1
        var attributes = [
            STUNMessage.Attribute(
                type: STUNAttributeType.username, value: Array("ours:them".utf8)),
            STUNMessage.Attribute(
                type: STUNAttributeType.iceControlling, value: [0, 1, 2, 3, 4, 5, 6, 7]),
        ]
        if choices.flag() {
            attributes.append(
                STUNMessage.Attribute(type: STUNAttributeType.useCandidate, value: []))
        }
        return STUNMessage(
            .request, transactionID: STUNMessage.TransactionID(high: 7, low: checkCount),
            attributes: attributes
        ).encoded(integrityKey: Array(Self.password.utf8), hasFingerprint: true)
    }

    private mutating func receive(_ datagram: [UInt8], isChecked: Bool) {
        let before = output
        let kind = DatagramKind(datagram.span)
        let socket = MediaSocket(slot: 0, generation: 0, kind: .rtp)
        let source = SocketAddress(
            address: .loopbackV4, port: 4_000 + UInt16(choices.below(3)))
        var bytes = datagram
        var span = bytes.mutableSpan
        core.receive(&span, on: socket, from: source, now: now, into: &output)
        require(
            output.handshakes == before.handshakes || kind == .handshake,
            "only a handshake's datagrams go there: \(datagram)")
        require(
            output.answers == before.answers || kind == .stun && isChecked,
            "only checks are answered: \(datagram)")
        require(
            output.others == before.others || kind == .packet && hasKeys,
            "nothing is relayed that no key has proved: \(datagram)")
    }
}
