import Platform
import Wire

/// Streams whose party finds its way to us by checks (ICE, RFC 8445): they, and no packet, say where it
/// is.
extension MediaCore {
    /// Takes what a description says of where the party is.
    mutating func takePlaces(of description: StreamDescription, _ slot: Int) {
        guard let terms = description.ice else {
            if streams[slot].isChecked {
                streams[slot].isChecked = false
                details[slot].ice = nil
                streams[slot].media = Latch()
                streams[slot].control = Latch()
            }
            return latchAnew(description, slot)
        }
        details[slot].trusted = []
        streams[slot].isChecked = true
        if details[slot].ice == nil { details[slot].ice = ICEAgent(terms) }
        details[slot].ice?.take(terms)
        streams[slot].media.settle(on: details[slot].ice?.destination)
        // RTCP shares RTP's port.
        streams[slot].control = Latch()
    }

    /// A STUN message on the port of a stream whose party checks.
    @inline(never)
    mutating func receiveCheck<Output: MediaOutput & ~Copyable>(
        _ datagram: Span<UInt8>, _ slot: Int, from source: SocketAddress, now: Instant,
        into output: inout Output
    ) {
        let room = sealedRoom
        guard datagram.count <= Self.checkLimit, let check = STUNCheck(datagram),
            room.fill(datagram)
        else {
            streams[slot].counters.malformed &+= 1
            return
        }
        switch details[slot].ice?.receive(check, in: room, from: source, now: now) {
        case nil, .refused:
            streams[slot].counters.checksRefused &+= 1
        case .answered(let count):
            answerCheck(count, slot, to: source, into: &output)
        case .chosen(let count):
            answerCheck(count, slot, to: source, into: &output)
            streams[slot].media.settle(on: source)
            report(slot, into: &output) { .latched($0, stream: $1, source) }
        }
    }

    /// A check with the longest username is below 700 bytes.
    private static var checkLimit: Int { 1_280 }

    private func answerCheck<Output: MediaOutput & ~Copyable>(
        _ count: Int, _ slot: Int, to source: SocketAddress, into output: inout Output
    ) {
        let socket = MediaSocket(
            slot: UInt32(truncatingIfNeeded: slot), generation: streams[slot].generation,
            kind: .rtp)
        _ = output.send(
            UnsafeBufferPointer(sealedRoom.prefix(count)).span, on: socket, to: source)
    }

    /// Who makes no checks any more has gone, or wants nothing: nothing more is sent there.
    mutating func endConsent<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        guard details[slot].ice?.endsConsent(now: now) == true else { return }
        streams[slot].media.settle(on: nil)
        report(slot, into: &output) { .consentEnded($0, stream: $1) }
    }
}
