/// What stands for packets that are missing.
extension SoundReceiver {
    /// Fills in for one packet that is missing before the first that is here. What time of theirs has
    /// passed already, while nothing at all was here, is not filled in again: that would stretch the talk.
    func fillIn(before first: Int) {
        guard let waiting = buffer.waiting(first) else { return buffer.advance() }
        let isSameKind = isLast(waiting.payloadType)
        let missing = isSameKind ? timeMissing(before: waiting) : nil
        if let missing, missing <= 0 { return buffer.skipMissing() }
        let isLastMissing = missing.map { $0 <= packetSize } ?? buffer.isNext(first)
        makeUp(
            missing.map { min($0, packetSize) } ?? packetSize,
            before: isSameKind && isLastMissing ? first : nil)
        if isLastMissing { buffer.skipMissing() } else { buffer.advance() }
    }

    /// From what was played last to that packet, in samples; nil at a beginning.
    func timeMissing(before waiting: JitterBuffer.Waiting) -> Int? {
        guard let expected else { return nil }
        let ahead = Int(Int32(bitPattern: waiting.timestamp &- expected))
        return ahead * sampleRate / readings[lastReading].kind.clockRate
    }

    func isLast(_ payloadType: UInt8) -> Bool {
        readings.indices.contains(lastReading) && readings[lastReading].payloadType == payloadType
    }

    /// Copies of lost packets may lie in the packets after them (Opus). So that they are here when they
    /// are wanted, such a party is played one packet later from the start; where no copies came for a
    /// while that is taken back, and is done again with the next one, as here.
    func deepens(for place: Int) -> Bool {
        guard !isDeeper, !holdsSteady, buffer.count == 1, hasPlayed,
            let waiting = buffer.waiting(place), isLast(waiting.payloadType)
        else { return false }
        let decoder = readings[lastReading].decoder
        return buffer.payload(place) { decoder.hasCopy($0) }
    }

    /// A packet's time more of what is heard now, by ear: the decoder shall not know of it.
    func stretch() {
        var room = tail.mutableSpan
        concealment.conceal(packetSize, into: &room)
        concealedCount &+= 1
        lineCount += packetSize
    }

    /// Fills in for what is missing: from its successor, by the codec, or by ear.
    func makeUp(_ count: Int, before successor: Int?) {
        let count = min(count, packetLimit)
        var room = tail.mutableSpan
        concealedCount &+= 1
        expectAfter(count)
        lineCount += count
        guard readings.indices.contains(lastReading) else {
            for index in 0..<count { room[index] = 0 }
            return
        }
        let decoder = readings[lastReading].decoder
        if let successor, recover(count, before: successor) { return }
        if decoder.conceal(count, into: &room) == count {
            concealment.noteMadeUp(count)
        } else {
            concealment.conceal(count, into: &room)
            absorb(count)
        }
    }

    /// Tells the codec what was made up in its place, so that its memory goes on from there.
    private func absorb(_ count: Int) {
        let decoder = readings[lastReading].decoder
        guard decoder.absorbs else { return }
        let start = lineCount - count
        for back in 1...SoundLimits.absorbedBefore {
            let place = start - back
            scratch[SoundLimits.absorbedBefore - back] =
                place >= 0 ? line[place] : frame[frameSize + place]
        }
        for index in 0..<count { scratch[SoundLimits.absorbedBefore + index] = line[start + index] }
        let end = SoundLimits.absorbedBefore + count
        let whole = end + SoundLimits.absorbedAfter
        var further = UnsafeMutableBufferPointer(rebasing: scratch[end..<whole]).mutableSpan
        concealment.foresee(SoundLimits.absorbedAfter, into: &further)
        decoder.absorb(UnsafeBufferPointer(rebasing: scratch[..<whole]).span)
    }

    /// A packet's copy is as long as the packet: of one that is made up in part already its end is wanted.
    func recover(_ count: Int, before successor: Int) -> Bool {
        let start = lineCount - count
        let whole = UnsafeMutableBufferPointer(rebasing: line[start...])
        var room = whole.mutableSpan
        let decoder = readings[lastReading].decoder
        let made = buffer.payload(successor) {
            decoder.recover(packetSize, before: $0, into: &room)
        }
        guard made == packetSize else { return false }
        for index in 0..<count { room[index] = room[index + packetSize - count] }
        concealment.hear(&room, count: count)
        return true
    }

    /// Goes on in the party's time.
    func expectAfter(_ count: Int) {
        guard let expected, readings.indices.contains(lastReading) else { return }
        let units = count * readings[lastReading].kind.clockRate / sampleRate
        self.expected = expected &+ UInt32(truncatingIfNeeded: units)
    }
}
