import Media
import Platform
import SIPStack

/// The owner of one call: its legs, their media and its record, from the first ring to the end.
///
/// It performs what ``CallMachine`` and the legs' sessions decide. Everything it waits for comes
/// through its mailbox.
actor Call: MailboxOwner {
    enum Message: Sendable {
        case begin
        case found([[RingTarget]])
        /// The ways to somebody outside, in the order of trying.
        case foundOut([WayOut])
        /// The exchange answers itself.
        case foundHere(HousePlace)
        case notFound(EndReason)
        case hangUp(EndReason)
        case leg(LegNumber, LegEvent)
        /// Whom a transfer rings, before the ways to them.
        case target(Party, [DeviceRecord])
        /// All that came for a leg before its release has been handled.
        case handOver(LegNumber, to: LegGate?, LegPassage.Warrant?)
        case legLeft(LegNumber)
        case legCameBack(LegPassage)
        case fetched(FetchedClips, SpeechPurpose, number: Int)
        /// An administrator wants something done; the reply says whether it could be.
        case order(CallOrder, reply: @Sendable (Bool) -> Void)
        case recordingStopped(String, RecordingFailure)
        /// The caller speaks as a fax machine does.
        case faxHeard
        /// What came of its fax; nil where no machine was left.
        case faxEnded(FaxRecord?)
        /// What a conference says to who knocked there.
        case conference(ConferenceRoom, Conference.Answer)
        /// The caller of another call asks for a place in this one.
        case claim(Claim, Claim.Place)
        /// What became of this call's own claim.
        case placeFound(FoundPlace)
        case placeRefused(Status)
        /// A transferred call goes to a slot.
        case foundSlot(ParkingSlot)
        case recordOpened
        case notStored(StoreError)
        case wake
        case describe(reply: @Sendable (CallStory) -> Void)
    }

    enum Timer: Hashable, Sendable {
        /// The disk is slow: the call goes on without its record.
        case record
        case ringing
        /// A way out gets no longer to say anything at all.
        case attempt(LegNumber)
        case usage(LegNumber, InviteSession.Timer)
        case life(LegNumber)
        /// A passed offer, or INFO, waits for its answer.
        case offer, inform(InformNumber)
        /// A party that could not take a transfer's offer is offered it again.
        case rejoining
        /// Nobody enters a conference's ID.
        case door
        /// Nobody fetches a party that is parked.
        case parking
        /// Who is left hears that nobody is there for it.
        case tone
    }

    nonisolated let mailbox = Mailbox<Call>()
    nonisolated let id: CallID
    let setup: CallSetup
    let surroundings: CallSurroundings
    var world: World { surroundings.world }
    var machine: CallMachine
    /// All are looked into after each message, and a leg has two dozen parts that would be counted one
    /// by one at each copy: so each is shared.
    var legs = LegTable<Shared<Leg>>()
    var deadlines = DeadlineTable<Timer>()
    private var alarm: (any Alarm)?
    var record: CallRecord
    /// What the caller wants; nil where its INVITE had no offer.
    var wanted: MediaProposal?
    var informs = OpenInforms()
    /// Offers that came and have not been passed on yet.
    var pendingOffers: [LegNumber: PendingOffer] = [:]
    /// Whose early media the caller hears.
    var earlySource: LegNumber?
    /// Whom the call rings: the callee first, then those that it is transferred to.
    var callee: Party?
    var calleeDevices: [DeviceRecord]
    /// Legs of other calls that are here and not yet taken.
    var arrivals: [LegNumber: LegPassage] = [:]
    /// Legs that come are numbered far above those that are rung.
    var lastNewcomer = LegNumber.lastRung
    var rejoining: Rejoining?
    /// What the message that is being handled changes in the records.
    var unwritten: [StoreTransaction<Void>] = []
    /// Among them is what must be there before somebody is answered.
    var isWritingUrgent = false
    var opening = RecordOpening.notBegun
    var waysOut: [TrunkWay] = []
    /// What the exchange does here, where it is the callee.
    var house: HousePlace?
    /// What was dialled to come there.
    var houseNumber: String
    var entrance: ConferenceEntrance?
    /// The conference at whose door the caller is, or inside.
    var room: ConferenceRoom?
    /// What the caller hears there, and whether it is heard.
    var attendance: Attendance?
    var script: HouseScript?
    /// The last words that were fetched.
    var lastSpeech = 0
    var trial: Trial?
    /// Somebody was sent to the exchange, and is agreed with anew.
    var welcome: Welcome?
    var waitingTune = SoundGenerator.Tune.melody
    var tape: SoundTape?
    /// Legs that are over: the doctor looks at them when all are.
    var patients: [MediaDoctor.Patient] = []
    var recording: OngoingRecording?
    var recordingCount = 0
    var fax: OngoingFax?
    /// Whatever the policies say, there is to be none.
    var isRecordingDeclined = false
    /// Where the caller goes, in another call.
    var place: FoundPlace?
    private var hasLeft = false
    /// What the exchange's events have told of this call; nil before its first message.
    var told: CallStanding?
    var toldLegs: [LegNumber: LegID] = [:]
    /// What `pbxctl call show` tells.
    var diary = CallDiary()

    /// What lists show before the call says anything else.
    nonisolated let firstGlance: CallGlance

    init(id: CallID, setup: CallSetup, surroundings: CallSurroundings) {
        self.id = id
        self.setup = setup
        self.surroundings = surroundings
        callee = setup.callee
        houseNumber = setup.dialled
        calleeDevices = setup.calleeDevices
        machine = CallMachine(
            ringingTime: .seconds(
                setup.callee?.ringingSeconds ?? ExtensionRecord.usualRingingSeconds))
        let started = surroundings.world.time.wallTime
        record = CallRecord(
            setup, id: id, domain: surroundings.configuration.domain, at: started)
        firstGlance = CallGlance(record, phase: .seeking, legs: [])
        alarm = surroundings.world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        mailbox.bind(to: self, on: surroundings.world.executor)
        surroundings.liveCalls.add()
    }

    deinit { surroundings.liveCalls.remove() }

    func handle(_ message: Message) {
        guard !hasLeft else { return refuse(message) }
        guard !opening.holds(message) else { return }
        switch message {
        case .begin:
            begin()
        case .found(let branches):
            decide(.found(branches))
        case .foundOut(let ways):
            takeWays(ways)
        case .foundHere(let place):
            attend(place)
        case .notFound(let reason):
            decide(.notFound(reason))
        case .hangUp(let reason):
            decide(.hangUp(reason))
        case .leg(let number, let event):
            handle(event, of: number)
        case .target(let party, let devices):
            takeTarget(party, devices)
        case .handOver(let number, let gate, let warrant):
            handOver(number, to: gate, warrant)
        case .legLeft(let number):
            decide(.legLeft(number))
        case .legCameBack(let passage):
            takeBack(passage)
        case .fetched(let clips, let purpose, let number):
            take(clips, for: purpose, number: number)
        case .order(let order, let reply):
            obey(order, reply)
        case .recordingStopped(let name, let failure):
            recordingStopped(name, failure)
        case .faxHeard:
            faxHeard()
        case .faxEnded(let fax):
            faxEnded(fax)
        case .conference(let room, let answer):
            take(answer, of: room)
        case .claim(let claim, let place):
            judge(claim, for: place)
        case .placeFound(let found):
            takePlace(found)
        case .placeRefused(let status):
            decide(.placeRefused(status))
        case .foundSlot(let slot):
            decide(.foundSlot(slot))
        case .recordOpened: goOn()
        case .notStored(let error): notStored(error)
        case .wake:
            fireTimers()
        case .describe(let reply):
            return reply(story)
        }
        checkInvariants()
        handOverRecords()
        tellChanges()
        alarm?.set(deadlines.earliest)
        leaveWhenDone()
    }

    /// What still comes before the exchange has let go of this call: nobody waits for it here. But
    /// nobody is lost here, either.
    private func refuse(_ message: Message) {
        switch message {
        case .leg(let number, .sip(let event)):
            legs[number]?.value.gate.answerForTheGone(event)
        case .leg(_, .relief(let passage)):
            giveBack(passage, .callOrTransactionDoesNotExist)
        case .leg(_, .claim(let claim, _)), .claim(let claim, _):
            claim.refuse(.callOrTransactionDoesNotExist)
        case .legCameBack(let passage):
            takeBack(passage)
        case .order(_, let reply):
            reply(false)
        case .conference(let room, _):
            room.mailbox.post(.left(id))
        case .describe(let reply):
            reply(story)
        case .begin, .found, .foundOut, .foundHere, .notFound, .hangUp, .leg(_, .media), .target,
            .handOver, .legLeft, .fetched, .recordingStopped, .faxHeard, .faxEnded, .notStored,
            .placeFound, .placeRefused, .foundSlot, .recordOpened, .wake:
            break
        }
    }

    private func checkInvariants() {
        let breach = CallInvariant.breach(in: machine.state, caller: machine.caller) {
            legs.values.map {
                CallInvariant.LegView(
                    number: $0.number, isOver: $0.isSessionOver || $0.usage.isLeaving,
                    isAnswered: $0.record.answeredAt != nil)
            }
        }
        guard let claim = breach else { return }
        decide(.invariantBroken(claim))
    }

    private func begin() {
        openRecord()
        recordInput(.machineMade(ringingTime: machine.ringingTime))
        let contact = surroundings.configuration.contact(
            on: setup.flow, name: setup.dialled)
        let usage = InviteSession(
            invited: setup.request, setup.transaction, on: setup.flow,
            localTag: world.random.token(12), contact: contact,
            timer: surroundings.configuration.sessionTimer,
            responseNumber: UInt32(truncatingIfNeeded: world.random.next()))
        makeLeg(
            .caller, usage: usage, device: setup.device,
            party: record.caller, identity: surroundings.configuration.address(of: setup.caller),
            signalling: setup.flow.remote.address, on: setup.flow,
            contact: setup.request.contacts.first?.uri.text, policy: setup.trunk?.policy)
        if let trunk = setup.trunk {
            legs[.caller]?.value.outside = OutsideLeg(
                seat: trunk.seat, publicAddress: trunk.publicAddress)
        }
        noteRewriting()
        if let registration = usage.registration, let gate = legs[.caller]?.value.gate {
            surroundings.transport.register(registration, sink: gate)
        }
        takeFirstOffer()
    }

    /// Feeds the machine and does what it says.
    func decide(_ event: CallMachine.Event) {
        recordInput(.machine(event))
        for effect in machine.handle(event) { perform(effect) }
    }

    /// Feeds a leg's usage and does what it says.
    func feed(_ event: InviteSession.Event, to number: LegNumber) {
        recordInput(.usage(number, event))
        guard let effects = legs[number]?.value.usage.handle(event, now: world.time.now) else {
            return
        }
        for effect in effects { perform(effect, of: number) }
    }

    /// The call is over when its machine says so and no leg is left.
    private func leaveWhenDone() {
        guard !hasLeft, case .ended = machine.state, legs.values.allSatisfy({ $0.value.isGone })
        else {
            return
        }
        hasLeft = true
        alarm?.set(nil)
        world.recorder.record(.debug, "call.left", [("call", id.description)])
        surroundings.journal.keep(story)
        surroundings.exchange.post(.callEnded(id, setup.transaction))
    }

    private func perform(_ effect: InviteSession.Effect, of number: LegNumber) {
        guard let leg = legs[number] else { return }
        let transport = surroundings.transport
        diary.see(effect, of: number, at: world.time.now)
        switch effect {
        case .send(let request, let destination, let tag):
            send(request, to: destination, tag, of: number)
        case .acknowledge(let request, let tag, let destination):
            transport.acknowledge(
                request, of: leg.value.transaction(of: tag), to: destination)
        case .cancel(let tag, let reason):
            guard let transaction = leg.value.transaction(of: tag) else { break }
            transport.cancel(transaction, reason: reason)
        case .respond(let response, let transaction):
            transport.respond(response, to: transaction)
        case .register(let dialog):
            transport.register(dialog, sink: leg.gate)
        case .unregister(let dialog):
            transport.unregister(dialog)
        case .start(let timer, let delay):
            deadlines.set(.usage(number, timer), at: world.time.now + delay)
        case .startAtRandom(let timer, let range):
            let delay = world.random.duration(within: range)
            deadlines.set(.usage(number, timer), at: world.time.now + delay)
        case .stop(let timer):
            deadlines.cancel(.usage(number, timer))
        case .report(let report):
            receive(report, from: number)
        }
    }

    private func perform(_ effect: CallMachine.Effect) {
        switch effect {
        case .ring(let number, let target): ring(number, target)
        case .progressCaller(let status, let leg): progressCaller(status, mediaFrom: leg)
        case .connect(let number): connect(number)
        case .attend: answerHere()
        case .hangUp(let number, let status, let reason): hangUp(number, status, reason)
        case .passOffer(let from, let to): passOffer(from: from, to: to)
        case .passAnswer(let from, let to): passAnswer(from: from, to: to)
        case .refuseOffer(let number, let status): refuseOffer(number, status)
        case .settleOffer(let number): settleOffer(number)
        case .withdrawOffer(let number): feed(.order(.withdrawOffer), to: number)
        case .offerAnew(let number): offerAnew(to: number)
        case .passInform(_, let to, let inform): passInform(inform, to: to)
        case .concludeInform(let inform, let status): concludeInform(inform, status)
        case .acceptReferral(let number): acceptReferral(of: number)
        case .refuseReferral(let number, let status): refuseReferral(of: number, status)
        case .tellReferral(let number, let status): tellReferral(of: number, status)
        case .seekTarget(let number): seekTarget(askedBy: number)
        case .seekFax(let number): seekFax(askedBy: number)
        case .seekTransferor(let number): seekTransferor(number)
        case .welcome(let number): beginWelcome(number)
        case .release(let number, let asker): release(number, askedBy: asker)
        case .depart(let number): depart(number)
        case .keepLeg(let number): keepLeg(number)
        case .returnLeg(let number, let status): returnLeg(number, status)
        case .rejoin(let one, let other): rejoin(one, other)
        case .resume(let one, let other): resume(one, other)
        case .playMusic(let number): beginMusic(to: number)
        case .playRingback(let number): playRingback(to: number)
        case .playTone(let number, let tone): play(tone, to: number)
        case .answerAlone(let number): answerAlone(number)
        case .startRingingTimer(let delay): deadlines.set(.ringing, at: world.time.now + delay)
        case .stopRingingTimer: deadlines.cancel(.ringing)
        case .startParkingTimer:
            deadlines.set(.parking, at: world.time.now + surroundings.configuration.parkReturn)
        case .stopParkingTimer: deadlines.cancel(.parking)
        case .startToneTimer:
            deadlines.set(.tone, at: world.time.now + CallMachine.Dismissal.time)
        case .stopToneTimer: deadlines.cancel(.tone)
        case .note(let kind, let number): note(kind, number)
        case .close(let reason): close(reason)
        case .report(let claim):
            world.recorder.record(
                .error, "call.invariantBroken", [("call", id.description), ("claim", claim)])
        }
    }

    /// A leg ends its usage; one that was never invited just closes.
    private func hangUp(_ number: LegNumber, _ status: Status, _ reason: String?) {
        guard let leg = legs[number] else { return }
        if !leg.isInvited {
            legs[number]?.value.isSessionOver = true
            closeMedia(of: number)
            return
        }
        if reason == CallMachine.transferred { leaves(number) }
        feed(.order(.hangUp(status, reason: reason)), to: number)
    }
}
