import Platform

/// Rooms: who comes and goes, and who hears whom.
extension MediaCore {
    /// The description of somebody in a room has changed, or its role: a hold, another codec.
    mutating func refresh(_ slot: Int, _ description: SoundDescription) {
        guard let sent = description.sent else { return }
        let rate = sent.kind.roomRate
        listen(slot, sampleRate: confidantRate(of: slot) ?? rate)
        _ = sounds[slot].speak(sent, sampleRate: rate, seed: seed(of: slot), from: .room)
        // Whoever whispers to it does so at its rate.
        guard let room = rooms.first(where: { $0.members.contains { $0.slot == slot } }) else {
            return
        }
        for member in room.members
        where member.slot != slot && member.role.confidant == self.leg(of: slot) {
            listen(member.slot, sampleRate: rate)
        }
    }

    private func leg(of slot: Int) -> MediaLegID? { legs[streams[slot].leg]?.number }

    /// The rate at which somebody hears to whom this slot whispers; nil where it whispers to nobody.
    private func confidantRate(of slot: Int) -> Int? {
        guard let room = rooms.first(where: { $0.members.contains { $0.slot == slot } }),
            let confidant = room.members.first(where: { $0.slot == slot })?.role.confidant,
            let other = room.members.first(where: { leg(of: $0.slot) == confidant })
        else { return nil }
        return sounds[other.slot].sender?.sampleRate
    }

    mutating func join(_ slot: Int, _ roomID: MediaRoomID, as role: RoomRole) -> Bool {
        if !rooms.contains(where: { $0.roomID == roomID }) {
            rooms.append(SoundRoom(roomID: roomID))
        }
        guard let index = rooms.firstIndex(where: { $0.roomID == roomID }) else { return false }
        guard rooms[index].members.count < SoundRoom.memberLimit else { return false }
        if role.isSeen, rooms[index].seenCount > 0 {
            rooms[index].chime = SoundGenerator(.came, sampleRate: SoundKind.wide)
        }
        rooms[index].members.append(SoundRoom.Member(slot: slot, role: role))
        refresh(slot, details[slot].description)
        return true
    }

    mutating func setRole(_ role: RoomRole, of slot: Int) {
        for index in rooms.indices {
            for number in rooms[index].members.indices
            where rooms[index].members[number].slot == slot {
                rooms[index].members[number].role = role
            }
        }
    }

    /// Says it to all who are there, in turn.
    mutating func announce(_ playlist: SoundPlaylist, in roomID: MediaRoomID) {
        guard let index = rooms.firstIndex(where: { $0.roomID == roomID }),
            rooms[index].announcements.count < SoundRoom.announcementLimit
        else { return }
        rooms[index].announcements.append(ClipPlayer(playlist, now: .start))
    }

    func isMember(_ slot: Int, of roomID: MediaRoomID) -> Bool {
        rooms.contains { room in
            room.roomID == roomID && room.members.contains { $0.slot == slot }
        }
    }

    mutating func leaveRoom(_ slot: Int) {
        guard sounds[slot].source == .room,
            let index = rooms.firstIndex(where: { $0.members.contains { $0.slot == slot } })
        else { return }
        let wasSeen = rooms[index].members.contains { $0.slot == slot && $0.role.isSeen }
        rooms[index].members.removeAll { $0.slot == slot }
        if rooms[index].members.isEmpty {
            rooms.remove(at: index)
        } else if wasSeen {
            rooms[index].chime = SoundGenerator(.went, sampleRate: SoundKind.wide)
        }
    }

    /// A beat of a room: who speaks is summed, each hears the others.
    mutating func mix<Output: MediaOutput & ~Copyable>(_ index: Int, into output: inout Output) {
        gather(index)
        recordRoomBeat(index)
        let beat = nextBeat.nanoseconds
        for number in rooms[index].members.indices {
            let member = rooms[index].members[number]
            guard let sender = sounds[member.slot].sender else { continue }
            guard let destination = listener(member.slot) else {
                sender.pass()
                continue
            }
            let isWhisperedTo = isWhisperedTo(number, index)
            guard member.isSummed || isWhisperedTo else {
                speakToListener(member.slot, index, beat, to: destination, into: &output)
                continue
            }
            let mixed = mixedFrame
            var frame = mixed.samples.mutableSpan
            let rate = sender.sampleRate
            if member.isSummed, let receiver = sounds[member.slot].receiver {
                receiver.withFrame {
                    rooms[index].mix.without(
                        $0, sampleRate: rate, member.gain, into: &frame)
                }
            } else {
                rooms[index].mix.all(sampleRate: rate, into: &frame)
            }
            if isWhisperedTo { whisper(to: number, index, sampleRate: rate, into: &frame) }
            mixed.withSamples(rate / SoundLimits.framesASecond) { samples in
                sender.speak(samples) {
                    send($0, to: destination, from: member.slot, into: &output)
                }
            }
        }
    }

    private func isWhisperedTo(_ number: Int, _ index: Int) -> Bool {
        rooms[index].isWhispering
            && rooms[index].members.contains {
                !$0.gain.isNone && $0.role.confidant != nil
                    && $0.role.confidant == leg(of: rooms[index].members[number].slot)
            }
    }

