import Platform

/// Legs that talk with the exchange itself: echo, tones, rooms.
extension MediaCore {
    mutating func attend<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, _ attendance: Attendance, now: Instant, into output: inout Output
    ) {
        guard let index = legIndex[leg], let record = legs[index], let slot = record.slots.first
        else { return }
        let description = details[slot].description
        if case .room(let roomID, let role) = attendance, isMember(slot, of: roomID) {
            setRole(role, of: slot)
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
        case .room(let roomID, let role):
            guard join(slot, roomID, as: role) else {
                return output.deliver(.refused(leg, .roomFull), to: record.sink)
            }
        }
        startBeat(now: now)
    }

    /// All that its party may send is decoded here; keys are heard in it where it has agreed on no
    /// events for them.
    mutating func listen(_ slot: Int, sampleRate: Int) {
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

    /// Where the sound of a slot goes; nil while its party does not listen.
    func listener(_ slot: Int) -> SocketAddress? {
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
}
