import Platform

/// Why a description cannot be used; the SIP status that fits stands with each case.
public enum NegotiationError: Error, Equatable, Sendable {
    /// An offer of ours or theirs is still unanswered (491, RFC 3261 §14.2).
    case offerPending
    /// No offer waits for this answer (our fault, or a stray answer: ignore it).
    case noOfferPending
    /// No m-line can be relayed (488); `onlySecure` where SRTP alone was offered.
    case nothingAcceptable(onlySecure: Bool)
    /// Every m-line is in the clear, which the policy forbids (488).
    case encryptionRequired
    /// The other leg's streams hold no codec that this leg offered or may be offered (488).
    case nothingInCommon
    /// More m-lines than the offer had (RFC 3264 §6): the call cannot stand.
    case malformedAnswer
}

/// Offer/answer (RFC 3264) on one dialog of a B2BUA that relays what two legs share, and transcodes
/// where they share nothing and the policy lets it: one value per dialog. Pure: no sockets, no SIP.
/// What crosses between two legs is a ``MediaProposal``.
///
/// In the recipes `a` and `b` are the negotiations of the caller's and a callee's dialog,
/// `localA` and `localB` the streams that `MediaEvent.opened` reported for their media legs.
///
/// **INVITE with an offer, several callees.** Open A's media leg and one media leg per INVITE that
/// goes out, all with one `callKey`.
/// ```
/// let wanted = try a.receiveOffer(offer)             // error: refuse A with 488
/// let offerB = try b1.makeOffer(from: wanted, local: localB1)     // per callee; error: skip it
/// // 180, 183 or 200 with a description (not with each: 180 often has none):
/// let given = try b1.receiveAnswer(answer)           // again with the 200: the last one counts
/// let answerA = try a.makeAnswer(from: given, local: localA)      // into A's 183 or 200
/// media.post(.describe(legA, stream: n, a.streams(count: localA.count, signalling: ipA)[n])) …
/// media.post(.describe(legB1, stream: n, b1.streams(count: …, signalling: ipB1)[n])) …
/// media.post(.bridge(legA, legB1, MediaBridge(from: a, to: b1)))
/// ```
/// `makeAnswer` may be repeated while the INVITE is open: when another callee than the one whose
/// early media A heard answers, make A's answer anew from that callee's proposal, describe and
/// bridge again (a bridge replaces the former one). Where the two answers differ
/// (`a.lastDescription`), send the second under another To tag: within one dialog a phone may
/// ignore a changed answer. A callee that loses needs only `.close(leg)`. If one INVITE of ours
/// comes back with several To tags (forked downstream), copy the value per tag: `var fork = b1` as it
/// was after `makeOffer`; its media leg is shared, so describe and bridge with the fork whose media
/// counts.
///
/// If `given.streams` is empty the callee refused all media: end that dialog.
///
/// **Re-INVITE from either side** (hold, resume, codec change, T.38, UPDATE): the same four steps
/// with the roles as they are: `x.receiveOffer`, `y.makeOffer`, `y.receiveAnswer`, `x.makeAnswer`,
/// then describe both legs and bridge. If the other side rejects, times out, or an error is thrown
/// on the way: `x.abandonOffer()`, `y.abandonOffer()`, and the final status goes to x; the relay
/// was not touched, so media goes on as it was. `receiveOffer` throwing `.offerPending` is 491.
/// Holding needs nothing special: directions (and RFC 2543's `0.0.0.0`) cross with the proposal.
///
/// **INVITE without an offer.** Ring B with everything, offer A what B took:
/// ```
/// let offerB = try b.makeOffer(from: .supported(by: b.policy), local: localB)
/// let given = try b.receiveAnswer(answer)            // in B's 200 (or 183)
/// let offerA = try a.makeOffer(from: given, local: localA)        // into the 200 to A
/// _ = try a.receiveAnswer(answerInACK)               // no description or error: BYE both
/// ```
/// then describe and bridge. Where `b.needsNewOffer(for: a)`, A took less than B may send: send B a
/// re-INVITE with `b.makeOffer(from: a.proposal, …)`; its answer ends there.
///
/// **Re-INVITE without an offer from x.** Answer 200 with `x.makeOffer(from: y.proposal, …)`; the ACK
/// brings `x.receiveAnswer`; where `y.needsNewOffer(for: x)`, re-INVITE y with
/// `y.makeOffer(from: x.proposal, …)`, then describe both and bridge.
///
/// **A refresh that changes nothing** may be answered at once with `makeAnswer(from: y.proposal, …)`.
///
/// **Other parties later** (transfer, pickup): re-INVITE each leg with the other's `proposal`.
public struct MediaNegotiation: Equatable, Sendable {
    /// Where the offer/answer exchange stands. The last exchange is kept after its answer, because
    /// answers may be repeated until the next offer (18x and 2xx of one INVITE).
    enum Exchange: Equatable, Sendable {
        case none
        case received([NegotiatedLine], isAnswered: Bool)
        case sent([NegotiatedLine], isAnswered: Bool)
    }

