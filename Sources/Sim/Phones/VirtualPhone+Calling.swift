import Platform
import SIPStack

/// The caller's half.
extension VirtualPhone {
    /// Wishes that are not forgotten: who could not call for long does not call all day.
    private static let wishLimit = 3

    /// The person will want to call somebody again.
    func awaitWish() {
        guard !isClosing, let pause = habits.pace.nextWish(now: world.time.now, random) else {
            return
        }
        set(.wish, after: pause)
    }

    func feelLikeCalling() {
        awaitWish()
        wishCount = min(wishCount + 1, Self.wishLimit)
        placeCall()
    }

    /// What was to be said meanwhile is said after a moment.
    func setNextCall() {
        guard !isClosing, wishCount > 0, isIdle else { return }
        set(.nextCall, after: random.duration(from: .seconds(1), to: .seconds(6)))
    }

    func placeCall() {
        guard wishCount > 0, isIdle else { return }
        guard registration.isRegistered, !isOff, let callee = chooseCallee() else {
            return setNextCall()
        }
        wishCount -= 1
        placeCall(to: callee)
    }

    /// Of a thousand calls so many are to the exchange itself, to hear how good the line is.
    private static let echoCalls = 20
    /// Of a thousand so many are to its other numbers.
    private static let houseCalls = 40

    /// Of a thousand so many go outside, where there is a trunk.
    private static let outsideCalls = 120

    /// Of a thousand so many go to a conference; few IDs, so that people meet.
    private static let conferenceCalls = 30
    private static let conferences = 1...2

    /// By the number that asks for the ID, or with the ID at once.
    private func chooseConference() -> String {
        if random.happens(perThousand: 600) { return Self.conferenceNumber }
        return "\(Self.conferenceNumber)*\(random.number(in: Self.conferences))"
    }

    /// Of a thousand so many take a call of somebody else, by a code.
    private static let takingCalls = 100
    /// Few, so that people leave and fetch calls in the same ones.
    private static let slots = 0...1

    /// Whether a number is a code that takes a call.
    static func isTaking(_ number: String) -> Bool {
        number.hasPrefix("*20*") || number.hasPrefix("*1")
    }

    private func codeToTake(from number: String) -> String {
        switch random.number(in: 0...2) {
        case 0: "*20*"
        case 1: "*20*\(number)"
        default: "*1\(random.number(in: Self.slots))"
        }
    }

    /// One of the exchange's own numbers, for phones of that manner; nil: somebody shall be called.
    func chooseHouse() -> String? {
        guard manners.contains(.sendsToTheHouse), whim.happens(perThousand: 500) else { return nil }
        let rooms = Self.conferences.map { "\(Self.conferenceNumber)*\($0)" }
        let choices =
            [HouseCall.echoNumber, Self.conferenceNumber] + rooms + rooms + HouseCall.numbers
        return choices[whim.number(in: 0...choices.count - 1)]
    }

    /// Where this person leaves a call for others.
    func slotToPark() -> String { "*0\(random.number(in: Self.slots))" }

    /// Somebody else: of the own group, or of all; now and then nobody.
    func chooseCallee() -> String? {
        let isNear = group.count > 1 && random.happens(perThousand: habits.staysInGroup)
        let choices = isNear ? group : 0..<numbers.count
        guard choices.count > 1 else { return nil }
        var index = random.number(in: choices.lowerBound...choices.upperBound - 1)
        if numbers[index] == setup.number {
            index = index + 1 < choices.upperBound ? index + 1 : choices.lowerBound
        }
        if outside != nil { return numbers[index] }
        if let outsideNumber, whim.happens(perThousand: Self.outsideCalls) { return outsideNumber }
        if random.happens(perThousand: Self.echoCalls) { return HouseCall.echoNumber }
        if whim.happens(perThousand: Self.houseCalls) {
            return HouseCall.numbers[whim.number(in: 0...HouseCall.numbers.count - 1)]
        }
        if random.happens(perThousand: Self.conferenceCalls) { return chooseConference() }
        if random.happens(perThousand: Self.takingCalls) { return codeToTake(from: numbers[index]) }
        let isWrong = random.happens(perThousand: habits.misdials)
        return isWrong ? "7\(numbers[index])" : numbers[index]
    }

    /// Calls at somebody else's word, whatever the person feels like.
    func callAsTold(_ number: String) {
        guard !isClosing, !isOff, isIdle else { return diary.callNotPlaced(phone) }
        placeCall(to: number)
    }

    /// - Parameter rung: whom the call asks for the place of a dialog, by the name of that.
    func placeCall(to number: String, replacing rung: (number: String, name: String)? = nil) {
        guard let audio = makeAudio(isFaxCaller: manners.contains(.takesImages)) else {
            diary.callNotPlaced(phone)
            return setNextCall()
        }
        let local = NameAddress(
            displayName: "Phone \(setup.number)", uri: addressOfRecord(setup.number))
        let device = rung == nil ? drawDevice(of: number) : nil
        let dialog = PhoneDialog(
            calling: device?.uri ?? addressOfRecord(rung?.number ?? number), from: local,
            sipCallID: world.random.token(16),
            localTag: world.random.token(8))
        let offer = PhoneSDP(
            address: audio.address, direction: .sendrecv, payloadTypes: quirks.payloadTypes,
            version: 1, keys: drawKeys(), handshake: drawHandshake(), checks: drawChecks())
        var call = PhoneCall(
            number: lastCall, isCaller: true, remoteNumber: number,
            wantedPhone: device?.phone, begun: world.time.now,
            audio: audio, stage: .calling, dialog: dialog, localSDP: offer)
        var invite = call.dialog.request(.invite, body: quirks.offersLate ? [] : offer.bytes)
        invite.fields[.contact] = dialogContact
        quirks.dress(&invite)
        if manners.contains(.supportsReplaces) {
            let others = invite.fields[.supported].map { "\($0), " } ?? ""
            invite.fields[.supported] = others + "replaces"
        }
        invite.fields[.replaces] = rung?.name
        if otherCall == nil { lostAcknowledgements = [:] }
        diary.callBegan(phone, isCaller: true)
        world.recorder.record(
            .info, "phone.calls",
            [("number", number), ("call-id", dialog.sipCallID), ("call", String(lastCall))])
        call.invite = send(invite, as: .invite)
        self.call = call
        if let drill = habits.drill { return set(.patience, after: drill.patience) }
        let isHasty = random.happens(perThousand: habits.givesUpEarly)
        let haste = random.duration(from: .zero, to: .seconds(4))
        set(
            .patience, after: isHasty ? haste : .seconds(4) + random.wait(mean: habits.meanPatience)
        )
    }

