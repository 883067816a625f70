import Media
import Platform

/// A party that comes into a conference.
extension Call {
    /// Who found the door of the conferences must come in within this time.
    private static let doorPatience = Duration.seconds(60)
    /// A name is short.
    private static let nameLength = Duration.seconds(8)
    /// After so much silence it has been said.
    private static let namePause = Duration.seconds(2)

    func beginEntrance() {
        guard case .conference(let conferenceID) = house else { return }
        entrance = ConferenceEntrance()
        deadlines.set(.door, at: world.time.now + Self.doorPatience)
        advanceEntrance(.began(conferenceID))
    }

    func advanceEntrance(_ event: ConferenceEntrance.Event) {
        guard let effects = entrance?.handle(event) else { return }
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: ConferenceEntrance.Effect) {
        switch effect {
        case .say(let prompts, let thenTone):
            say(prompts, thenTone: thenTone)
        case .hush:
            lastSpeech += 1
            if case .clips = attendance { attendCaller(with: .tune(.silence)) }
        case .knock(let conferenceID):
            house = .conference(conferenceID)
            let guest = ConferenceGuest(callID: id, mailbox: mailbox)
            surroundings.exchange.post(.knock(guest, at: conferenceID))
        case .open:
            room?.mailbox.post(.opened(id))
        case .tape:
            let tape = SoundTape(length: Self.nameLength, pause: Self.namePause)
            self.tape = tape
            attendCaller(with: .tape(tape))
        case .enter(let isNamed):
            let said = isNamed ? tape?.clip.spokenPart : nil
            tape = nil
            let name =
                said.map(ConferenceName.spoken)
                ?? attendedName
            attendCaller(with: .tune(.silence))
            room?.mailbox.post(.entered(id, name))
        case .leave:
            leaveConference()
            house = .conference(nil)
        case .hangUp:
            decide(.hangUp(.calleeHungUp))
        }
    }

    /// The conference answers; a caller that has gone meanwhile must not be counted there.
    func take(_ answer: Conference.Answer, of room: ConferenceRoom) {
        guard machine.state == .attended, house == .conference(room.conferenceID) else {
            room.mailbox.post(.left(id))
            return
        }
        self.room = room
        if answer == .admitted { comeIn(room.conferenceID) }
        advanceEntrance(.answered(answer))
    }

    /// How those inside are told of a party that says no name.
    private var attendedName: ConferenceName {
        ConferenceName(number: legs[attendedParty]?.value.record.party.text ?? "")
    }

    /// Another one is at the door, or inside, in the place of who was there.
    func relieveGuest() {
        guard let entrance, !entrance.isAsking else { return beginSteps() }
        if entrance.isInside { room?.mailbox.post(.relieved(id, attendedName)) }
        // Who was muted is gone.
        _ = setMuted(false)
        attendCaller()
    }

    /// To the loop where the room is, and into it.
    private func comeIn(_ conferenceID: ConferenceID) {
        deadlines.cancel(.door)
        guard let leg = legs[attendedParty] else { return }
        surroundings.media.post(.move(leg.mediaID, callKey: conferenceID.roomID.number))
        attendCaller(with: .room(conferenceID.roomID))
        if leg.recording == .always { room?.mailbox.post(.record(isOn: true, reply: { _ in })) }
        note("conference.entered", attendedParty, [("conference", conferenceID.digits)])
    }

    /// Its party is heard by nobody in its conference, or again; false where it is in none.
    func setMuted(_ isOn: Bool) -> Bool {
        guard case .room(let roomID, let role)? = attendance else { return false }
        let wanted = isOn ? RoomRole.muted : .speaker
        guard role != wanted else { return true }
        attendCaller(with: .room(roomID, wanted))
        note(isOn ? "conference.muted" : "conference.unmuted", attendedParty)
        return true
    }

    func leaveConference() {
        room?.mailbox.post(.left(id))
        room = nil
    }
}
