import Platform

/// A stream that music goes to: the RTP that we send of our own accord.
struct MusicStream: Equatable, Sendable {
    let slot: Int
    let payloadType: UInt8
    let law: G711.Law
    let ssrc: UInt32
    var sequence: UInt16
    var timestamp: UInt32
    /// Where in the loop the next packet begins.
    var offset = 0
    var isFirst = true

    /// Writes the next packet and steps on.
    mutating func write(_ music: HoldMusic, into packet: inout [UInt8]) {
        let octets = music.octets(law)
        packet[0] = 0x80
        packet[1] = payloadType | (isFirst ? 0x80 : 0)
        packet[2] = UInt8(truncatingIfNeeded: sequence >> 8)
        packet[3] = UInt8(truncatingIfNeeded: sequence)
        for (offset, word) in [timestamp, ssrc].enumerated() {
            for byte in 0..<4 {
                packet[4 + offset * 4 + byte] =
                    UInt8(truncatingIfNeeded: word >> UInt32(24 - byte * 8))
            }
        }
        for sample in 0..<HoldMusic.samplesInPacket {
            packet[12 + sample] = octets[offset + sample]
        }
        isFirst = false
        sequence &+= 1
        timestamp &+= UInt32(HoldMusic.samplesInPacket)
        offset += HoldMusic.samplesInPacket
        if offset + HoldMusic.samplesInPacket > octets.count { offset = 0 }
    }
}

/// Music for parties that wait: each beat one packet to each, out of the encoded loop.
extension MediaCore {
    /// Begins to play, or goes on where the same is played already. The stream's bridge ends: a party
    /// that hears music hears nobody.
    mutating func play(
        _ leg: MediaLegID, stream number: Int, payloadType: UInt8, _ law: G711.Law, now: Instant
    ) {
        guard let music = configuration.music, !music.octets(law).isEmpty,
            let index = legIndex[leg], let slots = legs[index]?.slots,
            slots.indices.contains(number)
        else { return }
        unbridge(index)
        let slot = slots[number]
        if let playing = playing.first(where: { $0.slot == slot }),
            playing.payloadType == payloadType, playing.law == law
        {
            return
        }
        stopMusic(on: slot)
        if playing.isEmpty { lastBeat = now }
        // Numbers that nobody can foresee come with the leg's own (RFC 3550 §5.1).
        musicCount &+= 1
        let chance = (leg.number ^ musicCount) &* 0x9E37_79B9_7F4A_7C15
        playing.append(
            MusicStream(
                slot: slot, payloadType: payloadType & 0x7F, law: law,
                ssrc: UInt32(truncatingIfNeeded: chance >> 32),
                sequence: UInt16(truncatingIfNeeded: chance >> 16),
                timestamp: UInt32(truncatingIfNeeded: chance)))
    }

    mutating func stopMusic(_ leg: MediaLegID) {
        guard let index = legIndex[leg], let slots = legs[index]?.slots else { return }
        for slot in slots { stopMusic(on: slot) }
    }

    mutating func stopMusic(on slot: Int) {
        if !playing.isEmpty { playing.removeAll { $0.slot == slot } }
    }

    /// One packet to each party that hears music. After a pause of the loop's thread the beat goes on
    /// from now: nobody wants the missed packets in one burst.
    mutating func beat<Output: MediaOutput & ~Copyable>(
        now: Instant, into output: inout Output
    ) {
        guard let music = configuration.music, !playing.isEmpty else { return }
        guard now - lastBeat >= music.interval else { return }
        let isLate = now - lastBeat >= music.interval * 5
        lastBeat = isLate ? now : lastBeat + music.interval
        var packet = [UInt8](repeating: 0, count: 12 + HoldMusic.samplesInPacket)
        for index in playing.indices {
            playing[index].write(music, into: &packet)
            let slot = playing[index].slot
            guard streams[slot].transport == .rtp, streams[slot].remoteReceives,
                let destination = streams[slot].media.destination
            else { continue }
            send(packet.span, to: destination, from: slot, into: &output)
        }
    }
}
