import Platform
import SIPStack

extension CallMachine {
    mutating func handleRinging(_ event: Event, _ ringing: Ringing) -> [Effect] {
        switch event {
        case .progressed(let leg, let status, let hasMedia):
            return tellCaller(leg, status, hasMedia: hasMedia, ringing)
        case .answered(let leg):
            return connect(leg, ringing)
        case .refused(let leg, let status):
            return dropBranch(leg, status, ringing)
        case .mediaRefused:
            return endAll(.overload, ringing)
        case .incompatible(let leg):
            guard leg != caller else { return endAll(.mediaRefused, ringing) }
            return [.hangUp(leg, .notAcceptableHere, reason: nil)]
                + dropBranch(leg, .notAcceptableHere, ringing, isRefused: false)
        case .ended(let leg, let how):
            guard leg == caller else { return [] }  // A callee's end was told by its refusal.
            let reason = EndReason(callerGone: how)
            let legs = ringing.branches.map { ($0.leg, Status.requestTerminated, String?.none) }
            return end(reason, hangingUp: legs)
        case .ringingTimedOut:
            return endAll(.noAnswer, ringing)
        case .attemptTimedOut(let leg):
            guard isWorthGivingUp(leg, ringing) else { return [] }
            return [.hangUp(leg, .requestTimeout, reason: nil)]
                + dropBranch(leg, .requestTimeout, ringing)
        case .hangUp(let reason):
            return endAll(reason, ringing)
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .invariantBroken(let claim):
            return breakDown(claim, hangingUp: [caller] + ringing.branches.map(\.leg))
        case .referred(let leg, _):
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        case .relieved(let leg, let newcomer):
            return relieveCaller(leg, by: newcomer, ringing)
        case .pickedUp(let leg, let newcomer):
            return pickUp(leg, by: newcomer, ringing)
        case .found, .notFound, .attended, .legLeft, .legCameBack, .departs, .placeRefused,
            .foundSlot, .parkingTimedOut,
            .toneEnded, .faxHeard:
            return []  // Answered once already; no leg is away.
        case .offered(let leg):
            return [.settleOffer(leg)]
        case .offerWithdrawn, .offerTimedOut, .offerAccepted, .offerRefused:
            return []  // Nothing was passed on: no dialog is confirmed yet.
        }
    }

    private mutating func tellCaller(
        _ leg: LegNumber, _ status: Status, hasMedia: Bool, _ ringing: Ringing
    ) -> [Effect] {
        guard ringing.branches.contains(where: { $0.leg == leg }) else { return [] }
        // Early media of a single branch only: two voices at once help nobody.
        if hasMedia && ringing.branches.count == 1 {
            var next = ringing
            next.heard = leg
            transition(to: .ringing(next))
            return [.progressCaller(status, mediaFrom: leg)]
        }
        guard !ringing.isRingingHeard, status == .ringing else { return [] }
        var next = ringing
        next.isRingingHeard = true
        transition(to: .ringing(next))
        return [.progressCaller(.ringing, mediaFrom: nil)]
    }

    private mutating func connect(_ leg: LegNumber, _ ringing: Ringing) -> [Effect] {
        guard ringing.branches.contains(where: { $0.leg == leg }) else {
            // An answer that crossed our CANCEL is dismissed by its usage.
            return [.hangUp(leg, .requestTerminated, reason: Self.answeredElsewhere)]
        }
        transition(to: .talking(callee: leg, turn: nil))
        let losers = ringing.branches.filter { $0.leg != leg }
        let cancels = losers.map {
            Effect.hangUp($0.leg, .requestTerminated, reason: Self.answeredElsewhere)
        }
        return [.stopRingingTimer, .connect(leg)] + cancels + [.note(.answered, leg)]
    }

    private mutating func dropBranch(
        _ leg: LegNumber, _ status: Status, _ ringing: Ringing, isRefused: Bool = true
    ) -> [Effect] {
        var next = ringing
        guard let outcome = drop(leg, status, from: &next, isRefused: isRefused) else { return [] }
        transition(to: .ringing(next))
        switch outcome {
        case .another(let leg, let way): return [.ring(leg, way)]
        case .othersRing: return []
        case .nobodyLeft(let status): return endAll(EndReason(refusal: status), next)
        }
    }

