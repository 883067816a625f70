import Platform

/// Decides whose packets count on one socket, and where ours go: symmetric RTP with a guard.
///
/// ```
///  open ──trusted packet──▶ latched ──described anew──▶ provisional ──packet──▶ latched
/// ```
/// Before the first latch any port of a trusted address (SDP's, signalling's) may latch; the first
/// packet does. Latched: that one address and port alone. A new description re-arms: the former
/// source still counts if its address is still trusted, and so does any port of a trusted address;
/// the first packet latches again. A latched source that fell silent, and whose SSRC goes on from
/// another port of its address, is followed there. Where the description moved to another address,
/// packets of the former source are taken but do not latch: they may have been under way.
struct Latch: Equatable, Sendable {
    /// What to do with a packet.
    enum Verdict: Equatable, Sendable {
        case accepted
        /// Accepted, and from now on the only source.
        case latched
        case stranger
    }

    private enum State: Equatable, Sendable {
        case open
        case provisional(former: SocketAddress, hasMoved: Bool)
        case latched(SocketAddress)
    }

    private var state = State.open
    /// The address that SDP named.
    private(set) var described: SocketAddress?

    /// Where packets to the remote party go; nil where nothing is known of it.
    private(set) var destination: SocketAddress?

    /// The one source, once latched.
    var source: SocketAddress? {
        if case .latched(let source) = state { source } else { nil }
    }

    /// Takes a new description and re-arms.
    mutating func describe(_ address: SocketAddress?, trusted: [IPAddress]) {
        let hasMoved = address != nil && address != described
        described = address ?? described
        switch state {
        case .open:
            destination = described
        case .provisional(let former, _), .latched(let former):
            guard trusted.contains(former.address) else {
                state = .open
                destination = described
                return
            }
            let isElsewhere = hasMoved && address != former
            state = .provisional(former: former, hasMoved: isElsewhere)
            destination = isElsewhere ? address : former
        }
    }

    /// Somebody else decides (ICE): that source alone, or nobody.
    mutating func settle(on source: SocketAddress?) {
        described = nil
        destination = source
        state = source.map { .latched($0) } ?? .open
    }

    /// True for packets of the one source: nearly all, without a look at the trusted addresses.
    @inline(__always)
    func isLatched(to source: SocketAddress) -> Bool {
        if case .latched(let only) = state { return only == source }
        return false
    }

    /// Takes the same speaker's packets from another port of the address that it is latched to: a
    /// NAT box has forgotten its binding. False where the address is another.
    mutating func follow(to source: SocketAddress) -> Bool {
        guard case .latched(let former) = state, former.address == source.address else {
            return false
        }
        state = .latched(source)
        destination = source
        return true
    }

    /// Whether a packet from there might count at all, whatever is in it.
    func mayAdmit(_ source: SocketAddress, trusted: [IPAddress]) -> Bool {
        switch state {
        case .latched(let only): only.address == source.address
        case .provisional(let former, _): former == source || trusted.contains(source.address)
        case .open: trusted.contains(source.address)
        }
    }

    /// Judges a packet's source.
    mutating func receive(from source: SocketAddress, trusted: [IPAddress]) -> Verdict {
        if case .latched(let only) = state { return only == source ? .accepted : .stranger }
        if case .provisional(let former, let hasMoved) = state, former == source {
            if hasMoved { return .accepted }
            state = .latched(source)
            destination = source
            return .accepted
        }
        guard trusted.contains(source.address) else { return .stranger }
        state = .latched(source)
        destination = source
        return .latched
    }
}
