import Platform

/// Fax that ends at the exchange: a machine elsewhere hears what a party sends, and answers.
extension MediaCore {
    mutating func beginFax(_ slot: Int, on line: FaxLine) {
        // A modem must not hear time cut out or put in.
        sounds[slot].receiver?.holdsSteady = true
        sounds[slot].fax = line
        sounds[slot].isFaxReported = false
        sounds[slot].source = .fax
    }

    /// A beat of it.
    mutating func exchangeFax<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        guard let line = sounds[slot].fax else { return }
        if line.isImage {
            sendImage(slot, line, into: &output)
        } else {
            exchangeSound(slot, line, into: &output)
        }
        guard line.isOver, !sounds[slot].isFaxReported else { return }
        sounds[slot].isFaxReported = true
        report(slot, into: &output) { leg, _ in .finished(leg) }
    }

    /// Both ways go on whatever comes: modems take a pause for the end of a carrier.
    private mutating func exchangeSound<Output: MediaOutput & ~Copyable>(
        _ slot: Int, _ line: FaxLine, into output: inout Output
    ) {
        guard let sender = sounds[slot].sender, let receiver = sounds[slot].receiver else { return }
        receiver.withFrame { _ = line.heard.write($0) }
        let mixed = mixedFrame
        var frame = mixed.samples.mutableSpan
        line.spoken.takeFrame(into: &frame)
        guard streams[slot].transport == .rtp, streams[slot].remoteReceives,
            let destination = streams[slot].media.destination
        else { return sender.pass() }
        mixed.withSamples(FaxLine.frameSize) { samples in
            sender.speak(samples) { send($0, to: destination, from: slot, into: &output) }
        }
    }

    /// Datagrams wait until it is known where to.
    private mutating func sendImage<Output: MediaOutput & ~Copyable>(
        _ slot: Int, _ line: FaxLine, into output: inout Output
    ) {
        guard streams[slot].transport == .udptl, let destination = streams[slot].media.destination
        else { return }
        while line.spoken.take({ datagram in
            sendClear(
                datagram.bindMemory(to: UInt8.self).span, to: destination, from: slot,
                into: &output)
        }) != nil {}
    }

    /// Hears whether the party of a leg, whomever it talks with, is a fax machine that calls.
    mutating func listenForFax(_ leg: MediaLegID, now: Instant) {
        guard let slot = firstSlot(of: leg) else { return }
        sounds[slot].faxEar = FaxEar(until: now + FaxEar.patience)
        renewTaps(now: now)
    }

    /// A beat of that.
    mutating func hearFaxTone<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        guard let receiver = sounds[slot].receiver, receiver.isHeard else { return }
        let isCalling = receiver.withFrame {
            sounds[slot].faxEar?.hear($0, sampleRate: receiver.sampleRate) ?? false
        }
        guard isCalling else { return }
        report(slot, into: &output) { leg, _ in .faxTone(leg) }
    }

    /// Who was heard, or has said nothing of a fax for long enough, is listened to no more.
    mutating func endListening(now: Instant) {
        var isChanged = false
        for slot in soundingSlots where sounds[slot].faxEar?.isOver(now: now) == true {
            sounds[slot].faxEar = nil
            isChanged = true
        }
        if isChanged { renewTaps(now: now) }
    }
}