    func makeAudio(isFaxCaller: Bool = false) -> AudioProbe? {
        lastCall += 1
        let mark = SpeakerMark(phone: phone, call: lastCall)
        return AudioProbe(
            mark: mark, plan: sound, payloadTypes: quirks.payloadTypes, place: place,
            isFaxCaller: isFaxCaller, world: world, random: random)
    }

    /// The caller's patience ended, or a CANCEL was never answered.
    func giveUp() {
        guard var call else { return }
        switch call.stage {
        case .calling:
            guard let invite = call.invite else { return }
            world.recorder.record(.info, "phone.gives-up", [("call-id", call.dialog.sipCallID)])
            transport.cancel(invite, reason: nil)
            call.stage = .cancelling
            call.hungUpHere = true
            self.call = call
            // RFC 3261 §9.1: 64 × T1 without a final response, and the call is forgotten.
            set(.patience, after: .seconds(33))
        case .cancelling:
            complain(
                "a cancelled INVITE was never answered", waitedSince: call.begun)
            finish(.lost)
        case .ringing(let transaction, let request):
            // Neither picked up nor cancelled: the phone stops ringing by itself.
            refuse(request, transaction, status: .temporarilyUnavailable)
        case .talking, .ending:
            return
        }
    }

    func inviteProgressed(_ response: Response) {
        guard var call, let tag = response.to.tag else { return }
        guard call.dialog.remoteTag != tag else { return }
        call.dialog.confirm(by: response)
        call.ringing = call.ringing ?? world.time.now
        self.call = call
        if let dialog = call.dialog.dialogID { transport.register(dialog, sink: sink) }
        world.recorder.record(
            .info, "phone.hears-ringing", [("call-id", call.dialog.sipCallID)])
    }

    /// Takes the final response to our first INVITE; nil where none came.
    func inviteAnswered(
        _ response: Response?, to request: Request, _ transaction: ClientTransactionID
    ) {
        guard var call, call.invite == transaction else { return }
        cancel(.patience)
        call.invite = nil
        self.call = call
        let wasCancelled = if case .cancelling = call.stage { true } else { false }
        guard let response else { return finish(wasCancelled ? .abandoned : .lost) }
        guard response.status.isSuccess else {
            return finish(wasCancelled ? .abandoned : .refused(response.status.code))
        }
        if call.dialog.remoteTag != response.to.tag {
            if let early = call.dialog.dialogID { transport.unregister(early) }
            call.dialog.remoteTag = nil
        }
        let isNew = call.dialog.remoteTag == nil
        call.dialog.confirm(by: response)
        if isNew, let dialog = call.dialog.dialogID { transport.register(dialog, sink: sink) }
        if response.contacts.isEmpty { complain("a 2xx to INVITE without Contact") }
        let answer = takeAnswer(response, call: &call)
        acknowledge(request, transaction, dialog: call.dialog, body: answer)
        noteTimer(response, call: &call)
        call.answered = world.time.now
        call.stage = .talking
        self.call = call
        if wasCancelled { return hangUp() }
        beginTalking()
    }

    func acknowledge(
        _ request: Request, _ transaction: ClientTransactionID, dialog: PhoneDialog,
        body: [UInt8] = []
    ) {
        let acknowledgement = dialog.acknowledgement(of: request, body: body)
        if manners.contains(.losesAcknowledgements), whim.happens(perThousand: 200) {
            lostAcknowledgements[transaction] = acknowledgement
            return
        }
        transport.acknowledge(acknowledgement, of: transaction, to: destination)
    }

    /// Reads the answer to an offer of ours, and judges it (RFC 3264 §6).
    func readAnswer(_ body: [UInt8], to offer: PhoneSDP, before: PhoneSDP?) -> PhoneSDP? {
        guard var answer = PhoneSDP.read(body) else {
            complain("an answer without audio")
            return nil
        }
        if !answer.payloadTypes.allSatisfy(offer.payloadTypes.contains) {
            complain("an answer with payload types that were not offered")
        }
        judgeVersion(of: answer, after: before)
        judgeKeys(of: answer, to: offer)
        answer.isOutdated = before?.isOutdated ?? false
        return answer
    }

    /// The origin's version stays, or rises by one (RFC 3264 §8).
    func judgeVersion(of description: PhoneSDP, after before: PhoneSDP?) {
        guard let before, !before.isOutdated, description.version != before.version,
            description.version != before.version &+ 1
        else { return }
        complain("the SDP version went from \(before.version) to \(description.version)")
    }
}
