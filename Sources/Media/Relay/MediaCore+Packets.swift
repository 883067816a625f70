import Platform

/// The way of a packet.
extension MediaCore {
    /// Takes one datagram from a socket, and relays it.
    ///
    /// - Parameter packet: the datagram; its payload type may be rewritten in place.
    public mutating func receive<Output: MediaOutput & ~Copyable>(
        _ packet: inout MutableSpan<UInt8>, on socket: MediaSocket, from source: SocketAddress,
        now: Instant, into output: inout Output
    ) {
        let slot = Int(socket.slot)
        guard streams.indices.contains(slot), streams[slot].isOpen,
            streams[slot].generation == socket.generation
        else { return }
        // By another way than the description's come those alone who check.
        guard socket.kind != .alternate || streams[slot].isChecked else {
            streams[slot].counters.strangers &+= 1
            return
        }
        let kind = socket.kind == .rtcp ? MediaSocket.Kind.rtcp : .rtp
        if streams[slot].isChecked, kind == .rtp, DatagramKind(packet.span) == .stun {
            return receiveCheck(packet.span, slot, from: source, now: now, into: &output)
        }
        if streams[slot].isSealed {
            return receiveSealed(
                packet.span, slot, kind, from: source, now: now, into: &output)
        }
        receiveClear(&packet, slot, kind, from: source, now: now, into: &output)
    }

    /// Takes a packet that is not encrypted, or not any more.
    @inline(__always)
    mutating func receiveClear<Output: MediaOutput & ~Copyable>(
        _ packet: inout MutableSpan<UInt8>, _ slot: Int, _ kind: MediaSocket.Kind,
        from source: SocketAddress, now: Instant, into output: inout Output
    ) {
        switch streams[slot].transport {
        case .none:
            streams[slot].counters.strangers &+= 1
        case .udptl:
            if kind == .rtp {
                receiveFax(packet.span, slot, from: source, now: now, into: &output)
            } else {
                streams[slot].counters.malformed &+= 1
            }
        case .rtp:
            if kind == .rtp && !RTCPHeader.isControl(packet.span) {
                receiveMedia(&packet, slot, from: source, now: now, into: &output)
            } else {
                receiveControl(packet.span, slot, kind, from: source, now: now, into: &output)
            }
        }
    }

    private mutating func receiveMedia<Output: MediaOutput & ~Copyable>(
        _ packet: inout MutableSpan<UInt8>, _ slot: Int, from source: SocketAddress, now: Instant,
        into output: inout Output
    ) {
        guard let header = RTPHeader(packet.span) else {
            return countUnusable(slot, from: source)
        }
        guard
            admit(
                packet.count, slot, from: source, ssrc: header.ssrc, now: now, into: &output)
        else { return }
        streams[slot].reception.receive(header.sequenceNumber, ssrc: header.ssrc)
        if header.payloadType == streams[slot].arrival.payloadType {
            streams[slot].arrival.note(header.timestamp, now: now)
        } else {
            noteOtherType(header, slot)
        }
        if streams[slot].isEvent(header.payloadType) {
            receiveEvent(packet.span, header, slot, now: now, into: &output)
        }
        let partner = streams[slot].partner
        let sentType = payloadTypes[slot &* 128 &+ Int(header.payloadType)]
        if streams[slot].isTapped, sentType != Self.spoken, streams[slot].remoteSends {
            sounds[slot].hear(packet.span, header, now: now)
        }
        if sentType == Self.spoken {
            return hear(packet.span, header, slot, now: now, into: &output)
        }
        guard partner >= 0, sentType != Self.dropped, streams[slot].remoteSends,
            streams[partner].transport == .rtp, streams[partner].remoteReceives,
            let destination = streams[partner].media.destination
        else {
            streams[slot].counters.unrelayed &+= 1
            return
        }
        packet[1] = packet[1] & 0x80 | sentType
        send(packet.span, to: destination, from: partner, into: &output)
    }

