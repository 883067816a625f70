import Platform

/// Sound that passes through our own codecs: two phones that share none, on a beat of 20 ms.
extension MediaCore {
    /// Beats that a late loop makes up for at most; what is older is not said any more.
    private static var beatLimit: Int { 5 }

    /// Has what a stream's party sends, and its partner does not understand, decoded and encoded: all
    /// of it where the partner hears a tone over it.
    mutating func translate(from slot: Int, to partner: Int) {
        let mine = details[slot].description
        let theirs = details[partner].description
        guard let sampleRate = mine.sampleRate(to: theirs), let sent = theirs.sent else { return }
        let base = slot * 128
        let isToned = sounds[partner].tone.isOn
        let strange = mine.received.filter {
            $0.payloadType < 128
                && (isToned || payloadTypes[base + Int($0.payloadType)] == Self.dropped)
        }
        guard !strange.isEmpty else { return }
        // Who tells keys by their sound alone tells them to who knows them as events.
        sounds[slot].listen(
            to: mine, sampleRate: sampleRate,
            hearsKeys: details[slot].events.isEmpty && theirs.eventFormat != nil)
        guard
            sounds[partner].speak(
                sent, sampleRate: sampleRate, seed: seed(of: partner), from: .slot(slot))
        else { return }
        sounds[partner].tone.begin(sampleRate: sampleRate)
        for format in strange { payloadTypes[base + Int(format.payloadType)] = Self.spoken }
        // Events go the way of the sound that they belong to, or sources would alternate.
        let isRelayed = mine.received.contains {
            let sentType = payloadTypes[base + Int($0.payloadType & 127)]
            return sentType != Self.dropped && sentType != Self.spoken
        }
        guard !isRelayed else { return }
        if let noiseType = mine.noiseType, noiseType < 128 {
            payloadTypes[base + Int(noiseType)] = Self.spoken
        }
        for format in details[slot].events where format.payloadType < 128 {
            payloadTypes[base + Int(format.payloadType)] =
                theirs.eventFormat == nil ? Self.dropped : Self.spoken
        }
    }

    /// Numbers of legs are drawn at random; each stream of one has its own source.
    func seed(of slot: Int) -> UInt64 {
        let leg = legs[streams[slot].leg]?.number.number ?? 0
        // Numbers begin anew on another loop: under one key that must be another source.
        let part = UInt64(streams[slot].number) &+ details[slot].moveCount << 8
        return leg &+ part &* 0x9E37_79B9_7F4A_7C15
    }

    /// Ends the part of a slot in the beat; its codecs stay, in case it goes on.
    mutating func silence(_ slot: Int) {
        sounds[slot].source = .nothing
        sounds[slot].isListenedTo = false
        sounds[slot].player = nil
        sounds[slot].deck = nil
        sounds[slot].fax = nil
        if !sounds[slot].isTapped { soundingSlots.removeAll { $0 == slot } }
    }

    /// Takes the slots in that have a part in the beat by now.
    mutating func startBeat(now: Instant) {
        if soundingSlots.isEmpty { nextBeat = Self.beat(after: now) }
        soundingSlots = sounds.indices.filter { sounds[$0].isSounding }
    }

    /// All loops of all calls beat together: whole multiples of 20 ms.
    private static func beat(after now: Instant) -> Instant {
        let length = SoundLimits.frame.nanoseconds
        return Instant(nanoseconds: (now.nanoseconds / length + 1) * length)
    }

