import PBX
import Platform
import SIPStack

/// Something that must hold in every world, whatever the seed.
protocol Invariant: Sendable {
    /// The claim in words, as it is printed when broken.
    var claim: String { get }
    /// What broke it; empty where it holds.
    func breaches(in evidence: Evidence) -> [String]
}

/// One broken invariant.
public struct Breach: Sendable {
    public var claim: String
    public var finding: String
    /// The scheduler's step and the instant at which it was seen; nil for what shows at rest.
    public var step: Int?
    public var instant: Instant?
    public var seed: UInt64?
    /// The calls that it is about, as SIP names them.
    public var sipCallIDs: [String] = []
    /// What was said about them on the wire, as a diagram.
    public var ladder: String?
}

/// What is known of a world at rest: all phones have hung up and unregistered, and all timers of
/// the protocol have had their time.
struct Evidence: Sendable {
    /// The machines of providers among the phones, and whose they are.
    var lines: [UInt32: String] = [:]
    var sightings: [CallSighting]
    var complaints: [Complaint]
    /// Calls whose BYE from the exchange was damaged on its way, and refused with 400.
    var spoiltByes: Set<String> = []
    /// Calls whose INVITE the exchange answered more than once: the ACK was late.
    var repeatedAnswers: Set<String> = []
    /// Messages may have been damaged on their way so that they said something else.
    var mayBeMisread = false
    /// What people said.
    var sound = SoundPlan.probe
    /// Calls that began for some phone.
    var begunCount: Int
    /// Numbers of the phones that are not at rest.
    var restlessPhones: [String]
    /// The number of each phone.
    var numbers: [UInt32: String]
    var records: [CallRecord]
    /// Calls that the exchange still counts as going on.
    var liveCallCount: Int
    /// Bindings that the exchange still has.
    var bindingCount: Int
    var openMediaLegCount: Int
    /// Alarms and datagrams that still wait in the world.
    var waitingCount: Int
    /// Addresses that take datagrams besides the listeners.
    var mediaPortCount: Int
    /// What was made to fail.
    var outages: [Outage] = []
    /// Every leg of those calls.
    var legs: [CallLegRecord] = []
    /// What the exchange says that it keeps; nil where it says nothing.
    var census: ExchangeCensus?
    /// How things are as the exchange's events have told.
    var picture = ExchangePicture()
    /// What the transport layers of all phones keep.
    var phoneCensus = TransportCensus()

    /// Made anew each time, of all legs: an invariant asks once.
    var links: CallLinks { CallLinks(legs: legs, areTimesTrue: !hasJumpedClock) }

    /// Calls that somebody left, and that went on without them: all others have the two parties
    /// that they began with.
    var transferredCalls: Set<CallID> {
        Set(legs.filter { $0.endReason == .transferred }.map(\.callID))
    }

    /// Calls in which somebody wanted to send the other on, whatever came of it.
    var callsWithReferrals: Set<CallID> {
        let links = links
        return Set(
            sightings.filter(\.hasAskedForTransfer).compactMap { links.call(of: $0) }
        ).union(transferredCalls)
    }

    /// Whether something was made to fail for that phone during its call, or soon before: what an
    /// outage breaks shows when timers have run out.
    func isExcused(
        _ sighting: CallSighting, by kinds: Set<Outage.Kind> = Outage.Kind.explaining
    ) -> Bool {
        outages.hit(
            sighting.phone, from: sighting.begun, to: sighting.ended, grace: .seconds(35),
            kinds: kinds)
    }

    /// The phones that have that number.
    func phones(of number: String) -> [UInt32] {
        numbers.filter { $0.value == number }.map(\.key).sorted()
    }

    /// Calls with a party of which all calls are recorded, and that was answered.
    var callsRecordedByPolicy: Set<CallID> {
        Set(
            legs.filter {
                $0.answeredAt != nil && $0.deviceID.map(SimulatedExchange.recording) == .always
            }.map(\.callID))
    }

    /// Who was muted in a conference.
    var mutings: [Muting] = []
    /// The files of recordings, by name; nil where they can't be read.
    var recordings: [String: [UInt8]] = [:]
    /// The files of faxes, by name, and the records of faxes.
    var faxFiles: [String: [UInt8]] = [:]
    var faxes: [FaxRecord] = []

    /// What of dead incarnations of the exchange was still there.
    var remains: [String] = []
}

/// Every invariant there is; a feature adds its own here.
func judge(_ evidence: Evidence) -> [Breach] {
    let invariants: [any Invariant] = [
        EveryCallEnds(), NothingIsLeftAtRest(), LiveCallsReturnToTheBaseline(),
        EachCallIsRecordedOnce(), ACallHasOneWinner(), TheOthersAreToldWhoAnswered(),
        BothPartiesEndTogether(), NobodyTalksToTheVanished(),
        NobodyHearsAnotherConversation(), BothPartiesHearEachOther(),
        NobodyIsLostByATransfer(), WhoTakesACallHasIt(), AParkedCallIsFoundOrRecalled(),
        ACallOutNamesItsTrunk(), ACallToOneDeviceRingsNoOther(), TheHouseIsHeard(),
        NoPhoneComplains(), NothingOutlivesACrash(), RecordingsAreWhole(), RecordingsAreWanted(),
        FaxesAreWhole(), WhoIsMutedIsNotHeard(),
    ]
    return invariants.flatMap { invariant in
        invariant.breaches(in: evidence).map { Breach(claim: invariant.claim, finding: $0) }
    }
}
