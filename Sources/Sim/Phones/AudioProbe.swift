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
    private static let samplesInMillisecond: Int64 = 8
    static let headerLength = 12
    static let markLength = 8
    /// Packets of one key, of which the last three say that it is over (RFC 4733 §2.5.1.4), and the
    /// pause after it, in packets.
    private static let packetsInKey = 6
    private static let packetsBetweenKeys = 5
    /// Keys that wait; who presses more has pressed in vain.
    private static let keyLimit = 64

    /// A packet of version 2 with nothing said in it.
    private static let silence: [UInt8] =
        [0x80] + Array(repeating: 0, count: headerLength - 1)
        + Array(repeating: 0xD5, count: Int(samplesInPacket))

    /// Where to, and as what.
    struct Path: Equatable, Sendable {
        var address: SocketAddress
        var payloadType: UInt8
    }

    private struct Speech {
        var sequence: UInt16
        var timestamp: UInt32
        var sent = 0
        var path: Path?
        /// When that path began, and what has been sent on it.
        var pathBegan = Instant.start
        var sentOnPath = 0
        var next = Instant.start
        var alarm: (any Alarm)?
        /// Keys that are still to be pressed, and where the first of them is.
        var keys: [UInt8] = []
        var keyProgress = 0
        /// Those that were begun.
        var pressed: [UInt8] = []
    }

    static let keys = Array("0123456789*#ABCD")

    let mark: SpeakerMark
    let ear: ProbeEar
    private let plan: SoundPlan
    private let time: any TimeSource
    private let socket: any SoundSocket
    private let ssrc: UInt32
    private let speech: Mutex<Speech>

    /// Nil where the place has no socket left.
    ///
    /// - Parameter payloadTypes: what this phone takes.
    init?(
        mark: SpeakerMark, plan: SoundPlan, payloadTypes: [UInt8], place: any PhonePlace,
        world: World, random: any RandomSource
    ) {
        let ear = ProbeEar(payloadTypes: payloadTypes)
        guard let socket = place.openSound({ packet, _, now in ear.hear(packet, at: now) }) else {
            return nil
        }
        self.mark = mark
        self.plan = plan
        self.ear = ear
        self.socket = socket
        time = world.time
        let chance = random.next()
        ssrc = UInt32(truncatingIfNeeded: chance)
        speech = Mutex(
            Speech(
                sequence: UInt16(truncatingIfNeeded: chance >> 32),
                timestamp: UInt32(truncatingIfNeeded: chance >> 16)))
        guard plan != .off else { return }
        let alarm = (place.soundTimers ?? world.timers).makeAlarm { [weak self] in self?.say() }
        speech.withLock { $0.alarm = alarm }
    }

    var address: SocketAddress { socket.address }
    var reception: SoundReception { ear.reception }
    var sentCount: Int { speech.withLock { $0.sent } }
    /// Keys of which at least one packet left.
    var pressedKeys: String {
        speech.withLock { speech in String(speech.pressed.map { Self.keys[Int($0)] }) }
    }
    /// Every key that was heard, whoever pressed it.
    var allKeys: String { ear.facts.keys.map(\.keys).joined() }

    /// Speaks there from now on; nil is silent. The same path again changes nothing.
    func speak(on path: Path?) {
        let now = time.now
        speech.withLock { speech in
            guard speech.path != path else { return }
            speech.path = path
            Self.begin(&speech, now: now)
            speech.alarm?.set(path == nil ? nil : now)
        }
    }

    /// Both can hear each other from now on: says so at once and often, as at the beginning.
    func speakAnew() {
        // Who speaks all the time speaks on.
        guard plan == .probe else { return }
        let now = time.now
        speech.withLock { speech in
            guard speech.path != nil else { return }
            Self.begin(&speech, now: now)
            speech.alarm?.set(now)
        }
    }

    private static func begin(_ speech: inout Speech, now: Instant) {
        speech.pathBegan = now
        speech.sentOnPath = 0
        speech.next = now
        speech.keys = []
        speech.keyProgress = 0
    }

    /// Presses keys one after the other, where it speaks.
    func press(_ keys: String) {
        let now = time.now
        speech.withLock { speech in
            guard speech.path != nil, speech.alarm != nil else { return }
            let codes = keys.compactMap(Self.code)
            speech.keys += codes.prefix(Self.keyLimit - min(Self.keyLimit, speech.keys.count))
            speech.next = min(speech.next, now + Self.packetTime)
            speech.alarm?.set(speech.next)
        }
    }

    func close() {
        fallSilent()
        speech.withLock { $0.alarm = nil }
        socket.close()
    }

    func fallSilent() {
        speech.withLock { speech in
            speech.path = nil
            speech.alarm?.set(nil)
        }
    }

    private func say() {
        let now = time.now
        let said = speech.withLock { speech -> (packet: [UInt8]?, remote: SocketAddress)? in
            guard let path = speech.path, now >= speech.next else { return nil }
            let packet =
                speech.keys.isEmpty ? speak(&speech, path, now: now) : pressOn(&speech)
            speech.alarm?.set(speech.next)
            return (packet, path.address)
        }
        if let said, let packet = said.packet { socket.send(packet, to: said.remote) }
    }

    /// The next packet of the mark.
    private func speak(_ speech: inout Speech, _ path: Path, now: Instant) -> [UInt8] {
        speech.sequence &+= 1
        speech.sent += 1
        speech.sentOnPath += 1
        let pause = plan.pause(after: speech.sentOnPath, age: now - speech.pathBegan)
        speech.next = speech.next + pause
        var bytes = packet(speech, payloadType: path.payloadType)
        let samples = pause.nanoseconds / 1_000_000 * Self.samplesInMillisecond
        speech.timestamp &+= UInt32(truncatingIfNeeded: samples)
        bytes.withUnsafeMutableBytes { packet in
            packet.storeBytes(of: mark.phone.bigEndian, toByteOffset: 12, as: UInt32.self)
            packet.storeBytes(of: mark.call.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return bytes
    }

    /// The next packet of the key that is pressed; nil in the pause after it.
    private func pressOn(_ speech: inout Speech) -> [UInt8]? {
        speech.next = speech.next + Self.packetTime
        let progress = speech.keyProgress
        speech.keyProgress += 1
        guard progress < Self.packetsInKey else {
            if speech.keyProgress == Self.packetsInKey + Self.packetsBetweenKeys {
                speech.keys.removeFirst()
                speech.keyProgress = 0
                // The next press, and what is said after it, have timestamps of their own.
                speech.timestamp &+=
                    UInt32(Self.packetsInKey + Self.packetsBetweenKeys) * Self.samplesInPacket
            }
            return nil
        }
        if progress == 0 { speech.pressed.append(speech.keys[0]) }
        speech.sequence &+= 1
        let isOver = progress >= Self.packetsInKey - 3
        let length = UInt16(min(progress + 1, 4)) * UInt16(Self.samplesInPacket)
        var bytes = Array(
            packet(speech, payloadType: PhoneSDP.eventType).prefix(Self.headerLength))
        if progress == 0 { bytes[1] |= 0x80 }
        bytes += [speech.keys[0], isOver ? 0x8A : 0x0A, UInt8(length >> 8), UInt8(length & 255)]
        return bytes
    }

    /// A packet of silence with its header.
    private func packet(_ speech: Speech, payloadType: UInt8) -> [UInt8] {
        var bytes = Self.silence
        bytes[1] = payloadType
        bytes.withUnsafeMutableBytes { packet in
            packet.storeBytes(of: speech.sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
            packet.storeBytes(of: speech.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
            packet.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        }
        return bytes
    }

    /// RFC 4733 §3.2; nil for what is no key.
    private static func code(of key: Character) -> UInt8? {
        keys.firstIndex(of: key).map { UInt8($0) }
    }
}