    /// A packet that is not relayed as it is.
    mutating func hear<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ header: RTPHeader, _ slot: Int, now: Instant,
        into output: inout Output
    ) {
        let partner = streams[slot].partner
        guard sounds[slot].isListenedTo || sounds[slot].isTapped, streams[slot].remoteSends,
            partner < 0 || streams[partner].transport == .rtp
        else {
            streams[slot].counters.unrelayed &+= 1
            return
        }
        sounds[slot].hear(packet, header, now: now)
        guard partner >= 0, streams[slot].isEvent(header.payloadType) else { return }
        passEvent(packet, header, from: slot, to: partner, into: &output)
    }

    private mutating func passEvent<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ header: RTPHeader, from slot: Int, to partner: Int,
        into output: inout Output
    ) {
        guard let event = TelephoneEventPacket(packet, header: header),
            let format = details[partner].description.eventFormat,
            let sender = sounds[partner].sender, streams[partner].remoteReceives,
            let destination = streams[partner].media.destination
        else { return }
        let own = details[slot].events.first { $0.payloadType == header.payloadType }
        sender.pass(event, clockRate: own?.clockRate ?? 8_000, as: format) {
            send($0, to: destination, from: partner, into: &output)
        }
    }

    /// Carries out the beats that are due.
    mutating func beat<Output: MediaOutput & ~Copyable>(
        now: Instant, into output: inout Output
    ) {
        guard !soundingSlots.isEmpty else { return }
        var count = 0
        while nextBeat <= now, count < Self.beatLimit {
            for slot in soundingSlots
            where sounds[slot].isListenedTo || sounds[slot].isTapped {
                sounds[slot].receiver?.pull(now: now)
                tellKeys(slot, now: now, into: &output)
                if sounds[slot].faxEar != nil { hearFaxTone(slot, now: now, into: &output) }
            }
            for slot in soundingSlots {
                if sounds[slot].deck != nil { tape(slot, into: &output) }
                speak(slot, into: &output)
            }
            for index in rooms.indices { mix(index, into: &output) }
            recordBeat(now: now)
            endListening(now: now)
            nextBeat = nextBeat + SoundLimits.frame
            count += 1
        }
        if nextBeat <= now { nextBeat = Self.beat(after: now) }
        sendReports(now: now, into: &output)
    }

    /// Keys that were heard in the sound are told as events are.
    private mutating func tellKeys<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        guard let receiver = sounds[slot].receiver, receiver.hearsKeys else { return }
        let partner = streams[slot].partner
        while let code = receiver.takeKey() {
            if partner >= 0 { sounds[partner].sender?.press(code) }
            guard details[slot].admitsDigit(now: now) else { continue }
            let key = TelephoneEvent(code: code, duration: SoundSender.shortestPress)
            report(slot, into: &output) { leg, _ in .digit(leg, key) }
        }
        if partner >= 0 { sounds[partner].sender?.isPressGoingOn = receiver.isKeySounding }
    }

    private mutating func speak<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        if sounds[slot].source == .fax { return exchangeFax(slot, into: &output) }
        guard let sender = sounds[slot].sender else { return }
        let receiver: SoundReceiver?
        switch sounds[slot].source {
        case .nothing, .room, .fax: return
        case .generator: return play(slot, into: &output)
        case .clips: return sayClips(slot, into: &output)
        case .slot(let other): receiver = sounds[other].receiver
        }
        if sounds[slot].tone.isOn, streams[slot].partner >= 0, let receiver {
            return speakUnderTone(slot, receiver, sender, into: &output)
        }
        guard let receiver, receiver.isHeard, let destination = listener(slot)
        else { return sender.pass() }
        if let format = details[slot].description.eventFormat,
            sender.speakPress(as: format, { send($0, to: destination, from: slot, into: &output) })
        {
            return
        }
        receiver.withFrame { frame in
            sender.speak(frame) {
                send($0, to: destination, from: slot, into: &output)
            }
        }
    }

    /// The same with the record tone over it, which is heard though the other party says nothing.
    private mutating func speakUnderTone<Output: MediaOutput & ~Copyable>(
        _ slot: Int, _ receiver: SoundReceiver, _ sender: SoundSender, into output: inout Output
    ) {
        let mixed = mixedFrame
        var frame = mixed.samples.mutableSpan
        let size = sender.sampleRate / SoundLimits.framesASecond
        let isSounding = sounds[slot].tone.make(size, into: &frame)
        guard let destination = listener(slot), receiver.isHeard || isSounding else {
            return sender.pass()
        }
        if let format = details[slot].description.eventFormat,
            sender.speakPress(as: format, { send($0, to: destination, from: slot, into: &output) })
        {
            return
        }
        if receiver.isHeard {
            receiver.withFrame { heard in
                for place in 0..<min(size, heard.count) {
                    frame[place] = Int16(clamping: Int32(heard[place]) + Int32(frame[place]))
                }
            }
        }
        mixed.withSamples(size) { samples in
            sender.speak(samples) { send($0, to: destination, from: slot, into: &output) }
        }
    }
}
