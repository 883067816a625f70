import Platform
import SIPStack

/// An answered call: audio, hold, and its end.
extension VirtualPhone {
    func beginTalking() {
        guard let call else { return }
        world.recorder.record(.info, "phone.talks", [("call-id", call.dialog.sipCallID)])
        if let drill = habits.drill {
            if !call.isCaller {
                return set(.hangUp, after: drill.talkTime + PhoneDrill.calleePatience)
            }
            // Nothing to say: no alarm for it.
            return drill.talkTime == .zero ? hangUp() : set(.hangUp, after: drill.talkTime)
        }
        let talkTime = random.talkTime(mean: habits.meanTalkTime)
        let isHasty = random.happens(perThousand: habits.hangsUpAtOnce)
        set(.hangUp, after: isHasty ? .zero : .milliseconds(500) + talkTime)
        if otherCall != nil { return planToSendOn() }
        if !isHasty { planTransfer() }
        planOffers()
        planKeys()
        planRecording()
        if !isHasty, random.happens(perThousand: habits.holds) {
            let moment = random.duration(from: .milliseconds(200), to: .seconds(10))
            set(.hold, after: moment)
        }
    }

    // MARK: Hold

    /// Offers something else, or the same again.
    func offer(_ kind: OfferChange) {
        guard var call, case .talking = call.stage, var wanted = description(for: kind, in: call)
        else { return }
        guard call.invite == nil, call.unacknowledged == nil else {
            return set(kind.deadline, after: .seconds(1))
        }
        if kind != .again {
            call.wasHeld = true
            wanted.version += 1
        }
        call.change = (kind, call.localSDP)
        call.localSDP = wanted
        var request = call.dialog.request(
            quirks.updates ? .update : .invite, body: call.localSDP.bytes)
        request.fields[.contact] = dialogContact
        request.fields[.allow] = quirks.allowed
        keepTimer(call, in: &request)
        call.invite = send(request, as: .offer)
        self.call = call
        world.recorder.record(
            .info, "phone.offers",
            [("call-id", call.dialog.sipCallID), ("what", "\(kind)")])
        if kind == .again { set(.offerAgain, after: OfferChange.pause) }
        if kind == .image {
            set(.askSound, after: whim.duration(from: .seconds(2), to: .seconds(10)))
        }
        if kind == .hold {
            set(.resume, after: random.duration(from: .seconds(1), to: .seconds(15)))
        }
    }

    /// What is to be offered; nil where it is so already.
    private func description(for kind: OfferChange, in call: PhoneCall) -> PhoneSDP? {
        var local = call.localSDP
        // A fax is not held, and a held call is no fax.
        if local.isImage, kind != .sound, kind != .again { return nil }
        switch kind {
        case .image:
            guard local.direction == .sendrecv, !local.isHeldByAddress else { return nil }
            local.isImage = true
            local.payloadTypes = []
            return local
        case .sound:
            guard local.isImage else { return nil }
            local.isImage = false
            local.payloadTypes = quirks.payloadTypes
            return local
        case .hold:
            local.direction = manners.contains(.holdsInactive) ? .inactive : .sendonly
            local.isHeldByAddress = manners.contains(.holdsByAddress)
            local.payloadTypes = quirks.payloadTypes
        case .resume:
            local.direction = .sendrecv
            local.isHeldByAddress = false
            local.payloadTypes = quirks.payloadTypes
        case .codec:
            let common = local.payloadTypes.filter {
                call.remoteSDP?.payloadTypes.contains($0) ?? false
            }
            guard let first = common.first(where: { $0 != 101 }) else { return nil }
            local.payloadTypes = [first] + common.filter { $0 == 101 }
        case .again:
            return local
        }
        local.keys = keysForOffer(after: local.keys)
        if local.handshake != nil { local.handshake = drawHandshake() }
        let isAlready =
            kind == .codec
            ? local.payloadTypes == call.localSDP.payloadTypes
            : local.direction == call.localSDP.direction
        return isAlready ? nil : local
    }

    /// Some phones offer anew by themselves.
    private func planOffers() {
        if manners.contains(.fixesCodec) {
            set(.fixCodec, after: whim.duration(from: .milliseconds(20), to: .seconds(1)))
        }
        if manners.contains(.asksForImages), setup.encryption == .unknown, call?.isCaller == true {
            set(.askImage, after: whim.duration(from: .milliseconds(500), to: .seconds(5)))
        }
        if manners.contains(.offersAgain) {
            set(.offerAgain, after: whim.duration(from: .seconds(1), to: .seconds(30)))
        }
    }

    /// Takes the final response to a re-INVITE of ours; nil where none came.
    func offerAnswered(
        _ response: Response?, to request: Request, _ transaction: ClientTransactionID
    ) {
        guard var call, call.invite == transaction else { return }
        call.invite = nil
        let change = call.change
        call.change = nil
        guard let response, response.status.isSuccess else {
            let status = response?.status.code ?? 408
            // What the answer said may have gone down with its stream.
            if response == nil || status == 500 { call.remoteSDP?.isOutdated = true }
            if let change { call.takeBack(change.before) }
            self.call = call
            // RFC 3261 §14.1: 481 and 408 end the dialog; all else leaves it as it was.
            if status == 481 || status == 408 { return hangUp() }
            let again = status == 491 ? change?.kind.deadline : nil
            return set(again ?? .resume, after: random.duration(from: .seconds(2), to: .seconds(4)))
        }
        if request.method == .invite {
            acknowledge(request, transaction, dialog: call.dialog)
        }
        call.remoteSDP = readAnswer(response.body, to: call.localSDP, before: call.remoteSDP)
        noteTimer(response, call: &call)
        self.call = call
    }