    public let policy: CodecPolicy
    let identifier: UInt64
    var version: UInt64
    /// The last description we made, whether or not it was accepted; nil before the first.
    public internal(set) var lastDescription: SessionDescription?
    /// What both sides agreed on last.
    var lines: [NegotiatedLine] = []
    var exchange: Exchange = .none
    /// Every payload type number that our descriptions have used in this dialog, and for what:
    /// never given to another codec (RFC 3264 §8.3.2). At most 128, one per number.
    var bindings: [PayloadFormat] = []
    var keyMaker = KeyMaker()

    /// - Parameter identifier: the session identifier of our `o=` lines, drawn at random.
    public init(policy: CodecPolicy = .standard, identifier: UInt64) {
        self.policy = policy
        // RFC 3264 §5: must fit a 63-bit number.
        self.identifier = identifier & 0x7FFF_FFFF_FFFF_FFFF
        version = 1
    }

    /// Its party tells keys by events (RFC 4733); else they may be heard in its sound.
    public var hasTelephoneEvents: Bool {
        lines.contains { $0.stream != nil && $0.formats.contains(where: \.codec.isTelephoneEvent) }
    }

    /// True while an offer, ours or theirs, waits for its answer.
    public var isOfferPending: Bool {
        switch exchange {
        case .received(_, isAnswered: false), .sent(_, isAnswered: false): true
        case .none, .received, .sent: false
        }
    }

    /// True once an offer was answered: there is something to describe and to bridge.
    public var isAgreed: Bool { lines.contains { $0.stream != nil } }

    /// True where a fax was agreed on (T.38).
    public var isImage: Bool { lines.contains { $0.stream != nil && $0.kind == .image } }

    /// True where anything is encrypted.
    public var isEncrypted: Bool {
        lines.contains { $0.stream != nil && ($0.keys != nil || $0.handshake != nil) }
    }

    /// What the remote party agreed to and would do: for offers to another leg.
    public var proposal: MediaProposal {
        MediaProposal(streams: lines.compactMap { $0.proposed(direction: $0.willingDirection) })
    }

    /// The same before its first offer, for a party that takes offence at more: G.711 alone, as
    /// encrypted as before. A refusal shall not talk us out of keys.
    public var plain: MediaNegotiation {
        var policy = policy
        policy.audio = [.pcma, .pcmu]
        policy.allowsFax = false
        policy.allowsTranscoding = true
        policy.asksVoiceReports = false
        var plain = MediaNegotiation(policy: policy, identifier: identifier)
        plain.keyMaker = keyMaker
        return plain
    }

    /// Drops an unanswered offer, theirs (before the rejecting response) or ours (when it was
    /// rejected or timed out): everything agreed before stands. No-op where none is pending.
    public mutating func abandonOffer() {
        if isOfferPending { exchange = .none }
    }