    /// What a refusal leaves of the ringing.
    enum Refusal {
        /// Another way to the same device is tried.
        case another(LegNumber, RingTarget)
        case othersRing
        /// The best word that was said.
        case nobodyLeft(Status)
    }

    /// Takes a branch that refused out; nil where it was none.
    ///
    /// - Parameter isRefused: the phone said so; else it was found here that nothing fits.
    mutating func drop(
        _ leg: LegNumber, _ status: Status, from ringing: inout Ringing, isRefused: Bool = true
    ) -> Refusal? {
        guard let index = ringing.branches.firstIndex(where: { $0.leg == leg }) else { return nil }
        var branch = ringing.branches.remove(at: index)
        if isRefused, Self.refusesOffer(status), !branch.target.isPlain, ringing.heard != leg {
            branch.target.isPlain = true
            branch.leg = nextLeg()
            ringing.branches.insert(branch, at: index)
            return .another(branch.leg, branch.target)
        }
        if let way = branch.alternatives.first, ringing.heard != leg,
            way.wayOut == nil ? Self.isWorthAnotherWay(status) : Self.isWorthAnotherTrunk(status)
        {
            branch.target = branch.alternatives.removeFirst()
            branch.leg = nextLeg()
            ringing.branches.insert(branch, at: index)
            return .another(branch.leg, way)
        }
        ringing.bestRefusal = Self.better(ringing.bestRefusal, status)
        // 6xx speaks for the person, wherever they are (RFC 3261 §16.7 step 5).
        guard !ringing.branches.isEmpty, !status.isGlobalFailure else {
            return .nobodyLeft(ringing.bestRefusal ?? status)
        }
        return .othersRing
    }

    private mutating func endAll(_ reason: EndReason, _ ringing: Ringing) -> [Effect] {
        let branches = ringing.branches.map { ($0.leg, Status.requestTerminated, String?.none) }
        return end(reason, hangingUp: [(caller, reason.status, nil)] + branches)
    }

    /// A way out that says nothing is given up where there is another; else its transaction has
    /// more patience.
    func isWorthGivingUp(_ leg: LegNumber, _ ringing: Ringing?) -> Bool {
        ringing?.branches.contains { $0.leg == leg && !$0.alternatives.isEmpty } ?? false
    }

    /// Whether the phone took offence at how its audio was described: less may do.
    private static func refusesOffer(_ status: Status) -> Bool {
        [.notAcceptableHere, .notAcceptableAnywhere, .unsupportedMediaType].contains(status)
    }

    /// Whether another flow to the same device may do better: this one is dead (RFC 5626 §5.3).
    private static func isWorthAnotherWay(_ status: Status) -> Bool {
        [.flowFailed, .requestTimeout, .serviceUnavailable, .badGateway].contains(status)
    }

    /// Whether another hop or trunk may do better: the provider's own failures, and its refusal of
    /// our name. What the callee's end said (busy, unknown, declined) is final.
    private static func isWorthAnotherTrunk(_ status: Status) -> Bool {
        isWorthAnotherWay(status) || (500..<600).contains(status.code)
            || [.unauthorized, .proxyAuthenticationRequired].contains(status)
    }

    /// The refusal that tells the caller most (RFC 3261 §16.7 step 6): 6xx, then a person's own
    /// word (busy, declined), then the lowest class.
    private static func better(_ one: Status?, _ other: Status) -> Status {
        guard let one else { return other }
        func weight(_ status: Status) -> Int {
            if status.isGlobalFailure { return 0 }
            if status == .busyHere { return 1 }
            if status == .temporarilyUnavailable { return 2 }
            return status.code / 100 + (status == .requestTimeout ? 5 : 0)
        }
        return weight(other) < weight(one) ? other : one
    }
}
