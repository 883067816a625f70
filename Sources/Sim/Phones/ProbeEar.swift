import Platform
import Synchronization

/// What a phone hears in one call, by speaker.
final class ProbeEar: Sendable {
    /// A packet that was under way when somebody was put on hold may arrive so long after it.
    private static let grace = Duration.milliseconds(1500)
    /// Of one speaker, so many presses of keys are told apart.
    private static let pressLimit = 256

    /// Keys that one speaker pressed, as they arrived.
    struct HeardKeys: Sendable, Equatable {
        /// Nil where nothing else was heard of that source.
        var mark: SpeakerMark?
        var keys: String
    }

    struct Facts: Sendable {
        var heard: [SpeakerMark: Int] = [:]
        /// In the order of their sources.
        var keys: [HeardKeys] = []
        var last: Instant?
        /// The first that was heard since both can hear each other.
        var firstOfStretch: Instant?
        /// Packets that came though this phone had put the other on hold, or had left.
        var unwanted = 0
        /// Packets that were no RTP, or of a payload type that this phone never named.
        var odd = 0
    }

    private struct Source: Sendable {
        var ssrc: UInt32
        var mark: SpeakerMark?
        /// The packets of each press, by its timestamp.
        var presses: [(timestamp: UInt32, packetCount: Int)] = []
        var keys = ""
    }

    private struct Tally {
        var facts = Facts()
        var reception = SoundReception()
        var sources: [Source] = []
        /// Since when nothing is wanted; nil while something is.
        var deafSince: Instant?
    }

    private let payloadTypes: [UInt8]
    private let tally = Mutex(Tally())

    init(payloadTypes: [UInt8]) {
        self.payloadTypes = payloadTypes
    }

    var heard: [SpeakerMark: Int] { tally.withLock { $0.facts.heard } }

    var reception: SoundReception { tally.withLock { $0.reception } }

    var facts: Facts {
        tally.withLock { tally in
            var facts = tally.facts
            facts.keys = tally.sources.filter { !$0.keys.isEmpty }.map {
                HeardKeys(mark: $0.mark, keys: $0.keys)
            }
            return facts
        }
    }

    /// Both can hear each other from now on.
    func beginStretch() {
        tally.withLock { $0.facts.firstOfStretch = nil }
    }

    /// Whether anything is to be heard from now on.
    func listen(_ isListening: Bool, now: Instant) {
        tally.withLock { tally in
            if isListening {
                tally.deafSince = nil
            } else {
                tally.deafSince = tally.deafSince ?? now
            }
        }
    }

    func hear(_ bytes: [UInt8], at now: Instant) {
        tally.withLock { tally in
            guard bytes.count >= AudioProbe.headerLength + 4, bytes[0] >> 6 == 2,
                payloadTypes.contains(bytes[1] & 127)
            else {
                tally.facts.odd += 1
                return
            }
            if let since = tally.deafSince, now - since > Self.grace { tally.facts.unwanted += 1 }
            if bytes[1] & 127 == PhoneSDP.eventType {
                Self.hearKey(bytes, &tally)
            } else {
                Self.hearMark(bytes, &tally, now: now)
            }
        }
    }

    private static func hearMark(_ bytes: [UInt8], _ tally: inout Tally, now: Instant) {
        let start = AudioProbe.headerLength
        guard bytes.count >= start + AudioProbe.markLength else {
            tally.facts.odd += 1
            return
        }
        let mark = SpeakerMark(phone: word(bytes, at: start), call: word(bytes, at: start + 4))
        tally.facts.heard[mark, default: 0] += 1
        tally.facts.last = now
        tally.facts.firstOfStretch = tally.facts.firstOfStretch ?? now
        tally.sources[source(bytes, &tally)].mark = mark
        tally.reception.note(
            source: word(bytes, at: 8), sequence: UInt16(bytes[2]) << 8 | UInt16(bytes[3]),
            timestamp: word(bytes, at: 4), at: now)
    }

    /// A press is told once, however often its packets come (RFC 4733 §2.5.2.2).
    private static func hearKey(_ bytes: [UInt8], _ tally: inout Tally) {
        let index = source(bytes, &tally)
        let press = word(bytes, at: 4)
        guard let known = tally.sources[index].presses.firstIndex(where: { $0.timestamp == press })
        else {
            guard tally.sources[index].presses.count < pressLimit else { return }
            tally.sources[index].presses.append((press, 1))
            return
        }
        tally.sources[index].presses[known].packetCount += 1
        // The second packet of six confirms it: a single one may be damaged.
        guard tally.sources[index].presses[known].packetCount == 2 else { return }
        let code = Int(bytes[AudioProbe.headerLength])
        let keys = AudioProbe.keys
        tally.sources[index].keys.append(keys.indices.contains(code) ? keys[code] : "?")
    }

    private static func source(_ bytes: [UInt8], _ tally: inout Tally) -> Int {
        let ssrc = word(bytes, at: 8)
        if let index = tally.sources.firstIndex(where: { $0.ssrc == ssrc }) { return index }
        tally.sources.append(Source(ssrc: ssrc))
        return tally.sources.count - 1
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
