import Platform

/// Handshakes for keys (DTLS-SRTP, RFC 5764): made elsewhere, on this stream's RTP socket.
extension MediaCore {
    /// Datagrams of one handshake that are looked at; one with losses takes some 30.
    private static var handshakeLimit: Int { 256 }

    /// Takes what a description says of keys.
    mutating func takeSecurity<Output: MediaOutput & ~Copyable>(
        of description: StreamDescription, _ slot: Int, into output: inout Output
    ) {
        streams[slot].isSealed = description.keys != nil || description.handshake != nil
        guard let terms = description.handshake else {
            endHandshake(slot, into: &output)
            return details[slot].security.take(description.keys)
        }
        guard details[slot].security.begin(terms), let leg = legs[streams[slot].leg] else { return }
        details[slot].handshakeCount = 0
        output.handshake(.begin(leg.number, stream: streams[slot].number, terms))
    }

    mutating func endHandshake<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        guard details[slot].security.endHandshake(), let leg = legs[streams[slot].leg] else {
            return
        }
        output.handshake(.end(leg.number, stream: streams[slot].number))
    }

    /// A datagram of the handshake, from where media may come.
    mutating func passHandshake<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ slot: Int, from source: SocketAddress, into output: inout Output
    ) {
        details[slot].handshakeCount += 1
        guard details[slot].handshakeCount <= Self.handshakeLimit,
            let leg = legs[streams[slot].leg]
        else { return }
        details[slot].handshakeSource = source
        output.handshake(
            .datagram(
                leg.number, stream: streams[slot].number,
                packet.withUnsafeBufferPointer { Array($0) }))
    }

    /// Sends a datagram of the handshake: back to where the party's came from, else to where its
    /// description says.
    mutating func transmit<Output: MediaOutput & ~Copyable>(
        _ bytes: [UInt8], of leg: MediaLegID, _ number: Int, into output: inout Output
    ) {
        guard let slot = slot(of: leg, number), details[slot].security.terms != nil,
            let destination = handshakeDestination(slot)
        else { return }
        let socket = MediaSocket(
            slot: UInt32(truncatingIfNeeded: slot), generation: streams[slot].generation,
            kind: .rtp)
        _ = output.send(bytes.span, on: socket, to: destination)
    }

    private func handshakeDestination(_ slot: Int) -> SocketAddress? {
        let source = details[slot].handshakeSource, chosen = streams[slot].media.destination
        // A party that checks may have moved since.
        return streams[slot].isChecked ? chosen ?? source : source ?? chosen
    }

    /// The handshake is over. One that another description has overtaken is not waited for.
    mutating func secure<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, _ number: Int, _ terms: HandshakeTerms, _ keys: SRTPKeyPair?,
        into output: inout Output
    ) {
        guard let slot = slot(of: leg, number), details[slot].security.terms == terms else {
            return
        }
        details[slot].security.take(keys)
        report(slot, into: &output) { .secured($0, stream: $1, keys?.sent.suite) }
    }

    private func slot(of leg: MediaLegID, _ number: Int) -> Int? {
        guard let index = legIndex[leg], let slots = legs[index]?.slots,
            slots.indices.contains(number)
        else { return nil }
        return slots[number]
    }
}
