import Platform

/// Legs that talk with the exchange itself: echo, tones, rooms.
extension MediaCore {
    mutating func attend<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, _ attendance: Attendance, now: Instant, into output: inout Output
    ) {
        guard let index = legIndex[leg], let record = legs[index], let slot = record.slots.first
        else { return }
        let description = details[slot].description
        if case .room(let roomID) = attendance, isMember(slot, of: roomID) {
            return refresh(slot, description)
        }
        // What is being said, or kept, goes on over a new description.
        let player = sounds[slot].player, deck = sounds[slot].deck
        unbridge(index)
        if case .fax(let line) = attendance, line.isImage {
            beginFax(slot, on: line)
            return startBeat(now: now)
        }
        guard let sent = description.sent else {
            return output.deliver(.refused(leg, .noSound), to: record.sink)
        }
        switch attendance {
        case .echo:
            let rate = min(description.bestRate, sent.kind.sampleRate)
            listen(slot, sampleRate: rate)
            _ = sounds[slot].speak(
                sent, sampleRate: rate, seed: seed(of: slot), from: .slot(slot))
        case .tune(let tune):
            let rate = sent.kind.sampleRate
            listenForKeys(slot)
            sounds[slot].generator = SoundGenerator(tune, sampleRate: rate)
            _ = sounds[slot].speak(sent, sampleRate: rate, seed: seed(of: slot), from: .generator)
        case .clips(let playlist):
            let isSame = player?.playlist == playlist
            listenForKeys(slot)
            sounds[slot].player = isSame ? player : ClipPlayer(playlist, now: now)
            _ = sounds[slot].speak(
                sent, sampleRate: sent.kind.sampleRate, seed: seed(of: slot), from: .clips)
        case .tape(let tape):
            listen(slot, sampleRate: SoundKind.wide)
            sounds[slot].deck = deck?.tape == tape ? deck : TapeDeck(tape)
        case .fax(let line):
            listen(slot, sampleRate: SoundKind.narrow)
            _ = sounds[slot].speak(
                sent, sampleRate: SoundKind.narrow, seed: seed(of: slot), from: .fax)
            beginFax(slot, on: line)
        case .room(let roomID):
            guard join(slot, roomID) else {
                return output.deliver(.refused(leg, .roomFull), to: record.sink)
            }
        }
        startBeat(now: now)
    }

    /// All that its party may send is decoded here; keys are heard in it where it has agreed on no
    /// events for them.
    private mutating func listen(_ slot: Int, sampleRate: Int) {
        let description = details[slot].description
        let events = details[slot].events
        sounds[slot].listen(
            to: description, sampleRate: sampleRate, hearsKeys: events.isEmpty)
        let base = slot * 128
        for offset in 0..<128 { payloadTypes[base + offset] = Self.dropped }
        let spoken =
            description.received.map(\.payloadType) + events.map(\.payloadType)
            + (description.noiseType.map { [$0] } ?? [])
        for number in spoken where number < 128 {
            payloadTypes[base + Int(number)] = Self.spoken
        }
    }

    /// Nothing of what the party says is wanted but its keys.
    private mutating func listenForKeys(_ slot: Int) {
        guard details[slot].events.isEmpty else { return }
        // At one rate whatever it hears: another receiver would hear a key that sounds on as a new one.
        listen(slot, sampleRate: SoundKind.wide)
    }

    /// The description of somebody in a room has changed: a hold, another codec.
    private mutating func refresh(_ slot: Int, _ description: SoundDescription) {
        guard let sent = description.sent else { return }
        let rate = sent.kind.roomRate
        listen(slot, sampleRate: rate)
        _ = sounds[slot].speak(sent, sampleRate: rate, seed: seed(of: slot), from: .room)
    }

    private mutating func join(_ slot: Int, _ roomID: MediaRoomID) -> Bool {
        if !rooms.contains(where: { $0.roomID == roomID }) {
            rooms.append(SoundRoom(roomID: roomID))
        }
        guard let index = rooms.firstIndex(where: { $0.roomID == roomID }) else { return false }
        guard rooms[index].members.count < SoundRoom.memberLimit else { return false }
        if !rooms[index].members.isEmpty {
            rooms[index].chime = SoundGenerator(.came, sampleRate: SoundKind.wide)
        }
        rooms[index].members.append(SoundRoom.Member(slot: slot))
        refresh(slot, details[slot].description)
        return true
    }

    /// Says it to all who are there, in turn.
    mutating func announce(_ playlist: SoundPlaylist, in roomID: MediaRoomID) {
        guard let index = rooms.firstIndex(where: { $0.roomID == roomID }),
            rooms[index].announcements.count < SoundRoom.announcementLimit
        else { return }
        rooms[index].announcements.append(ClipPlayer(playlist, now: .start))
    }

    private func isMember(_ slot: Int, of roomID: MediaRoomID) -> Bool {
        rooms.contains { room in
            room.roomID == roomID && room.members.contains { $0.slot == slot }
        }
    }

    mutating func leaveRoom(_ slot: Int) {
        guard sounds[slot].source == .room,
            let index = rooms.firstIndex(where: { $0.members.contains { $0.slot == slot } })
        else { return }
        rooms[index].members.removeAll { $0.slot == slot }
        if rooms[index].members.isEmpty {
            rooms.remove(at: index)
        } else {
            rooms[index].chime = SoundGenerator(.went, sampleRate: SoundKind.wide)
        }
    }

    /// Where the sound of a slot goes; nil while its party does not listen.
    private func listener(_ slot: Int) -> SocketAddress? {
        guard streams[slot].transport == .rtp, streams[slot].remoteReceives else { return nil }
        return streams[slot].media.destination
    }

    /// A beat of what the exchange itself makes.
    mutating func play<Output: MediaOutput & ~Copyable>(_ slot: Int, into output: inout Output) {
        guard let sender = sounds[slot].sender, let destination = listener(slot) else {
            sounds[slot].sender?.pass()
            return
        }
        let size = sender.sampleRate / SoundLimits.framesASecond
        let mixed = mixedFrame
        var frame = mixed.samples.mutableSpan
        sounds[slot].generator?.make(size, into: &frame)
        mixed.withSamples(size) { samples in
            sender.speak(samples) { send($0, to: destination, from: slot, into: &output) }
        }
    }

    /// A beat of clips. While the party does not listen they wait.
    mutating func sayClips<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        guard let sender = sounds[slot].sender, let destination = listener(slot) else {
            sounds[slot].sender?.pass()
            return
        }
        let mixed = mixedFrame
        var frame = mixed.samples.mutableSpan
        sounds[slot].player?.make(sampleRate: sender.sampleRate, into: &frame)
        mixed.withSamples(sender.sampleRate / SoundLimits.framesASecond) { samples in
            sender.speak(samples) { send($0, to: destination, from: slot, into: &output) }
        }
        guard let player = sounds[slot].player, player.isOver, !player.isReported else { return }
        sounds[slot].player?.isReported = true
        report(slot, into: &output) { leg, _ in .finished(leg) }
    }

    /// A beat of somebody who speaks on a tape.
    mutating func tape<Output: MediaOutput & ~Copyable>(_ slot: Int, into output: inout Output) {
        guard let receiver = sounds[slot].receiver else { return }
        receiver.withFrame { sounds[slot].deck?.hear($0) }
        guard let deck = sounds[slot].deck, deck.isOver, !deck.isReported else { return }
        sounds[slot].deck?.isReported = true
        report(slot, into: &output) { leg, _ in .finished(leg) }
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
            if member.isMixed, let receiver = sounds[member.slot].receiver {
                let mixed = mixedFrame
                var frame = mixed.samples.mutableSpan
                let rate = sender.sampleRate
                receiver.withFrame {
                    rooms[index].mix.without($0, sampleRate: rate, into: &frame)
                }
                mixed.withSamples(rate / SoundLimits.framesASecond) { samples in
                    sender.speak(samples) {
                        send($0, to: destination, from: member.slot, into: &output)
                    }
                }
                continue
            }
            speakToListener(member.slot, index, beat, to: destination, into: &output)
        }
    }

    /// Sums the frames of those who speak, and the chime.
    private mutating func gather(_ index: Int) {
        rooms[index].mix.begin()
        var rates = RoomMix.Rates()
        var wasMixed: UInt64 = 0
        for number in rooms[index].members.indices {
            let slot = rooms[index].members[number].slot
            if rooms[index].members[number].isMixed { wasMixed |= 1 << UInt64(number & 63) }
            rates.note(sounds[slot].sender?.sampleRate)
            rooms[index].members[number].isDear = sounds[slot].sender?.format.kind.isDear ?? false
            guard let receiver = sounds[slot].receiver, receiver.isHeard else {
                rooms[index].members[number].activity.fallSilent()
                rooms[index].members[number].isMixed = false
                continue
            }
            receiver.withFrame { rooms[index].members[number].activity.hear($0) }
            // Its own voice is taken out of what it hears at its own rate.
            rooms[index].members[number].isMixed =
                rooms[index].members[number].activity.isSpeaking
                && receiver.sampleRate == sounds[slot].sender?.sampleRate
        }
        rooms[index].keepLoudest(wasMixed: wasMixed)
        for member in rooms[index].members where member.isMixed {
            guard let receiver = sounds[member.slot].receiver else { continue }
            receiver.withFrame { rooms[index].mix.add($0, sampleRate: receiver.sampleRate) }
        }
        addOwnSound(index)
        rooms[index].mix.blend(rates)
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
        } else if rooms[index].members.count == 1 {
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
