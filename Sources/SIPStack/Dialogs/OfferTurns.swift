/// When an offer of our own may go: one at a time, and after a glare only when its time has come
/// (RFC 3261 §14.1).
struct OfferTurns: Sendable, Equatable {
    /// We made the Call-ID: of two that collide, its owner waits longer.
    let ownsCallID: Bool
    /// The owner waits for its turn.
    var isWanted = false
    /// The session is to be refreshed by a re-INVITE.
    var isRefreshDue = false
    /// The time of §14.1 runs.
    var isBackingOff = false

    /// 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other (§14.1).
    var glarePause: ClosedRange<Duration> {
        ownsCallID ? .milliseconds(2100)...(.seconds(4)) : .zero...(.seconds(2))
    }

    /// The longest Retry-After that is heeded: 10 s is what §14.2 lets a 500 say.
    static let longestPause: UInt32 = 10
}

extension InviteSession {
    /// An offer of ours that is out.
    enum LocalOffer: Sendable, Equatable {
        case reinvite(Request, OfferManner)
        case update(Request, OfferManner)

        var request: Request {
            switch self {
            case .reinvite(let request, _), .update(let request, _): request
            }
        }

        var manner: OfferManner {
            switch self {
            case .reinvite(_, let manner), .update(_, let manner): manner
            }
        }

        /// The same offer in a request that is sent anew.
        func renumbered(_ request: Request) -> LocalOffer {
            switch self {
            case .reinvite(_, let manner): .reinvite(request, manner)
            case .update(_, let manner): .update(request, manner)
            }
        }
    }

    /// Neither side's offer is open, nor an answer of ours unacknowledged.
    var isFreeForOffer: Bool { localOffer == nil && remoteOffer == nil && offerAnswer == nil }

    /// An offer of ours may go now; false where it would be refused as glare without being sent.
    public var isReadyForOffer: Bool {
        guard isFreeForOffer else { return false }
        switch state {
        case .established: return true
        case .calling:
            return mediaTag.flatMap { earlyDialogs[$0]?.isSettled } ?? false && allowsUpdate
        case .invited: return reliable.stage == .settled && allowsUpdate && deferredAnswer == nil
        case .accepted, .cancelling, .ended: return false
        }
    }

    /// Says so where the owner's turn has come.
    mutating func giveTurn() -> [Effect] {
        guard turns.isWanted || turns.isRefreshDue, !turns.isBackingOff, isFreeForOffer,
            case .established = state
        else { return [] }
        let isRefresh = turns.isRefreshDue
        turns.isWanted = false
        turns.isRefreshDue = false
        return [.report(.turnGiven(isRefresh: isRefresh))]
    }

    /// The other side refused an offer of our own for the moment: another turn comes after the
    /// pause that the RFC asks for. Empty for any other refusal.
    mutating func awaitAnotherTurn(after response: Response) -> [Effect] {
        let isGlare = response.status == .requestPending
        let pause = response.one(RetryAfter.self)?.seconds
        guard isGlare || response.status == .serverInternalError && pause != nil else {
            return []
        }
        turns.isWanted = true
        turns.isBackingOff = true
        guard !isGlare, let pause else {
            return [.startAtRandom(.turn, within: turns.glarePause)]
        }
        return [.start(.turn, after: .seconds(Int64(min(pause, OfferTurns.longestPause))))]
    }

    mutating func endPause() -> [Effect] {
        turns.isBackingOff = false
        return []  // `handle` gives the turn.
    }
}
