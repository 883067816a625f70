import Media
import Platform

/// A caller at the door of a conference, or inside.
public struct ConferenceGuest: Sendable {
    var callID: CallID
    var mailbox: Mailbox<Call>
}

/// The owner of one conference: answers at its door, and has said to those inside who came and went.
///
/// Each caller's ``Call`` has its leg; the media plane's room has the same name as this one, and
/// mixes.
actor ConferenceRoom: MailboxOwner {
    enum Message: Sendable {
        case knocked(ConferenceGuest)
        case opened(CallID)
        case entered(CallID, ConferenceName)
        case relieved(CallID, ConferenceName)
        case left(CallID)
        case fetched(FetchedClips, ConferenceName, Conference.Arrival)
        /// The reply says whether it is as wanted.
        case record(isOn: Bool, reply: @Sendable (Bool) -> Void)
        case recordingStopped(String)
        case fetchedNotice(FetchedClips)
    }

    nonisolated let mailbox = Mailbox<ConferenceRoom>()
    nonisolated let conferenceID: ConferenceID
    private let world: World
    private let media: any MediaPlane
    private let speech: Speech
    private let exchange: Mailbox<Exchange>
    private let recordings: RecordingDesk?
    private var recording: OngoingRecording?
    private var conference: Conference
    private var guests: [CallID: ConferenceGuest] = [:]
    /// So many knocks have been heard: whoever forgets this room must have sent no more.
    private var knockCount = 0
    private var recordingCount = 0

    init(
        _ conferenceID: ConferenceID, limit: Int, world: World, media: any MediaPlane,
        speech: Speech, exchange: Mailbox<Exchange>, recordings: RecordingDesk?
    ) {
        self.recordings = recordings
        self.conferenceID = conferenceID
        self.world = world
        self.media = media
        self.speech = speech
        self.exchange = exchange
        conference = Conference(limit: limit)
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .knocked(let guest):
            knockCount += 1
            guests[guest.callID] = guest
            decide(.knocked(guest.callID))
        case .opened(let callID):
            decide(.opened(callID))
        case .entered(let callID, let name):
            decide(.entered(callID, name))
        case .relieved(let callID, let name):
            decide(.relieved(callID, name))
        case .left(let callID):
            decide(.left(callID))
            guests[callID] = nil
        case .fetched(let fetched, let name, let arrival):
            announce(fetched, name, arrival)
        case .record(let isOn, let reply):
            reply(setRecording(isOn))
        case .recordingStopped(let name):
            if recording?.name == name { recording = nil }
        case .fetchedNotice(let fetched):
            guard !fetched.clips.isEmpty else { break }
            media.post(.announce(conferenceID.roomID, SoundPlaylist(fetched.clips)))
        }
    }

    /// False where it can't be done.
    private func setRecording(_ isOn: Bool) -> Bool {
        guard isOn else {
            endRecording()
            return true
        }
        guard let recordings, let first = guests.keys.sorted().first else { return false }
        guard recording == nil else { return true }
        // Named by a call, so that files sort by time; a conference may be recorded more than once.
        recordingCount += 1
        let begun = OngoingRecording(
            name: "\(first)-conference-\(conferenceID.digits)-\(recordingCount)",
            reel: SoundReel(trackCount: 1))
        recording = begun
        recordings.mailbox.post(
            .begin(
                RecordingOrder(name: begun.name, reel: begun.reel) { [mailbox] _ in
                    mailbox.post(.recordingStopped(begun.name))
                }))
        media.post(.recordRoom(conferenceID.roomID, on: begun.reel))
        speech.library.fetch([Prompt.isRecorded.name]) { [mailbox] in
            mailbox.post(.fetchedNotice($0))
        }
        return true
    }

    private func endRecording() {
        guard let ended = recording else { return }
        recording = nil
        ended.reel.close()
        recordings?.mailbox.post(.end(name: ended.name))
    }

    private func decide(_ event: Conference.Event) {
        for effect in conference.handle(event) { perform(effect) }
    }

    private func perform(_ effect: Conference.Effect) {
        switch effect {
        case .answer(let callID, let answer):
            if answer == .admitted { record("conference.entered", callID) }
            guests[callID]?.mailbox.post(.conference(self, answer))
        case .announce(let name, let arrival):
            var prompts: [Prompt] = []
            switch name {
            // Only who was named by voice or digits is said to have come: "has joined" alone would
            // raise the question who.
            case .spoken: break
            case .number(let digits): prompts += Prompt.spelled(digits)
            case .unknown: return
            }
            prompts.append(arrival == .came ? .hasJoined : .hasLeft)
            speech.library.fetch(prompts.map(\.name)) { [mailbox] in
                mailbox.post(.fetched($0, name, arrival))
            }
        case .close:
            endRecording()
            exchange.post(.conferenceEmpty(conferenceID, knocks: knockCount))
        }
    }

    private func announce(
        _ fetched: FetchedClips, _ name: ConferenceName, _ arrival: Conference.Arrival
    ) {
        if !fetched.missing.isEmpty {
            world.recorder.record(
                .warning, "prompt.missing",
                [
                    ("conference", conferenceID.digits),
                    ("names", fetched.missing.joined(separator: " ")),
                ])
        }
        var clips = fetched.clips
        if case .spoken(let clip) = name { clips.insert(clip, at: 0) }
        guard !clips.isEmpty else { return }
        media.post(.announce(conferenceID.roomID, SoundPlaylist(clips)))
    }

    private func record(_ name: String, _ callID: CallID) {
        world.recorder.record(
            .info, name,
            [
                ("call", callID.description), ("conference", conferenceID.digits),
                ("inside", String(conference.insideCount)),
            ])
    }
}
