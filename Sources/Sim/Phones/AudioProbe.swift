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

    /// Nil where the place has no socket left.
    init?(
        mark: SpeakerMark, plan: SoundPlan, payloadTypes: [UInt8], place: any PhonePlace,
        world: World, random: any RandomSource
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
                timestamp: UInt32(truncatingIfNeeded: chance >> 16)))
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
    }

    private static var eventPayloadType: UInt8 { 101 }

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
            let pause = plan.pause(after: speech.sentOnPath, age: now - speech.pathBegan)
            speech.next = speech.next + pause
            let packet =
                path.isImage
                ? image(&speech) : encoded(speech, payloadType: path.payloadType)
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

/// Counts what a phone hears in one call, by speaker.
final class ProbeEar: Sendable {
    private struct Tally {
        var heard: [SpeakerMark: Int] = [:]
        var last: Instant?
        var reception = SoundReception()
        var lastMusic: Instant?
        var oddPackets = 0
        var firstOdd: [UInt8] = []
        var lock = AudioProbe.Lock.open
        var cipher: PhoneCipher?
        var clearPackets = 0
    }

    private let tally = Mutex(Tally())
    /// What the phone named.
    private let payloadTypes: [UInt8]

    init(payloadTypes: [UInt8]) {
        self.payloadTypes = payloadTypes
    }

    var heard: [SpeakerMark: Int] { tally.withLock { $0.heard } }
    var lastHeard: Instant? { tally.withLock { $0.last } }
    var reception: SoundReception { tally.withLock { $0.reception } }
    var lastMusic: Instant? { tally.withLock { $0.lastMusic } }
    var oddPackets: Int { tally.withLock { $0.oddPackets } }
    var firstOdd: [UInt8] { tally.withLock { $0.firstOdd } }

    var clearPackets: Int { tally.withLock { $0.clearPackets } }

    func turn(_ lock: AudioProbe.Lock) {
        tally.withLock { tally in
            guard tally.lock != lock else { return }
            if case .sealed(let keys) = lock {
                if case .sealed(let old) = tally.lock, old.other.bytes == keys.other.bytes {
                } else {
                    tally.cipher = PhoneCipher(keys.other, seals: false)
                }
            } else {
                tally.cipher = nil
            }
            tally.lock = lock
        }
    }

    func hear(_ bytes: [UInt8], at now: Instant) {
        tally.withLock { tally in
            guard !tally.lock.isMute else {
                // Agreed on is that nothing comes in the clear.
                if case .handshake = tally.lock, Self.isClear(bytes) { tally.clearPackets += 1 }
                return
            }
            if tally.lock == .open, bytes.count >= 5, bytes[0] >> 6 != 2 {
                return hearImage(bytes, &tally, now)
            }
            var bytes = bytes
            if let cipher = tally.cipher {
                guard let opened = cipher.open(bytes) else {
                    // Sealed under a key of before or after, or not at all.
                    if Self.isClear(bytes) { tally.clearPackets += 1 }
                    return
                }
                bytes = opened
            }
            let headerLength = AudioProbe.headerLength
            guard bytes.count >= headerLength + SpokenMark.sampleCount, bytes[0] >> 6 == 2 else {
                return Self.isDamagedImage(bytes) ? () : Self.note(odd: bytes, &tally)
            }
            guard payloadTypes.contains(bytes[1] & 127) else {
                return Self.note(odd: bytes, &tally)
            }
            if let speaker = SpokenMark.read(bytes, at: headerLength) {
                tally.heard[speaker, default: 0] += 1
                tally.last = now
            } else {
                // What an exchange plays, or makes up for a lost packet, has no mark.
                tally.lastMusic = now
            }
            tally.reception.note(
                source: Self.word(bytes, at: 8),
                sequence: UInt16(bytes[2]) << 8 | UInt16(bytes[3]),
                timestamp: Self.word(bytes, at: 4), at: now)
        }
    }

    private static func note(odd bytes: [UInt8], _ tally: inout Tally) {
        if tally.oddPackets == 0 { tally.firstOdd = Array(bytes.prefix(16)) }
        tally.oddPackets += 1
    }

    /// As long as a packet of sound is that nobody sealed.
    private static func isClear(_ bytes: [UInt8]) -> Bool {
        bytes.count == AudioProbe.headerLength + AudioProbe.payloadLength
    }

    /// A mark, a byte of nothing, and what tells whether the mark is whole.
    static let imageLength = 10

    /// Tells a mark from one that was damaged on its way: UDPTL has no such thing itself.
    static func check(_ mark: some Sequence<UInt8>) -> UInt8 {
        UInt8(mark.reduce(0) { ($0 + Int($1)) % 251 })
    }

    /// Too short for sound, and UDPTL but for highest bits: they were turned on its way.
    private static func isDamagedImage(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 5 && bytes.count >= 3 + Int(bytes[2] & 127) + 2
    }

    /// UDPTL: a mark where a phone sent it; of the exchange's own it is heard, like music.
    private func hearImage(_ bytes: [UInt8], _ tally: inout Tally, _ now: Instant) {
        let length = Int(bytes[2])
        // Damaged on its way, or worse: nothing in it could tell.
        guard length < 128, bytes.count >= 3 + length + 2 else { return }
        guard length == Self.imageLength else {
            tally.lastMusic = now
            return
        }
        guard Self.check(bytes[3..<11]) == bytes[12] else { return }
        let mark = SpeakerMark(phone: Self.word(bytes, at: 3), call: Self.word(bytes, at: 7))
        tally.heard[mark, default: 0] += 1
        tally.last = now
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