    /// A packet whose clock is not the one that is measured by: events, noise, another codec that was
    /// agreed on, which is measured from here on, or one that was not.
    @inline(never)
    private mutating func noteOtherType(_ header: RTPHeader, _ slot: Int) {
        let type = header.payloadType
        let sound = details[slot].description
        guard !sound.received.isEmpty, !streams[slot].isEvent(type), sound.noiseType != type
        else { return }
        if let format = sound.received.first(where: { $0.payloadType == type }) {
            streams[slot].arrival.begin(payloadType: type, clockRate: format.kind.clockRate)
        } else if payloadTypes[slot * 128 + Int(type)] == Self.dropped {
            details[slot].strangeCount &+= 1
            details[slot].strangeType = type
        }
    }

    private mutating func receiveFax<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ slot: Int, from source: SocketAddress, now: Instant,
        into output: inout Output
    ) {
        // RTP of the audio before it may still be under way: it has not the parts of UDPTL.
        guard UDPTLPacket(packet) != nil else {
            return countUnusable(slot, from: source)
        }
        guard admit(packet.count, slot, from: source, now: now, into: &output) else { return }
        if let line = sounds[slot].fax, line.isImage {
            line.heard.write(packet)
            return
        }
        let partner = streams[slot].partner
        guard partner >= 0, streams[partner].transport == .udptl,
            let destination = streams[partner].media.destination
        else {
            streams[slot].counters.unrelayed &+= 1
            return
        }
        send(packet, to: destination, from: partner, into: &output)
    }

    /// Judges the source of a well-formed packet, counts it, and tells of latch and first packet.
    @inline(__always)
    private mutating func admit<Output: MediaOutput & ~Copyable>(
        _ length: Int, _ slot: Int, from source: SocketAddress, ssrc: UInt32? = nil,
        now: Instant, into output: inout Output
    ) -> Bool {
        if !streams[slot].media.isLatched(to: source) {
            guard
                admitUnlatched(slot, from: source, into: &output)
                    || follow(ssrc, slot, to: source, now: now, into: &output)
            else {
                streams[slot].counters.strangers &+= 1
                return false
            }
        }
        streams[slot].counters.packetsReceived &+= 1
        streams[slot].counters.bytesReceived &+= UInt64(length)
        if streams[slot].hasReceived, streams[slot].remoteSends {
            streams[slot].longestGap = max(
                streams[slot].longestGap, now - streams[slot].lastArrival)
        }
        streams[slot].lastArrival = now
        if streams[slot].isReportedSilent { noteHeard(slot, into: &output) }
        if !streams[slot].hasReceived { noteFirstPacket(slot, into: &output) }
        return true
    }

    /// The same for what does not come from the latched source; false for strangers.
    @inline(never)
    private mutating func admitUnlatched<Output: MediaOutput & ~Copyable>(
        _ slot: Int, from source: SocketAddress, into output: inout Output
    ) -> Bool {
        if let ice = details[slot].ice { return ice.isProved(source) }
        switch streams[slot].media.receive(from: source, trusted: details[slot].trusted) {
        case .stranger: return false
        case .accepted: return true
        case .latched:
            report(slot, into: &output) { .latched($0, stream: $1, source) }
            return true
        }
    }

    /// How long the latched source is silent before its SSRC may go on from another port.
    private static var silenceBeforeMove: Duration { .milliseconds(500) }

    /// A NAT box that restarts gives the phone behind it another port, in the midst of a call. The
    /// same SSRC at the same address is the same phone; others behind that box have their own.
    @inline(never)
    private mutating func follow<Output: MediaOutput & ~Copyable>(
        _ ssrc: UInt32?, _ slot: Int, to source: SocketAddress, now: Instant,
        into output: inout Output
    ) -> Bool {
        guard let ssrc, !streams[slot].isChecked, streams[slot].reception.isCounting(ssrc),
            now - streams[slot].lastArrival >= Self.silenceBeforeMove,
            streams[slot].media.follow(to: source)
        else { return false }
        report(slot, into: &output) { .latched($0, stream: $1, source) }
        return true
    }

    @inline(never)
    private mutating func noteHeard<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        streams[slot].isReportedSilent = false
        report(slot, into: &output) { .heard($0, stream: $1) }
    }

    @inline(never)
    private mutating func noteFirstPacket<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output
    ) {
        streams[slot].hasReceived = true
        report(slot, into: &output) { .firstPacket($0, stream: $1) }
    }

    /// Sends an RTP packet to the party of a stream: encrypted where that was agreed.
    @inline(__always)
    mutating func send<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, to destination: SocketAddress, from slot: Int,
        into output: inout Output
    ) {
        if streams[slot].isSealed {
            return sendSealed(packet, to: destination, from: slot, into: &output)
        }
        sendClear(packet, to: destination, from: slot, into: &output)
    }

    @inline(__always)
    mutating func sendClear<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, to destination: SocketAddress, from slot: Int,
        into output: inout Output
    ) {
        let socket = MediaSocket(
            slot: UInt32(truncatingIfNeeded: slot), generation: streams[slot].generation,
            kind: .rtp)
        if output.send(packet, on: socket, to: destination) {
            streams[slot].counters.packetsSent &+= 1
            streams[slot].counters.bytesSent &+= UInt64(packet.count)
        } else {
            streams[slot].counters.sendFailures &+= 1
        }
    }

    @inline(never)
    private mutating func countUnusable(
        _ slot: Int, _ kind: MediaSocket.Kind = .rtp, from source: SocketAddress
    ) {
        let latched = kind == .rtp ? streams[slot].media.source : streams[slot].control.source
        if latched == source {
            streams[slot].counters.malformed &+= 1
        } else {
            streams[slot].counters.strangers &+= 1
        }
    }

    private mutating func receiveControl<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ slot: Int, _ kind: MediaSocket.Kind, from source: SocketAddress,
        now: Instant, into output: inout Output
    ) {
        let isMuxed = kind == .rtp
        guard !isMuxed || streams[slot].isMuxed, RTCPHeader(packet) != nil else {
            return countUnusable(slot, kind, from: source)
        }
        guard admitControl(slot, isMuxed: isMuxed, from: source, into: &output) else {
            streams[slot].counters.strangers &+= 1
            return
        }
        streams[slot].counters.controlReceived &+= 1
        // A phone that sends no RTP in pauses of speech still reports: it is there.
        streams[slot].lastArrival = now
        if takeReports(packet, slot, now: now) { return }
        let partner = streams[slot].partner
        guard partner >= 0, streams[partner].transport == .rtp else {
            streams[slot].counters.unrelayed &+= 1
            return
        }
        let goesMuxed = streams[partner].isMuxed
        let way =
            goesMuxed ? streams[partner].media.destination : streams[partner].control.destination
        guard let destination = way else {
            streams[slot].counters.unrelayed &+= 1
            return
        }
        sendControl(
            packet, to: destination, from: partner, goesMuxed ? .rtp : .rtcp, into: &output)
    }

    /// RTCP latches on its own socket; where RTP has latched, that address may send RTCP too.
    private mutating func admitControl<Output: MediaOutput & ~Copyable>(
        _ slot: Int, isMuxed: Bool, from source: SocketAddress, into output: inout Output
    ) -> Bool {
        if isMuxed {
            return streams[slot].media.isLatched(to: source)
                || admitUnlatched(slot, from: source, into: &output)
        }
        var trusted = details[slot].trusted
        if let media = streams[slot].media.source { trusted.append(media.address) }
        return streams[slot].control.receive(from: source, trusted: trusted) != .stranger
    }

    private mutating func receiveEvent<Output: MediaOutput & ~Copyable>(
        _ packet: Span<UInt8>, _ header: RTPHeader, _ slot: Int, now: Instant,
        into output: inout Output
    ) {
        guard streams[slot].remoteSends,
            let event = TelephoneEventPacket(packet, header: header)
        else { return }
        let format = details[slot].events.first { $0.payloadType == header.payloadType }
        let wasPressed = details[slot].detector.isPressed
        var told: [TelephoneEvent] = []
        details[slot].detector.receive(event, clockRate: format?.clockRate ?? 8_000, now: now) {
            told.append($0)
        }
        let isPressed = details[slot].detector.isPressed
        if isPressed != wasPressed { pressedCount += isPressed ? 1 : -1 }
        for digit in told where details[slot].admitsDigit(now: now) {
            report(slot, into: &output) { leg, _ in .digit(leg, digit) }
        }
    }

    mutating func flushDigits<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        var told: TelephoneEvent?
        details[slot].detector.flush(now: now) { told = $0 }
        guard let told else { return }
        pressedCount -= 1
        guard details[slot].admitsDigit(now: now) else { return }
        report(slot, into: &output) { leg, _ in .digit(leg, told) }
    }
}
