import Platform
import Synchronization

/// Who speaks: each party of each call has a mark of its own, and every packet carries it.
public struct SpeakerMark: Hashable, Sendable {
    /// The phone's number in the world.
    public var phone: UInt32
    /// The call, counted by that phone.
    public var call: UInt32

    public init(phone: UInt32, call: UInt32) {
        self.phone = phone
        self.call = call
    }
}

/// Proves who hears whom: the mouth and the ear of one phone in one call, on a socket for RTP.
///
/// What is said is the speaker's mark, which goes through the exchange's real media cores; what is
/// heard is counted by mark. It speaks by itself, from an alarm of its own: a packet needs no word
/// with the phone.
final class AudioProbe: Sendable {
    /// One packet each 20 ms (G.711).
    static let packetTime = Duration.milliseconds(20)
    private static let samplesInPacket: UInt32 = 160
    static let payloadLength = 160
    private static let samplesInMillisecond: Int64 = 8
    static let headerLength = 12

    /// A packet of version 2 in which every sample is far below nothing.
    private static let silence: [UInt8] =
        [0x80] + Array(repeating: 0, count: headerLength - 1)
        + Array(repeating: SpokenMark.low, count: Int(samplesInPacket))

    /// Where to, and as what.
    struct Path: Equatable, Sendable {
        var address: SocketAddress
        var payloadType: UInt8
        /// By T.38: datagrams of UDPTL instead of RTP.
        var isImage = false
    }

    /// How sound is encrypted, both ways.
    enum Lock: Equatable, Sendable {
        case open
        /// Keys were offered: until they are answered nothing is said, and nothing understood.
        case awaited
        case sealed(PhoneKeyPair)
        /// Keys are made by handshake: the same until they are there.
        case handshake(PhoneHandshakeTerms)

        /// Nothing is said yet.
        var isMute: Bool {
            switch self {
            case .awaited, .handshake: true
            case .open, .sealed: false
            }
        }
    }

    private struct Speech {
        var lock = Lock.open
        var cipher: PhoneCipher?
        var sequence: UInt16
        var timestamp: UInt32
        var sent = 0
        var path: Path?
        /// When that path began, and what has been sent on it.
        var pathBegan = Instant.start
        var sentOnPath = 0
        /// Packets of a fax machine's tone that are said before anything else.
        var toneLeft = 0
        /// Datagrams of T.38 count by themselves.
        var imageNumber: UInt16 = 0
        var next = Instant.start
        var alarm: (any Alarm)?
    }

    let mark: SpeakerMark
    private let plan: SoundPlan
    private let time: any TimeSource
    private let ear: ProbeEar
    private let socket: any SoundSocket
    private let handshake: ProbeHandshake
    private let ssrc: UInt32
    private let speech: Mutex<Speech>

    /// Half a second of 1,100 Hz and a little more (T.30 §4.3.3.3), by its signs alone: in either law.
    private static let tonePacketCount = 28
    private static let tone: [UInt8] = (0..<payloadLength).map {
        // 22 turns in 160 samples: each packet goes on from the one before.
        $0 * 22 % payloadLength < payloadLength / 2 ? SpokenMark.high : SpokenMark.low
    }

    /// Nil where the place has no socket left.
    ///
    /// - Parameter isFaxCaller: it says so by its tone before it says anything else.
    init?(
        mark: SpeakerMark, plan: SoundPlan, payloadTypes: [UInt8], place: any PhonePlace,
        isFaxCaller: Bool = false, world: World, random: any RandomSource
    ) {
        let ear = ProbeEar(payloadTypes: payloadTypes)
        let handshake = ProbeHandshake(time: world.time, random: random)
        let hear: SoundReceiver = { packet, _, now in
            if !handshake.receive(packet) { ear.hear(packet, at: now) }
        }
        guard let socket = place.openSound(hear) else { return nil }
        self.mark = mark
        self.plan = plan
        self.ear = ear
        self.socket = socket
        self.handshake = handshake
        time = world.time
        let chance = random.next()
        ssrc = UInt32(truncatingIfNeeded: chance)
        speech = Mutex(
            Speech(
                sequence: UInt16(truncatingIfNeeded: chance >> 32),
                timestamp: UInt32(truncatingIfNeeded: chance >> 16),
                toneLeft: isFaxCaller ? Self.tonePacketCount : 0))
        guard plan != .off else { return }
        let timers = place.soundTimers ?? world.timers
        handshake.open(timers: timers) {
            socket.send($0, to: $1)
        } made: { [weak self] in
            self?.encrypt(.sealed($0))
        }
        let alarm = timers.makeAlarm { [weak self] in self?.say() }
        speech.withLock { $0.alarm = alarm }
    }

