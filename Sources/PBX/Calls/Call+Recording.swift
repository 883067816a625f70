import Media
import Platform
import SIPStack

/// A recording of a call that goes on.
struct OngoingRecording: Sendable {
    var name: String
    var reel: SoundReel
    /// Some party's policy has wanted it: it goes on to the end, whoever leaves.
    var isByPolicy = false
}

/// Who may begin and end recordings by keys.
enum RecordingRight {
    /// What counts of a leg.
    struct Party {
        /// At a phone of the exchange's own.
        var isInside: Bool
        /// It was answered, and is there: a phone that merely rang along wants nothing.
        var isTalking: Bool
        var policy: RecordingPolicy
    }

    /// Whether that party may. What a policy wants recorded is recorded to the end, and begun by it.
    ///
    /// - Parameter legs: all of the call, this one too.
    static func isGiven(to party: Party, among legs: [Party], isByPolicy: Bool) -> Bool {
        party.isInside && party.isTalking && !isByPolicy
            && !legs.contains { $0.isTalking && $0.policy == .always }
    }
}

/// What is said in a call, or in the conference that its caller is in, goes to a file.
extension Call {
    /// Two parties talk, or talk anew: their policies may want a recording, and one that goes on
    /// follows them. Who hears early media talks with nobody yet.
    func recordParties(_ one: LegNumber, _ other: LegNumber) {
        guard record.answeredAt != nil else { return }
        let isWanted = [one, other].contains { legs[$0]?.value.recording == .always }
        if recording == nil, isWanted, !isRecordingDeclined { beginRecording() }
        if isWanted { recording?.isByPolicy = true }
        guard let recording, let first = legs[one], let second = legs[other] else { return }
        let isTurned = other == machine.caller
        surroundings.media.post(
            .record(
                isTurned ? second.mediaID : first.mediaID,
                with: isTurned ? first.mediaID : second.mediaID, on: recording.reel,
                tone: surroundings.configuration.recordingTone))
    }

    private func beginRecording() {
        guard let desk = surroundings.recordings else { return }
        recordingCount += 1
        let sides = [record.caller.text, record.callee.text].map(Self.fileText)
        let turn = recordingCount > 1 ? "-\(recordingCount)" : ""
        let begun = OngoingRecording(
            name: "\(id)-\(sides[0])-\(sides[1])\(turn)", reel: SoundReel(trackCount: 2))
        recording = begun
        desk.mailbox.post(
            .begin(
                RecordingOrder(name: begun.name, reel: begun.reel) { [mailbox] failure in
                    mailbox.post(.recordingStopped(begun.name, failure))
                }))
        note("recording.began", machine.caller, [("recording", begun.name)])
    }

    func endRecording() {
        guard let ended = recording else { return }
        recording = nil
        ended.reel.close()
        surroundings.recordings?.mailbox.post(.end(name: ended.name))
    }

    func recordingStopped(_ name: String, _ failure: RecordingFailure) {
        guard recording?.name == name else { return }
        recording = nil
        // Whatever is wrong would be wrong again: an administrator may begin another one.
        isRecordingDeclined = true
        note("recording.stopped: \(failure.words.why)", machine.caller)
    }

    /// An administrator begins or ends one; the reply says whether there was anything to do it to.
    func setRecording(_ isOn: Bool, _ reply: @escaping @Sendable (Bool) -> Void) {
        if let room, entrance?.isInside ?? false {
            if !room.mailbox.post(.record(isOn: isOn, reply: reply)) { reply(false) }
            return
        }
        let isDone = turnRecording(isOn)
        // Whatever policies say.
        if isDone { isRecordingDeclined = !isOn }
        reply(isDone)
    }

    /// Begins one while two talk, or ends one that goes on, also while somebody waits; false where
    /// there is nothing to do it to.
    private func turnRecording(_ isOn: Bool) -> Bool {
        guard surroundings.recordings != nil else { return false }
        guard isOn else {
            let isThere = recording != nil || talkingCallee != nil
            endRecording()
            return isThere
        }
        guard let callee = talkingCallee else { return false }
        if recording == nil { beginRecording() }
        recordParties(machine.caller, callee)
        return true
    }

    /// A person at a phone of ours begins and ends a recording by its keys.
    func takeRecordingKey(_ key: Character, from number: LegNumber) {
        guard let code = surroundings.configuration.recordingKeys,
            legs[number]?.sequence.completes(code, with: key, now: world.time.now) == true,
            mayRecord(number)
        else { return }
        _ = turnRecording(recording == nil)
    }

    /// The phone has a key of its own for that, and shows what it is answered.
    func takeRecordingWish(_ isOn: Bool, from number: LegNumber) -> Status {
        mayRecord(number) && turnRecording(isOn) ? .ok : .forbidden
    }

    private func mayRecord(_ number: LegNumber) -> Bool {
        guard let leg = legs[number] else { return false }
        return RecordingRight.isGiven(
            to: leg.value.recordingParty, among: legs.values.map(\.value.recordingParty),
            isByPolicy: recording?.isByPolicy ?? false)
    }

    /// Part of a file's name.
    static func fileText(_ text: String) -> String {
        let kept = text.utf8.prefix(24).map { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                ? byte : UInt8(ascii: "_")
        }
        return kept.isEmpty ? "_" : String(decoding: kept, as: UTF8.self)
    }
}

extension Leg {
    fileprivate var recordingParty: RecordingRight.Party {
        RecordingRight.Party(
            isInside: record.extensionID != nil,
            isTalking: record.answeredAt != nil && !isSessionOver, policy: recording)
    }
}

extension Request {
    private static let recordField = FieldName("Record")

    /// What a phone's key for recordings asks for by INFO: `Record: on` or `off`, as Snom and
    /// Yealink have it; nil for any other.
    var recordingWish: Bool? {
        switch fields[Self.recordField]?.lowercased() {
        case "on": true
        case "off": false
        default: nil
        }
    }
}