    /// The other side changes the conversation (RFC 3261 §14.2).
    func receiveOffer(_ request: Request, _ transaction: ServerTransactionID) {
        guard var call, case .talking = call.stage else {
            // What is refused counts all the same.
            self.call?.remoteSDP?.isOutdated = true
            return respond(.requestTerminated, to: request, transaction)
        }
        guard call.invite == nil, call.unacknowledged == nil else {
            // What is refused counts all the same, and may have overtaken an answer.
            self.call?.remoteSDP?.isOutdated = true
            let status: Status = call.invite == nil ? .serverInternalError : .requestPending
            return respond(status, to: request, transaction)
        }
        if refusesImage(request, transaction) { return }
        call.wasHeld = true
        if let offer = PhoneSDP.read(request.body) {
            judgeVersion(of: offer, after: call.remoteSDP)
            if !call.isMisled { judgeKeys(ofOffer: offer) }
            call.remoteSDP = offer
            var local = answer(offer, in: call.audio, after: call.localSDP)
            if local != call.localSDP { local.version += 1 }
            call.localSDP = local
        }
        if let target = request.contacts.first?.uri { call.dialog.remoteTarget = target }
        answer(request, transaction, call: &call)
        self.call = call
        noteDoor(request)
    }

    /// Who is no fax machine takes no T.38.
    func refusesImage(_ request: Request, _ transaction: ServerTransactionID) -> Bool {
        guard PhoneSDP.read(request.body)?.isImage == true else { return false }
        // T.38 is in the clear.
        if manners.contains(.takesImages), setup.encryption == .unknown { return false }
        // What is refused counts all the same.
        call?.remoteSDP?.isOutdated = true
        respond(.notAcceptableHere, to: request, transaction)
        return true
    }

    // MARK: The end

    func hangUp() {
        guard var call, case .talking = call.stage else { return }
        if call.unacknowledged != nil {
            // RFC 3261 §15: no BYE before the ACK.
            return set(.hangUp, after: .milliseconds(300))
        }
        call.hungUpHere = true
        call.stage = .ending
        var request = call.dialog.request(.bye)
        if manners.contains(.givesReasons) {
            request.fields[.reason] = "Q.850;cause=16;text=\"Normal call clearing\""
        }
        self.call = call
        world.recorder.record(.info, "phone.hangs-up", [("call-id", call.dialog.sipCallID)])
        send(request, as: .bye)
    }

    func receiveBye(_ request: Request, _ transaction: ServerTransactionID) {
        respond(.ok, to: request, transaction)
        if let call, case .ringing(let invite, let ringing) = call.stage {
            respond(.requestTerminated, to: ringing, invite)
            return finish(.abandoned)
        }
        finish(.talked)
    }

    /// Closing time: whatever is under way comes to its end.
    func endAnyCall() {
        for line in [0, 1] {
            turn(to: line)
            endCall()
        }
        if isIdle { unregister() } else { set(.closingTime, after: .seconds(1)) }
    }

    private func endCall() {
        guard let call else { return }
        switch call.stage {
        case .calling: giveUp()
        case .ringing(let transaction, let request):
            refuse(request, transaction, status: .temporarilyUnavailable)
        case .talking: hangUp()
        case .cancelling, .ending: break
        }
    }

    /// Forgets the call and writes down what was seen of it.
    func finish(_ outcome: CallSighting.Outcome) {
        guard let call else { return }
        for deadline in [
            Deadline.patience, .pickUp, .hangUp, .hold, .resume, .resendAnswer, .resendProgress,
            .refresh, .expiry, .transfer, .fixCodec, .offerAgain, .askImage, .askSound,
            .repeatAnswer, .consult, .consulted, .key, .record,
        ] {
            cancel(deadline)
        }
        if let dialog = call.dialog.dialogID { transport.unregister(dialog) }
        // One that got a provisional response would wait for its final for ever (RFC 3261 §9.1).
        if let invite = call.invite, pending[invite] != nil {
            transport.cancel(invite, reason: nil)
        }
        call.audio.close()
        if call.audio.oddPackets > 0 {
            complain(
                "\(call.audio.oddPackets) packets of no agreed payload type,"
                    + " the first of \(call.audio.firstOdd)")
        }
        if call.audio.clearPackets > 0 {
            complain("\(call.audio.clearPackets) packets in the clear, though keys were agreed on")
        }
        diary.write(call.sighting(by: phone, ended: world.time.now, outcome: outcome))
        world.recorder.record(
            .info, "phone.ended",
            [
                ("call-id", call.dialog.sipCallID), ("outcome", "\(outcome)"),
                ("heard", String(call.audio.heard.values.reduce(0, +))),
            ])
        self.call = nil
        if otherCall != nil { return goOnWithOtherLine() }
        if isClosing { unregister() } else { setNextCall() }
    }
}
