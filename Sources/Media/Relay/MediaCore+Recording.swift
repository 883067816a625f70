import Platform

/// Where what is said is taken for a recording.
struct SoundTap {
    /// Whose sound that is: a track each of two legs, or all that is said in a room.
    enum Source: Equatable {
        case legs(MediaLegID, MediaLegID?)
        case room(MediaRoomID)
    }

    let reel: SoundReel
    var source: Source
    /// Whose record tone the legs hear; nil: none.
    var tone: ToneCountry?
    /// For receivers at the narrow rate, and at the full one.
    var doublings = [HalfBandDoubling(), HalfBandDoubling()]
    var thirdings = [Thirding(limit: fullSize), Thirding(limit: fullSize)]

    private static var fullSize: Int { SoundKind.full / SoundLimits.framesASecond }
}

/// Recording: what legs and rooms say goes to a ``SoundReel``, beat by beat; who is silent, on hold or
/// gone leaves silence, so that time goes on.
extension MediaCore {
    /// No more than legs. A further one records nothing.
    private static var tapLimit: Int { maximumLegCount }

    mutating func record(
        _ leg: MediaLegID, with other: MediaLegID?, on reel: SoundReel, tone: ToneCountry?,
        now: Instant
    ) {
        tap(.legs(leg, other), reel, tone, now: now)
    }

    mutating func recordRoom(_ roomID: MediaRoomID, on reel: SoundReel, now: Instant) {
        tap(.room(roomID), reel, nil, now: now)
    }

    private mutating func tap(
        _ source: SoundTap.Source, _ reel: SoundReel, _ tone: ToneCountry?, now: Instant
    ) {
        guard !reel.isClosed else { return }
        if let index = taps.firstIndex(where: { $0.reel == reel }) {
            if taps[index].source != source { taps[index].source = source }
            taps[index].tone = tone
        } else {
            guard taps.count < Self.tapLimit else { return }
            taps.append(SoundTap(reel: reel, source: source, tone: tone))
        }
        renewTaps(now: now)
    }

    /// After a change of taps, or of what a leg sends.
    mutating func renewTaps(now: Instant) {
        for slot in sounds.indices where streams[slot].isTapped {
            streams[slot].isTapped = false
            sounds[slot].isTapped = false
            sounds[slot].tone.wanted = nil
        }
        for slot in sounds.indices where sounds[slot].faxEar != nil {
            streams[slot].isTapped = true
            sounds[slot].tap(details[slot].description)
        }
        for tap in taps {
            guard case .legs(let one, let other) = tap.source else { continue }
            for leg in [one, other] {
                guard let leg, let slot = firstSlot(of: leg) else { continue }
                streams[slot].isTapped = true
                sounds[slot].tap(details[slot].description)
                if let tone = tap.tone { sounds[slot].tone.wanted = tone }
            }
        }
        renewTones()
        startBeat(now: now)
    }

    /// Who hears a record tone hears the other by way of our codecs, and who does not need not.
    private mutating func renewTones() {
        for slot in sounds.indices where sounds[slot].tone.isChanged {
            sounds[slot].tone.settle()
            reconnect(slot)
        }
    }

    /// Recordings that nobody can go on with: their reels are closed, or their legs gone.
    mutating func pruneTaps(now: Instant) {
        guard !taps.isEmpty else { return }
        let count = taps.count
        taps = taps.filter { tap in
            guard !tap.reel.isClosed else { return false }
            guard case .legs(let one, let other) = tap.source else { return true }
            return firstSlot(of: one) != nil || other.flatMap { firstSlot(of: $0) } != nil
        }
        // Who was recorded with one that has gone hears no tone any more.
        if taps.count < count { renewTaps(now: now) }
    }

    func firstSlot(of leg: MediaLegID) -> Int? {
        legIndex[leg].flatMap { legs[$0]?.slots.first }
    }

    /// A beat of all recordings but those of rooms.
    mutating func recordBeat(now: Instant) {
        guard !taps.isEmpty else { return }
        var isChanged = false
        for index in taps.indices.reversed() {
            let slots: (Int?, Int?)
            switch taps[index].source {
            case .room:
                if taps[index].reel.isClosed { taps.remove(at: index) }
                continue
            case .legs(let one, let other):
                slots = (firstSlot(of: one), other.flatMap { firstSlot(of: $0) })
            }
            if taps[index].reel.isClosed || slots == (nil, nil) {
                taps.remove(at: index)
                isChanged = true
                continue
            }
            guard let frame = taps[index].reel.next() else { continue }
            fill(frame, 0, index, from: slots.0)
            if taps[index].reel.trackCount > 1 { fill(frame, 1, index, from: slots.1) }
            taps[index].reel.commit()
        }
        if isChanged { renewTaps(now: now) }
    }

    /// One track of a frame: what was pulled of that slot in this beat.
    private mutating func fill(
        _ frame: UnsafeMutableBufferPointer<Int16>, _ track: Int, _ index: Int, from slot: Int?
    ) {
        let size = SoundReel.frameSize
        let room = UnsafeMutableBufferPointer(
            rebasing: frame[track * size..<(track + 1) * size])
        guard let slot, let receiver = sounds[slot].receiver, receiver.isHeard else {
            for place in 0..<size { room[place] = 0 }
            return
        }
        if receiver.frameSize == size {
            receiver.withFrame { heard in
                for place in 0..<size { room[place] = heard[place] }
            }
        } else if receiver.sampleRate == SoundKind.full {
            let heard = UnsafeBufferPointer(rebasing: receiver.frame[...])
            _ = taps[index].thirdings[track].third(heard, into: room)
        } else {
            receiver.withFrame { heard in
                taps[index].doublings[track].double(heard) { place, sample in
                    if place < size { room[place] = sample }
                }
            }
        }
    }

    /// A beat of the recordings of one room: all that is said there, its announcements too.
    mutating func recordRoomBeat(_ room: Int) {
        guard !taps.isEmpty else { return }
        for index in taps.indices
        where taps[index].source == .room(rooms[room].roomID) && !taps[index].reel.isClosed {
            guard let frame = taps[index].reel.next() else { continue }
            var samples = UnsafeMutableBufferPointer(
                rebasing: frame[..<SoundReel.frameSize]
            ).mutableSpan
            rooms[room].mix.all(sampleRate: SoundKind.wide, into: &samples)
            for place in SoundReel.frameSize..<max(frame.count, SoundReel.frameSize) {
                frame[place] = 0
            }
            taps[index].reel.commit()
        }
    }
}
