import Media
import Platform
import SIPStack

/// Two answered parties that come together agree anew, one after the other.
struct Rejoining: Sendable, Equatable {
    /// Who is still to be offered what the other wants; the first is being asked.
    var open: [LegNumber]
    let first: LegNumber
    let second: LegNumber
    /// Offers that met another: after so many the parties talk as they are.
    var collisions = 0
    /// The one that is asked next is not ready yet: its ACK, or an answer, is under way.
    var isWaiting = false
    /// The second has been asked once more, because the first took less.
    var isRepeated = false

    static let collisionLimit = 8

    func other(than leg: LegNumber) -> LegNumber { leg == first ? second : first }
}

/// Media of parties that a transfer brought together: each is told, by a re-INVITE, what the other
/// wants and who it is (RFC 4916), and both hear each other as soon as they can.
extension Call {
    func rejoin(_ first: LegNumber, _ second: LegNumber) {
        let now = world.time.wallTime
        if record.answeredAt == nil { record.answeredAt = now }
        for (leg, other) in [(first, second), (second, first)] {
            if let identity = legs[other]?.identity {
                feed(.order(.referral(.introduce(identity))), to: leg)
            }
            if let talking = legs[leg]?.record, talking.answeredAt == nil {
                legs[leg]?.record.answeredAt = now
            }
        }
        storeAnswer(of: [first, second])
        // A target that was rung has just been offered what the other wants; one that talked not.
        let isNew = legs[second]?.usage.isFresh ?? false
        rejoining = Rejoining(
            open: isNew ? [first] : [second, first], first: first, second: second)
        joinParties()
        advanceRejoining()
        tellExchange(.talking)
    }

    /// Sends the next offer.
    func advanceRejoining() {
        guard let open = rejoining, let number = open.open.first, let leg = legs[number],
            let other = legs[open.other(than: number)]
        else { return finishRejoining() }
        rejoining?.isWaiting = !leg.usage.isReadyForOffer
        guard leg.usage.isReadyForOffer else { return }
        let isLast = open.open.count == 1
        let proposal = other.negotiation.proposal.audible()
        do throws(NegotiationError) {
            let offer = try legs[number]?.negotiation.makeOffer(
                from: isLast ? proposal : proposal.widened(), local: leg.local)
            guard let offer else { return }
            feed(.order(.offer(.sdp(offer.encoded()))), to: number)
        } catch {
            rejoiningRefused(number, error == .offerPending ? .requestPending : .notAcceptableHere)
        }
    }

    /// Something came for a leg: perhaps it can be asked now.
    func resumeRejoining() {
        if rejoining?.isWaiting ?? false { advanceRejoining() }
    }

    /// The answer to our offer is in.
    func rejoiningAnswered(_ number: LegNumber) {
        guard rejoining?.open.first == number else { return }
        rejoining?.open.removeFirst()
        advanceRejoining()
    }

    func rejoiningRefused(_ number: LegNumber, _ status: Status) {
        guard rejoining?.open.first == number else { return }
        if status == .requestPending, (rejoining?.collisions ?? 0) < Rejoining.collisionLimit {
            rejoining?.collisions += 1
            // RFC 3261 §14.1: whoever made the Call-ID waits longer than the other.
            let chance = world.random.next() % 1_000
            let wait: Duration =
                legs[number]?.record.role == .callee
                ? .milliseconds(2_100 + Int64(chance)) : .milliseconds(Int64(chance) * 2)
            return deadlines.set(.rejoin, at: world.time.now + wait)
        }
        note("media.notAgreed", number, [("why", "\(status.code) to a transfer's offer")])
        rejoining?.open.removeFirst()
        advanceRejoining()
    }

    private func finishRejoining() {
        guard let done = rejoining else { return }
        if !done.isRepeated, let first = legs[done.first], let second = legs[done.second],
            second.negotiation.needsNewOffer(for: first.negotiation)
        {
            rejoining?.isRepeated = true
            rejoining?.open = [done.second]
            return advanceRejoining()
        }
        rejoining = nil
        joinParties()
        guard let first = legs[done.first]?.negotiation,
            let second = legs[done.second]?.negotiation, first.isAgreed, second.isAgreed,
            MediaBridge(from: first, to: second).streams.isEmpty
        else { return }
        // They share nothing that could be heard: silence for ever helps nobody.
        decide(.incompatible(done.first))
    }

    /// Joins, or parts, the media of the two that talk, as their descriptions say.
    func joinParties() {
        guard case .talking(let callee, _) = machine.state else { return }
        join(machine.caller, callee)
    }

    /// Tells the relay where a party is and what it takes.
    func describe(_ number: LegNumber) {
        guard let leg = legs[number], leg.negotiation.isAgreed else { return }
        let streams = leg.negotiation.streams(
            count: leg.local.count, signalling: leg.signalling)
        for (index, stream) in streams.enumerated() {
            surroundings.media.post(.describe(leg.mediaID, stream: index, stream))
        }
    }

    /// A party that waits hears music; false where its codec is none that we can play.
    @discardableResult
    func playMusic(to number: LegNumber) -> Bool {
        guard let leg = legs[number], let music = leg.negotiation.music else { return false }
        surroundings.media.post(.unbridge(leg.mediaID))
        surroundings.media.post(
            .play(
                leg.mediaID, stream: music.stream, payloadType: music.payloadType, music.law))
        return true
    }
}
