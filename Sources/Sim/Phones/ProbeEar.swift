import Platform
import Synchronization

/// Counts what a phone hears in one call, by speaker.
final class ProbeEar: Sendable {
    private struct Tally {
        var heard: [SpeakerMark: Int] = [:]
        var seconds: [SpeakerMark: [Int]] = [:]
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
    /// In which seconds of the world each was heard, in order.
    var heardSeconds: [SpeakerMark: [Int]] { tally.withLock { $0.seconds } }
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
            // A key that the other party pressed.
            if Self.isKey(bytes) { return }
            guard bytes.count >= headerLength + SpokenMark.sampleCount, bytes[0] >> 6 == 2 else {
                return Self.isDamagedImage(bytes) ? () : Self.note(odd: bytes, &tally)
            }
            guard payloadTypes.contains(bytes[1] & 127) else {
                return Self.note(odd: bytes, &tally)
            }
            if let speaker = SpokenMark.read(bytes, at: headerLength) {
                tally.heard[speaker, default: 0] += 1
                Self.note(speaker, at: now, &tally)
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

    private static func note(_ speaker: SpeakerMark, at now: Instant, _ tally: inout Tally) {
        let second = now.secondsSinceStart
        guard tally.seconds[speaker]?.last != second else { return }
        tally.seconds[speaker, default: []].append(second)
    }

    private static func note(odd bytes: [UInt8], _ tally: inout Tally) {
        if tally.oddPackets == 0 { tally.firstOdd = Array(bytes.prefix(16)) }
        tally.oddPackets += 1
    }

    /// A telephone event (RFC 4733): four bytes after the head.
    private static func isKey(_ bytes: [UInt8]) -> Bool {
        bytes.count == AudioProbe.headerLength + 4 && bytes[0] >> 6 == 2
            && bytes[1] & 127 == AudioProbe.eventPayloadType
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
