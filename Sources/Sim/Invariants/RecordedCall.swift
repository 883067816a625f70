import PBX
import Platform

/// One call, as its record, its recordings and the people in it have it.
struct RecordedCall {
    /// Calls are answered on the wire, and recorded when the second party's sound is agreed on.
    private static let policyAllowance = Duration.seconds(3)
    /// Between what a person is told and what the file has: a beat of 20 ms at each end, and what an
    /// order takes to the media loop.
    private static let pressAllowance = Duration.milliseconds(200)
    /// Two people press at one time: who was first is not known.
    private static let clash = Duration.milliseconds(100)

    let record: CallRecord
    let files: [String]
    /// Of all files, by name.
    let contents: [String: [UInt8]]
    let sightings: [CallSighting]
    /// Something was made to fail for one of them.
    var wasCutOff = false
    /// Nobody was sent on, or came from another call, and nobody set clocks.
    let isPlain: Bool
    /// An answer was repeated: what was agreed on may have waited for its ACK.
    let isLate: Bool

    /// The first has no number.
    private var filesInOrder: [String] {
        files.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// What nobody answers is nothing to record.
    private var ofUnanswered: [String] {
        files.sorted().map { "\($0) is of a call that nobody answered" }
    }

    /// Two phones of this world talked: the exchange itself is recorded by nobody.
    private var hasTwoParties: Bool { sightings.count { $0.outcome == .talked } > 1 }

    private func length(of name: String) -> Duration? {
        contents[name].flatMap { try? RecordedFile.length(of: $0, named: name) }
    }

    func breachesOfPolicy() -> [String] {
        guard let answered = record.answeredAt else { return ofUnanswered }
        guard isPlain, let ended = record.endedAt else { return [] }
        let talked = answered.duration(to: ended)
        if files.isEmpty, hasTwoParties, !isLate, talked > Self.policyAllowance {
            return ["the call \(record.callID) has no recording, which a policy wants"]
        }
        return files.sorted().compactMap { name in
            guard let length = length(of: name), length > talked + Self.pressAllowance else {
                return nil
            }
            return "\(name) has \(length) of a call of \(talked)"
        }
    }

    // MARK: Presses

    /// What two presses, or a press and the call's end, have between them.
    struct Stretch: Equatable {
        var least: Duration
        var greatest: Duration
    }

    /// - Parameter wallTime: what clocks showed then.
    func breachesOfPresses(
        mayBeMisread: Bool, _ wallTime: (Instant) -> WallTime
    ) -> [String] {
        guard record.answeredAt != nil else { return ofUnanswered }
        let presses = sightings.flatMap(\.presses).sorted { $0.began < $1.began }
        guard let first = presses.first else {
            return files.sorted().map { "\($0) is a recording that nobody wanted" }
        }
        guard let ended = record.endedAt, isPlain, hasTwoParties else {
            return files.count > presses.count
                ? ["the call \(record.callID) has more recordings than were begun"] : []
        }
        let longest = wallTime(first.began).duration(to: ended) + Self.pressAllowance
        let tooLong = filesInOrder.compactMap { name in
            length(of: name).flatMap { $0 > longest ? "\(name) began before its keys" : nil }
        }
        guard !mayBeMisread, let stretches = Self.stretches(of: presses, till: ended, wallTime)
        else { return tooLong }
        let sure = stretches.count { $0.least > Self.pressAllowance }
        guard (sure...stretches.count).contains(files.count) else {
            return ["the call \(record.callID) has \(files.count) of \(sure) recordings"]
        }
        guard files.count == stretches.count else { return tooLong }
        return tooLong
            + zip(filesInOrder, stretches).compactMap { name, stretch in
                guard let length = length(of: name),
                    length > stretch.greatest + Self.pressAllowance
                        || length < stretch.least - Self.pressAllowance
                else { return nil }
                return "\(name) has \(length) instead of \(stretch.least) to \(stretch.greatest)"
            }
    }

    /// What is to be recorded, as the presses have it; nil where that is not sure.
    static func stretches(
        of presses: [RecordingPress], till end: WallTime, _ wallTime: (Instant) -> WallTime
    ) -> [Stretch]? {
        var found: [Stretch] = []
        var begun: ClosedRange<Instant>?
        var last: Instant?
        for press in presses {
            guard let ended = press.ended, last.map({ press.began - $0 > clash }) ?? true else {
                return nil
            }
            last = ended
            let isWanted = press.kind == .keys ? begun == nil : press.kind == .on
            guard isWanted != (begun != nil) else { continue }
            if let open = begun {
                found.append(
                    Stretch(
                        least: press.began - open.upperBound, greatest: ended - open.lowerBound))
                begun = nil
            } else {
                begun = press.began...ended
            }
        }
        if let open = begun {
            found.append(
                Stretch(
                    least: wallTime(open.upperBound).duration(to: end),
                    greatest: wallTime(open.lowerBound).duration(to: end)))
        }
        return found
    }

    // MARK: Who is heard

    /// Who talked for so long, and was not on hold, is heard in what was recorded of that.
    private static let leastTalk = Duration.seconds(30)

    /// Parties that a long recording misses altogether.
    func missing() -> [String] {
        let parties = sightings.filter { $0.outcome == .talked }
        guard isPlain, !wasCutOff, parties.count == 2, parties.allSatisfy({ !$0.wasHeld })
        else { return [] }
        return files.sorted().flatMap { name -> [String] in
            guard let length = length(of: name), length > Self.leastTalk,
                let heard = contents[name].flatMap(RecordedMarks.init),
                // In one track two may speak at the same times all along.
                heard.trackCount > 1
            else { return [] }
            let marks = Set((0..<heard.trackCount).flatMap { heard.speakers(ofTrack: $0).keys })
            return parties.filter {
                !marks.contains(SpeakerMark(phone: $0.phone, call: $0.call))
            }.map { "\(name) has nothing of phone \($0.phone) in \(length)" }.sorted()
        }
    }

    /// Who is heard in a file was in its call, and on its own side: the caller's is the first track.
    func strangers() -> [String] {
        let speakers = Dictionary(
            sightings.map { (SpeakerMark(phone: $0.phone, call: $0.call), $0) },
            uniquingKeysWith: { first, _ in first })
        return files.sorted().flatMap { name -> [String] in
            guard name.hasSuffix(".wav"), let heard = contents[name].flatMap(RecordedMarks.init)
            else { return [] }
            return (0..<heard.trackCount).flatMap { track in
                heard.speakers(ofTrack: track).compactMap { mark, count in
                    guard let speaker = speakers[mark] else {
                        return "\(name) has \(count) packets of phone \(mark.phone)'s"
                            + " call \(mark.call)"
                    }
                    guard heard.trackCount > 1, isPlain, speaker.isCaller != (track == 0) else {
                        return nil
                    }
                    return "\(name) has phone \(mark.phone) on the other's side"
                }.sorted()
            }
        }
    }
}

extension WallTime {
    fileprivate func duration(to end: WallTime) -> Duration {
        .microseconds(end.microseconds - microseconds)
    }
}
