import PBX
import Platform

/// Whatever crashed, and whatever the disk did: each file of a recording can be played to its end, and
/// nothing that was said is missing where nothing went wrong.
struct RecordingsAreWhole: Invariant {
    /// Samples a second of all tracks of a WAV.
    private static let rate = 16_000
    /// Calls are answered and ended on the wire, recordings begin and end with the second party's sound.
    private static let allowance = Duration.seconds(3)
    /// The sound may wait for what an ACK brings, which is lost: until the answer is repeated the third
    /// time (0.5, 1, 2 s).
    private static let repetitions = Duration.milliseconds(3_500)

    var claim: String { "recordings can be played, and miss nothing" }

    func breaches(in evidence: Evidence) -> [String] {
        let isHarmed = evidence.outages.contains { [.storage, .exchangeDown].contains($0.kind) }
        let calls = Dictionary(
            evidence.records.map { ($0.callID.description, $0) },
            uniquingKeysWith: { first, _ in first })
        let withReferrals = evidence.callsWithReferrals
        let wanted = evidence.callsRecordedByPolicy
        let links = evidence.links
        return evidence.recordings.keys.sorted().compactMap { name in
            let file = evidence.recordings[name] ?? []
            if name.hasSuffix(".part") {
                // What a disk that failed did not let close, the next start repairs.
                return isHarmed ? nil : "\(name) was never closed"
            }
            guard name.hasSuffix(".wav") else {
                return Self.oggFault(file).map { "\(name): \($0)" }
            }
            guard let length = Self.waveLength(file) else { return "\(name) is no whole WAV" }
            guard !isHarmed, !evidence.hasJumpedClock, !name.contains("-conference-"),
                let call = calls[String(name.prefix(26))], let answered = call.answeredAt,
                let ended = call.endedAt,
                !withReferrals.contains(call.callID), wanted.contains(call.callID)
            else { return nil }
            let talked = Duration.microseconds(ended.microseconds - answered.microseconds)
            let isLate = links.legs(of: call.callID).contains {
                $0.sipCallID.map(evidence.repeatedAnswers.contains) ?? false
            }
            let allowance = Self.allowance + (isLate ? Self.repetitions : .zero)
            return length + allowance < talked
                ? "\(name) has \(length) of a call of \(talked)" : nil
        }
    }

    /// How long a WAV is that says the truth of its length.
    static func waveLength(_ file: [UInt8]) -> Duration? {
        func word(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
        }
        guard file.count >= 44, file.starts(with: Array("RIFF".utf8)), word(4) == file.count - 8,
            word(40) == file.count - 44
        else { return nil }
        let trackCount = Int(file[22])
        guard (1...2).contains(trackCount) else { return nil }
        let samples = (file.count - 44) / (2 * trackCount)
        return .milliseconds(Int64(samples * 1_000 / rate))
    }

    /// Page after page to the end, each of the one stream, counted up.
    private static func oggFault(_ file: [UInt8]) -> String? {
        var start = 0
        var number = 0
        while start < file.count {
            guard start + 27 <= file.count, file[start..<start + 4].elementsEqual("OggS".utf8)
            else { return "no page at \(start)" }
            let count = Int(file[start + 26])
            guard start + 27 + count <= file.count else { return "half a page at \(start)" }
            let stored = (0..<4).reduce(0) { $0 | Int(file[start + 18 + $1]) << (8 * $1) }
            guard stored == number else { return "page \(stored) instead of \(number)" }
            number += 1
            let lengths = file[(start + 27)..<(start + 27 + count)]
            start += 27 + count + lengths.reduce(0) { $0 + Int($1) }
            guard start <= file.count else { return "the last page is torn" }
        }
        return number > 2 ? nil : "no sound"
    }
}