    private func whisper(
        to number: Int, _ index: Int, sampleRate: Int, into frame: inout MutableSpan<Int16>
    ) {
        let confidant = leg(of: rooms[index].members[number].slot)
        for member in rooms[index].members
        where !member.gain.isNone && member.role.confidant == confidant {
            // It is decoded at that rate, but in the beat in which the other's codec changes.
            guard let receiver = sounds[member.slot].receiver, receiver.sampleRate == sampleRate
            else { continue }
            receiver.withFrame { Mixer.lay($0, member.gain, over: &frame) }
        }
    }

    /// Sums the frames of those who speak, and the chime.
    private mutating func gather(_ index: Int) {
        rooms[index].mix.begin()
        rooms[index].isWhispering = false
        var rates = RoomMix.Rates()
        var wasMixed: UInt64 = 0
        for number in rooms[index].members.indices {
            if rooms[index].members[number].isMixed { wasMixed |= 1 << UInt64(number & 63) }
            let slot = rooms[index].members[number].slot
            rates.note(sounds[slot].sender?.sampleRate)
            rooms[index].members[number].isDear = sounds[slot].sender?.format.kind.isDear ?? false
            rooms[index].members[number].isMixed = hear(number, index)
        }
        rooms[index].keepLoudest(wasMixed: wasMixed)
        for number in rooms[index].members.indices {
            rooms[index].members[number].fade()
            let member = rooms[index].members[number]
            guard !member.gain.isNone, let receiver = sounds[member.slot].receiver else { continue }
            if member.isSummed {
                receiver.withFrame {
                    rooms[index].mix.add($0, sampleRate: receiver.sampleRate, member.gain)
                }
            } else {
                rooms[index].isWhispering = true
            }
        }
        addOwnSound(index)
        rooms[index].mix.blend(rates)
    }

    /// Listens to one member; true where it speaks, and somebody may hear it.
    private mutating func hear(_ number: Int, _ index: Int) -> Bool {
        let slot = rooms[index].members[number].slot
        guard let receiver = sounds[slot].receiver, receiver.isHeard else {
            rooms[index].members[number].activity.fallSilent()
            rooms[index].members[number].gain = .none
            return false
        }
        receiver.withFrame { rooms[index].members[number].activity.hear($0) }
        let member = rooms[index].members[number]
        if member.activity.isVoice {
            rooms[index].members[number].level.hear(member.activity.level)
        }
        guard member.activity.isSpeaking else { return false }
        switch member.role {
        // Its own voice is taken out of what it hears at its own rate.
        case .speaker: return receiver.sampleRate == sounds[slot].sender?.sampleRate
        case .whisperer: return true
        case .muted, .listener: return false
        }
    }

    /// What the exchange itself says in a room: a chime, then names, then the melody of who is alone.
    private mutating func addOwnSound(_ index: Int) {
        let mixed = mixedFrame
        let size = SoundKind.wide / SoundLimits.framesASecond
        var frame = mixed.samples.mutableSpan
        if rooms[index].chime != nil {
            rooms[index].chime?.make(size, into: &frame)
            if rooms[index].chime?.isOver == true { rooms[index].chime = nil }
        } else if !rooms[index].announcements.isEmpty {
            rooms[index].announcements[0].make(sampleRate: SoundKind.wide, into: &frame)
            if rooms[index].announcements[0].isOver { rooms[index].announcements.removeFirst() }
        } else if rooms[index].seenCount == 1 {
            rooms[index].melody.make(size, into: &frame)
        } else {
            return
        }
        mixed.withSamples(size) { rooms[index].mix.add($0, sampleRate: SoundKind.wide) }
    }

    private mutating func speakToListener<Output: MediaOutput & ~Copyable>(
        _ slot: Int, _ index: Int, _ beat: Int64, to destination: SocketAddress,
        into output: inout Output
    ) {
        guard let sender = sounds[slot].sender else { return }
        let mixed = mixedFrame
        var frame = mixed.samples.mutableSpan
        rooms[index].mix.all(sampleRate: sender.sampleRate, into: &frame)
        let voice = sender.canShare ? voice(of: sender.format, index) : nil
        mixed.withSamples(sender.sampleRate / SoundLimits.framesASecond) { samples in
            guard let voice else {
                return sender.speak(samples) {
                    send($0, to: destination, from: slot, into: &output)
                }
            }
            voice.withPayload(of: samples, beat: beat) { payload in
                sender.speakShared(payload) {
                    send($0, to: destination, from: slot, into: &output)
                }
            }
        }
    }

    /// The encoder that listeners of this format share in a room; made when the first one needs it.
    private mutating func voice(of format: SoundFormat, _ index: Int) -> SharedVoice? {
        if let voice = rooms[index].voices.first(where: { $0.fits(format) }) { return voice }
        guard rooms[index].voices.count < SoundRoom.memberLimit,
            let voice = SharedVoice(format: format)
        else { return nil }
        rooms[index].voices.append(voice)
        return voice
    }
}
