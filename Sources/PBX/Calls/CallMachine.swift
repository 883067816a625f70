import Media
import Platform
import SIPStack

/// What a call decides: who rings, who wins, whose offer is passed to whom, when it is over.
///
///     seeking ──found──► ringing ──answered──► talking ──┐
///        │                  │                            │ hung up
///        └──nobody──────────┴──all refused, cancelled────┴────► ended
///
/// Transfers leave `talking` and come back to it: see their files.
///
/// A pure core. It names legs and effects; usage descriptions, ports and messages belong to the
/// legs that its owner keeps.
struct CallMachine: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// Asked where the callee is.
        case seeking
        /// Legs are out; each branch is a set of ways to one device.
        case ringing(Ringing)
        /// Two parties talk. `turn` is a re-INVITE on its way from one to the other.
        case talking(callee: LegNumber, turn: OfferTurn?)
        /// The exchange itself talks with the caller: it has answered, or a transfer led here.
        case attended
        /// One party waits while somebody else is rung in the other's place.
        case transferring(Transfer)
        /// One party is on its way to another call.
        case handingOver(HandOver)
        /// One party waits in a slot until somebody fetches it.
        case parked(Parking)
        /// One party is left, and hears so.
        case dismissing(Dismissal)
        /// The caller is on its way to a place in another call; how to end, where that was asked.
        case departing(EndReason?)
        case ended(EndReason)
    }

    struct Ringing: Sendable, Equatable {
        var branches: [Branch]
        /// The best refusal so far (RFC 3261 §16.7 step 6).
        var bestRefusal: Status?
        /// The caller has been told that it rings.
        var isRingingHeard = false
        /// The caller hears that leg's early media: it has the caller's ear, and no other way out
        /// is tried after it.
        var heard: LegNumber?
    }

    /// The ways to one device, tried in order: two flows of one instance are alternatives (RFC 5626).
    struct Branch: Sendable, Equatable {
        var leg: LegNumber
        /// Whom the leg rings.
        var target: RingTarget
        var alternatives: [RingTarget]
    }

    struct OfferTurn: Sendable, Equatable {
        var from: LegNumber
        /// CANCEL came: whatever the other side says, nobody waits for it.
        var isWithdrawn = false
    }

    enum Event: Sendable, Equatable, Codable {
        case found([[RingTarget]])
        case notFound(EndReason)
        /// The exchange itself is the callee, or a transfer's target, and ready to answer.
        case attended
        case progressed(LegNumber, Status, hasMedia: Bool)
        case answered(LegNumber)
        case refused(LegNumber, Status)
        /// No ports are left for that leg: the exchange is at its limit.
        case mediaRefused(LegNumber)
        case offered(LegNumber)
        case offerWithdrawn(LegNumber)
        /// The party that an offer was passed to says nothing.
        case offerTimedOut
        case offerAccepted(LegNumber)
        case offerRefused(LegNumber, Status)
        case informed(LegNumber, InformNumber)
        case ended(LegNumber, InviteSession.End)
        /// REFER: to a number, or to another call of that party.
        case referred(LegNumber, toCall: Bool)
        /// A leg of another call is here, in the place of that one.
        case relieved(LegNumber, by: LegNumber)
        /// A leg of another call answers in the stead of one that rings, or fetches one that is
        /// parked.
        case pickedUp(LegNumber, by: LegNumber)
        /// The caller has been answered, and goes to its place in another call.
        case departs
        /// There is no place for the caller in another call.
        case placeRefused(Status)
        /// The transfer's target is a slot.
        case foundSlot(ParkingSlot)
        case parkingTimedOut
        /// A party has heard long enough that nobody is left for it.
        case toneEnded
        /// A party that called is a fax machine, and belongs to the fax number.
        case faxHeard(LegNumber)
        /// The other call has taken the leg.
        case legLeft(LegNumber)
        case legCameBack(LegNumber, Status)
        case ringingTimedOut
        /// Not even a 100 came from a way out.
        case attemptTimedOut(LegNumber)
        /// By an administrator, or because the exchange shuts down.
        case hangUp(EndReason)
        /// A negotiation that can't be: both sides share no codec.
        case incompatible(LegNumber)
        case invariantBroken(String)
    }

    enum Effect: Sendable, Equatable {
        case ring(LegNumber, RingTarget)
        /// Tell the caller how it goes; with the early media of that leg if named.
        case progressCaller(Status, mediaFrom: LegNumber?)
        /// The winner: take its answer, answer the caller, join their media.
        case connect(LegNumber)
        /// Answer the caller here.
        case attend
        case hangUp(LegNumber, Status, reason: String?)
        case passOffer(from: LegNumber, to: LegNumber)
        case passAnswer(from: LegNumber, to: LegNumber)
        case refuseOffer(LegNumber, Status)
        /// Answer an offer here, with what is agreed: nobody has answered the call yet.
        case settleOffer(LegNumber)
        case withdrawOffer(LegNumber)
        /// Tell that party again what the other wants: it has taken an offer that was withdrawn.
        case offerAnew(LegNumber)
        case passInform(from: LegNumber, to: LegNumber, InformNumber)
        /// Nobody is there to be told: answer it here.
        case concludeInform(InformNumber, Status)
        case acceptReferral(LegNumber)
        case refuseReferral(LegNumber, Status)
        /// How the transfer goes; a final status is the last.
        case tellReferral(LegNumber, Status)
        /// Find whom that party's REFER names.
        case seekTarget(askedBy: LegNumber)
        /// Find the fax number, with that party's rights.
        case seekFax(askedBy: LegNumber)
        /// Find the phones of that party's extension.
        case seekTransferor(LegNumber)
        /// The exchange itself talks with that party from now on, in another one's place.
        case welcome(LegNumber)
        /// Let the leg go to the call that the REFER names.
        case release(LegNumber, askedBy: LegNumber)
        /// Let the caller go to its place in another call.
        case depart(LegNumber)
        /// A leg that came stays, or goes back.
        case keepLeg(LegNumber)
        case returnLeg(LegNumber, Status)
        /// Two answered parties that had others before: agree anew, join their media.
        case rejoin(LegNumber, LegNumber)
        /// Two parties as they were.
        case resume(LegNumber, LegNumber)
        case playMusic(LegNumber)
        /// Who waits hears that it rings.
        case playRingback(LegNumber)
        /// Who is left hears how it stands.
        case playTone(LegNumber, CallTone)
        /// Answer a re-INVITE of a party that has nobody at the moment.
        case answerAlone(LegNumber)
        case startRingingTimer(Duration)
        case stopRingingTimer
        case startParkingTimer
        case stopParkingTimer
        case startToneTimer
        case stopToneTimer
        case note(CallEventKind, LegNumber?)
        case close(EndReason)
        case report(String)
    }

    /// Reason fields (RFC 3326) that phones understand.
    static let answeredElsewhere = #"SIP;cause=200;text="Call completed elsewhere""#
    static let transferred = #"SIP;cause=200;text="Call transferred""#
    /// How many legs one call may ring: ten devices with two flows each.
    static let branchLimit = 10

    private(set) var state: State = .seeking
    /// The party that waits for, or talks with, the callee: another one after a transfer.
    var caller = LegNumber.caller
    /// How long it rings before nobody answers (FA-3).
    let ringingTime: Duration
    private var lastLeg = LegNumber.caller

    init(ringingTime: Duration) {
        self.ringingTime = ringingTime
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .seeking: handleSeeking(event)
        case .ringing(let ringing): handleRinging(event, ringing)
        case .talking(let callee, let turn): handleTalking(event, callee, turn)
        case .attended: handleAttended(event)
        case .transferring(let transfer): handleTransferring(event, transfer)
        case .handingOver(let handOver): handleHandingOver(event, handOver)
        case .parked(let parking): handleParked(event, parking)
        case .dismissing(let dismissal): handleDismissing(event, dismissal)
        case .departing(let reason): handleDeparting(event, reason)
        case .ended: handleEnded(event)
        }
    }

    /// Late reports of legs that were told to hang up need nothing; but who comes now must not stay.
    private func handleEnded(_ event: Event) -> [Effect] {
        switch event {
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        case .legCameBack(let leg, _):
            return [.hangUp(leg, .requestTerminated, reason: nil)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        case .informed(_, let number):
            // It was on its way when the call ended: whoever asks is told so.
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .found, .notFound, .attended, .progressed, .answered, .refused, .mediaRefused,
            .offered, .offerWithdrawn, .offerTimedOut, .offerAccepted, .offerRefused,
            .ended, .legLeft, .ringingTimedOut, .attemptTimedOut, .hangUp, .incompatible,
            .invariantBroken, .departs, .placeRefused, .foundSlot, .parkingTimedOut, .toneEnded,
            .faxHeard:
            return []  // The legs say goodbye.
        }
    }

    /// Ends the call; the legs named are still up.
    mutating func end(_ end: EndReason, hangingUp legs: [(LegNumber, Status, String?)]) -> [Effect]
    {
        state = .ended(end)
        let hangUps = legs.map { Effect.hangUp($0.0, $0.1, reason: $0.2) }
        return hangUps + [.stopRingingTimer, .close(end)]
    }

    mutating func transition(to next: State) { state = next }

    mutating func nextLeg() -> LegNumber {
        lastLeg = lastLeg.next
        return lastLeg
    }
}
