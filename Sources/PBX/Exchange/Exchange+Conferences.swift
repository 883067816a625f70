import Platform

/// The rooms of conferences: made for the first who knocks, forgotten with the last who leaves.
extension Exchange {
    /// A conference that callers have, and how many of them were sent there.
    struct Room {
        var owner: ConferenceRoom
        var knocks: Int
    }

    /// There are never more than calls.
    func knock(_ guest: ConferenceGuest, at conferenceID: ConferenceID) {
        var room =
            rooms[conferenceID]
            ?? Room(
                owner: ConferenceRoom(
                    conferenceID, limit: configuration.conferenceLimit, world: world,
                    media: media, speech: configuration.speech, exchange: mailbox,
                    recordings: recordings),
                knocks: 0)
        room.knocks += 1
        rooms[conferenceID] = room
        room.owner.mailbox.post(.knocked(guest))
    }

    /// Somebody may be on the way to a room that was empty a moment ago.
    func forgetConference(_ conferenceID: ConferenceID, knocks: Int) {
        guard rooms[conferenceID]?.knocks == knocks else { return }
        rooms[conferenceID] = nil
    }
}
