import Platform

/// Streams whose packets are encrypted (SRTP): opened before anything is made of them, sealed last.
extension MediaCore {
    /// Takes a packet of a stream that has keys. Only what was proved latches, counts or is relayed.
    @inline(never)
    mutating func receiveSealed<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ slot: Int, _ kind: MediaSocket.Kind, from source: SocketAddress,
        now: Instant, into output: inout Output
    ) {
        guard mayCome(from: source, slot, kind) else {
            streams[slot].counters.strangers &+= 1
            return
        }
        if details[slot].security.terms != nil {
            // The handshake is of RTP's port alone: RTCP shares it, or has no keys.
            guard kind == .rtp else {
                streams[slot].counters.unauthentic &+= 1
                return
            }
            if DatagramKind(packet) == .handshake {
                return passHandshake(packet, slot, from: source, into: &output)
            }
        }
        let isControl = kind == .rtcp || RTCPHeader.isControl(packet)
        let room = openedRoom
        switch open(packet, slot, isControl: isControl, in: room) {
        case .opened(let count):
            var clear = room.prefix(count).mutableSpan
            receiveClear(&clear, slot, kind, from: source, now: now, into: &output)
        case .replayed:
            streams[slot].counters.replayed &+= 1
        case .unauthentic:
            streams[slot].counters.unauthentic &+= 1
        }
    }

    /// By the key that is agreed on, or the one before. What is not counted is not copied: the stream's
    /// security has a handful of parts.
    private func open(
        _ packet: Span<UInt8>, _ slot: Int, isControl: Bool, in room: PacketRoom
    ) -> PacketOpener.Outcome {
        guard let opener = details[slot].security.opener, room.fill(packet) else {
            return .unauthentic
        }
        let outcome = opener.open(packet.count, isControl: isControl, in: room)
        guard outcome == .unauthentic, let former = details[slot].security.former,
            room.fill(packet)
        else { return outcome }
        return former.open(packet.count, isControl: isControl, in: room)
    }

    /// Strangers cost no more than a look.
    private func mayCome(
        from source: SocketAddress, _ slot: Int, _ kind: MediaSocket.Kind
    ) -> Bool {
        if streams[slot].isChecked {
            return kind == .rtp
                && (streams[slot].media.isLatched(to: source)
                    || details[slot].ice?.isProved(source) == true)
        }
        if kind == .rtp, streams[slot].media.isLatched(to: source) { return true }
        let trusted = details[slot].trusted
        if kind == .rtp { return streams[slot].media.mayAdmit(source, trusted: trusted) }
        return streams[slot].control.mayAdmit(source, trusted: trusted)
            || streams[slot].media.source?.address == source.address
    }

    /// Sends an RTP packet to the party of a stream that has keys.
    @inline(never)
    mutating func sendSealed<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, to destination: SocketAddress, from slot: Int,
        into output: inout Output
    ) {
        let room = sealedRoom
        guard room.fill(packet),
            let count = details[slot].security.sealer?.seal(packet.count, in: room)
        else {
            streams[slot].counters.sendFailures &+= 1
            return
        }
        sendClear(
            UnsafeBufferPointer(room.prefix(count)).span, to: destination, from: slot,
            into: &output)
    }

    /// Sends RTCP to the party of a stream, on one of its sockets.
    mutating func sendControl<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, to destination: SocketAddress, from slot: Int,
        _ kind: MediaSocket.Kind, into output: inout Output
    ) {
        let socket = MediaSocket(
            slot: UInt32(truncatingIfNeeded: slot), generation: streams[slot].generation,
            kind: kind)
        var isSent = false
        if streams[slot].isSealed {
            let room = sealedRoom
            if room.fill(packet),
                let count = details[slot].security.sealer?.sealControl(packet.count, in: room)
            {
                isSent = output.send(
                    UnsafeBufferPointer(room.prefix(count)).span, on: socket, to: destination)
            }
        } else {
            isSent = output.send(packet, on: socket, to: destination)
        }
        if isSent {
            streams[slot].counters.controlSent &+= 1
        } else {
            streams[slot].counters.sendFailures &+= 1
        }
    }
}

/// What a stream is encrypted with, both ways. Indices and replay windows last as long as the keys.
struct StreamSecurity: Sendable {
    private var keys: SRTPKeyPair?
    /// Of the handshake that the keys come of.
    private(set) var terms: HandshakeTerms?
    private(set) var sealer: PacketSealer?
    private(set) var opener: PacketOpener?
    /// Packets under the key before may still be under way; it ends with the next one.
    private(set) var former: PacketOpener?

    /// Awaits a handshake; false where that very one is under way, or was.
    mutating func begin(_ terms: HandshakeTerms) -> Bool {
        guard terms != self.terms else { return false }
        take(nil)
        self.terms = terms
        return true
    }

    /// Forgets a handshake and what came of it; false where there was none.
    mutating func endHandshake() -> Bool {
        guard terms != nil else { return false }
        take(nil)
        terms = nil
        return true
    }

    /// Takes the keys of a description; where they are the same, everything goes on.
    mutating func take(_ keys: SRTPKeyPair?) {
        guard keys != self.keys else { return }
        if keys?.sent != self.keys?.sent { sealer = keys.map { PacketSealer($0.sent) } }
        if keys?.received != self.keys?.received {
            former = keys == nil ? nil : opener
            opener = keys.map { PacketOpener($0.received) }
        }
        self.keys = keys
    }
}
