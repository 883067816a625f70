import Media
import Platform

/// A recording of a call that goes on.
struct OngoingRecording: Sendable {
    var name: String
    var reel: SoundReel
}

/// What is said in a call, or in the conference that its caller is in, goes to a file.
extension Call {
    /// Two parties talk, or talk anew: their policies may want a recording, and one that goes on
    /// follows them.
    func recordParties(_ one: LegNumber, _ other: LegNumber) {
        let isWanted = [one, other].contains { legs[$0]?.value.recording == .always }
        if recording == nil, isWanted, !isRecordingDeclined { beginRecording() }
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
        guard surroundings.recordings != nil, let callee = talkingCallee else {
            return reply(false)
        }
        isRecordingDeclined = !isOn
        if isOn {
            if recording == nil { beginRecording() }
            recordParties(machine.caller, callee)
        } else {
            endRecording()
        }
        reply(true)
    }

    /// A person at a phone of ours begins and ends a recording by its keys. What a policy wants
    /// recorded is recorded to the end.
    func takeRecordingKey(_ key: Character, from number: LegNumber) {
        guard let code = surroundings.configuration.recordingKeys,
            legs[number]?.value.record.extensionID != nil,
            legs[number]?.sequence.completes(code, with: key, now: world.time.now) == true,
            !legs.values.contains(where: { $0.recording == .always })
        else { return }
        setRecording(recording == nil) { _ in }
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