    /// What the relay must know, one entry per stream of the leg.
    ///
    /// - Parameters:
    ///   - count: how many streams the media leg was opened with.
    ///   - signalling: the source address of the leg's signalling: media may come from there too.
    public func streams(count: Int, signalling: IPAddress?) -> [StreamDescription] {
        (0..<count).map { number in
            guard let line = lines.first(where: { $0.stream == number }) else {
                return StreamDescription()
            }
            var trusted: [IPAddress] = []
            let candidates = [line.remoteRTP?.address, line.remoteRTCP?.address, signalling]
            for case let address? in candidates where !trusted.contains(address) {
                trusted.append(address)
            }
            let isFax = line.kind == .image, ice = isFax ? nil : line.ice
            if ice != nil { trusted = [] }
            return StreamDescription(
                transport: isFax ? .udptl : .rtp, remoteRTP: ice == nil ? line.remoteRTP : nil,
                remoteRTCP: isFax || ice != nil ? nil : line.remoteRTCP, trustedSources: trusted,
                isMuxed: line.isMuxed,
                remoteReceives: line.remoteDirection.receives && line.localDirection.sends,
                remoteSends: line.remoteDirection.sends && line.localDirection.receives,
                telephoneEvents: line.formats.filter(\.codec.isTelephoneEvent).map {
                    TelephoneEventFormat(
                        payloadType: $0.localType, clockRate: $0.codec.clockRate)
                },
                sound: isFax || !policy.allowsTranscoding ? .none : line.sound,
                keys: isFax ? nil : line.keys, handshake: isFax ? nil : line.handshake,
                ice: ice, wantsVoiceReports: line.remoteAsksVoiceReports)
        }
    }

    /// True where what this leg was told last no longer fits what the other wants: a stream or its
    /// direction differs, or this leg prefers a codec that the other does not take.
    public func needsNewOffer(for other: MediaNegotiation) -> Bool {
        let theirs = other.lines.filter { $0.stream != nil }
        guard theirs.count == lines.count(where: { $0.stream != nil }) else { return true }
        return theirs.contains { their in
            guard let mine = lines.first(where: { $0.stream == their.stream }),
                mine.kind == their.kind
            else { return true }
            let possible = mine.willingDirection.reversed
            if mine.localDirection.intersection(possible)
                != their.willingDirection.intersection(possible)
            {
                return true
            }
            guard let preferred = mine.formats.first(where: \.codec.isSound),
                !(isSpoken(mine) && other.isSpoken(their))
            else { return false }
            return !their.formats.contains { $0.remote.isInterchangeable(with: preferred.remote) }
        }
    }
}

extension MediaNegotiation {
    /// True where the relay passes telephone events between these two: a digit that it reports
    /// needs no INFO then. Where false, send INFO, or the key is lost to the other party.
    public func sharesTelephoneEvents(with other: MediaNegotiation) -> Bool {
        lines.contains { mine in
            guard mine.stream != nil,
                let their = other.lines.first(where: { $0.stream == mine.stream })
            else { return false }
            if !mine.sharesSound(with: their) {
                return isSpoken(mine) && other.isSpoken(their)
                    && mine.formats.contains(where: \.codec.isTelephoneEvent)
                    && their.formats.contains(where: \.codec.isTelephoneEvent)
            }
            return mine.formats.contains { format in
                format.codec.isTelephoneEvent
                    && their.formats.contains { $0.codec == format.codec }
            }
        }
    }
}

extension MediaBridge {
    /// The bridge between two legs that have both agreed: every codec that they share, under the
    /// number each calls it by; telephone events by clock rate.
    public init(from first: MediaNegotiation, to second: MediaNegotiation) {
        streams = []
        for line in first.lines {
            guard let number = line.stream,
                let other = second.lines.first(where: { $0.stream == number }),
                other.kind == line.kind
            else { continue }
            if first.isSpoken(line), second.isSpoken(other), !line.sharesSound(with: other) {
                // Nothing is relayed as it is, not even events: their clocks may differ.
                streams.append(
                    Stream(number: number, forward: PayloadMap(), backward: PayloadMap()))
                continue
            }
            streams.append(
                Stream(
                    number: number, forward: PayloadMap(from: line, to: other),
                    backward: PayloadMap(from: other, to: line)))
        }
        streams.sort { $0.number < $1.number }
    }
}

extension PayloadMap {
    init(from one: NegotiatedLine, to other: NegotiatedLine) {
        pairs = []
        for format in one.formats {
            guard
                let match = other.formats.first(where: {
                    $0.remote.isInterchangeable(with: format.remote)
                })
            else { continue }
            pairs.append(Pair(received: format.localType, sent: match.remoteType))
        }
        // Some phones send under the number they wrote themselves instead of ours.
        for format in one.formats where format.remoteType != format.localType {
            guard !pairs.contains(where: { $0.received == format.remoteType }),
                let pair = pairs.first(where: { $0.received == format.localType })
            else { continue }
            pairs.append(Pair(received: format.remoteType, sent: pair.sent))
        }
    }
}
