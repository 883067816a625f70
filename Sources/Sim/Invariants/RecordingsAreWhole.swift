import PBX
import Platform

/// Whatever crashed, and whatever the disk did: each file of a recording can be played to its end, and
/// nothing that was said is missing where nothing went wrong.
struct RecordingsAreWhole: Invariant {
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
        return evidence.recordings.keys.sorted().compactMap { name -> String? in
            let file = evidence.recordings[name] ?? []
            if name.hasSuffix(".part") {
                // What a disk that failed did not let close, the next start repairs.
                return isHarmed ? nil : "\(name) was never closed"
            }
            let length: Duration
            do throws(RecordedFile.Fault) {
                length = try RecordedFile.length(of: file, named: name)
            } catch {
                return "\(name): \(error.text)"
            }
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
}