    var address: SocketAddress { socket.address }
    var heard: [SpeakerMark: Int] { ear.heard }
    /// In which seconds of the world each was heard, in order.
    var heardSeconds: [SpeakerMark: [Int]] { ear.heardSeconds }
    /// When it last heard anybody.
    var lastHeard: Instant? { ear.lastHeard }
    var reception: SoundReception { ear.reception }
    /// When it last heard the exchange's music.
    var lastMusic: Instant? { ear.lastMusic }
    /// When the path began on which it speaks, or spoke last.
    var voiceSince: Instant { speech.withLock { $0.pathBegan } }
    var sentCount: Int { speech.withLock { $0.sent } }
    /// Packets in the clear, though keys were agreed on.
    var clearPackets: Int { ear.clearPackets }
    /// Packets that were no RTP, or of a payload type that this phone never named.
    var oddPackets: Int { ear.oddPackets }
    /// How the first of them began.
    var firstOdd: [UInt8] { ear.firstOdd }

    /// Speaks there from now on; nil is silent. The same path again changes nothing.
    func speak(on path: Path?) {
        let now = time.now
        speech.withLock { speech in
            guard speech.path != path else { return }
            speech.path = path
            speech.pathBegan = now
            speech.sentOnPath = 0
            speech.next = now
            speech.alarm?.set(path == nil ? nil : now)
        }
    }

    /// Encrypts as agreed from now on. The same again changes nothing: counters go on.
    func turn(_ lock: Lock) {
        if case .handshake(let terms) = lock {
            if handshake.take(terms) { encrypt(lock) }
        } else {
            handshake.drop()
            encrypt(lock)
        }
    }

    private func encrypt(_ lock: Lock) {
        let now = time.now
        speech.withLock { speech in
            guard speech.lock != lock else { return }
            if case .sealed(let keys) = lock {
                if case .sealed(let old) = speech.lock, old.own.bytes == keys.own.bytes {
                } else {
                    speech.cipher = PhoneCipher(keys.own, seals: true)
                }
            } else {
                speech.cipher = nil
            }
            // Who has waited for keys is heard from here on.
            if speech.lock.isMute { speech.pathBegan = now }
            speech.lock = lock
        }
        ear.turn(lock)
    }

    /// Presses a key (RFC 4733): its end, three times, as phones do against loss.
    func press(_ key: Character) {
        let codes: [Character] = Array("0123456789*#")
        guard let code = codes.firstIndex(of: key) else { return }
        for _ in 0..<3 {
            let pressed = speech.withLock { speech -> ([UInt8], SocketAddress)? in
                guard let path = speech.path, !speech.lock.isMute else { return nil }
                speech.sequence &+= 1
                let header = encoded(speech, payloadType: Self.eventPayloadType)
                    .prefix(Self.headerLength)
                let packet = header + [UInt8(code), 0x8A, 0x03, 0x20]
                return (speech.cipher?.seal(Array(packet)) ?? Array(packet), path.address)
            }
            if let pressed { socket.send(pressed.0, to: pressed.1) }
        }
        // Another one is another by its timestamp.
        speech.withLock { $0.timestamp &+= Self.samplesInPacket }
    }

    static var eventPayloadType: UInt8 { 101 }

    func close() {
        speech.withLock { speech in
            speech.path = nil
            speech.alarm = nil
        }
        handshake.close()
        socket.close()
    }

    private func say() {
        let now = time.now
        let said = speech.withLock { speech -> (packet: [UInt8], remote: SocketAddress)? in
            guard let path = speech.path, now >= speech.next else { return nil }
            guard !speech.lock.isMute, handshake.isWayOpen(now: now) else {
                speech.next = now + AudioProbe.packetTime
                speech.alarm?.set(speech.next)
                return nil
            }
            speech.sequence &+= 1
            speech.sent += 1
            speech.sentOnPath += 1
            let isToned = speech.toneLeft > 0 && !path.isImage
            let pause =
                isToned
                ? Self.packetTime
                : plan.pause(after: speech.sentOnPath, age: now - speech.pathBegan)
            speech.next = speech.next + pause
            var packet =
                path.isImage
                ? image(&speech) : encoded(speech, payloadType: path.payloadType)
            if isToned {
                speech.toneLeft -= 1
                packet.replaceSubrange(Self.headerLength..., with: Self.tone)
            }
            let samples = pause.nanoseconds / 1_000_000 * Self.samplesInMillisecond
            speech.timestamp &+= UInt32(truncatingIfNeeded: samples)
            speech.alarm?.set(speech.next)
            return (speech.cipher?.seal(packet) ?? packet, path.address)
        }
        if let said { socket.send(said.packet, to: said.remote) }
    }

    /// A datagram of UDPTL without a second copy of anything (T.38 §9.1): its packet is the mark.
    private func image(_ speech: inout Speech) -> [UInt8] {
        speech.imageNumber &+= 1
        let number = speech.imageNumber & 0x3FFF
        let said = Self.bytes(mark.phone) + Self.bytes(mark.call)
        return [UInt8(number >> 8), UInt8(number & 0xFF), UInt8(ProbeEar.imageLength)] + said
            + [0, ProbeEar.check(said), 0, 0]
    }

    private static func bytes(_ word: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }

    private func encoded(_ speech: Speech, payloadType: UInt8) -> [UInt8] {
        var bytes = Self.silence
        bytes[1] = payloadType
        bytes.withUnsafeMutableBytes { packet in
            packet.storeBytes(of: speech.sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
            packet.storeBytes(of: speech.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
            packet.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        }
        SpokenMark.write(mark, to: &bytes, at: Self.headerLength)
        return bytes
    }
}
