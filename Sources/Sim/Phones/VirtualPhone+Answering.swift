import Platform
import SIPStack

/// The callee's half.
extension VirtualPhone {
    /// Resends of a 2xx begin with T1 and double to T2, for 64 × T1 (RFC 3261 §13.3.1.4).
    static let firstResend = Duration.milliseconds(500)
    static let longestResend = Duration.seconds(4)
    static let longestWait = Duration.seconds(32)

    func receiveInvite(_ request: Request, _ transaction: ServerTransactionID) {
        guard isIdle, !isClosing else {
            var status: Status = isClosing ? .temporarilyUnavailable : .busyHere
            if outside != nil, whim.happens(perThousand: 500) { status = .serviceUnavailable }
            world.recorder.record(.info, "phone.busy", [("call-id", request.callID)])
            let tag = world.random.token(8)
            return transport.respond(
                Response(to: request, status: status, toTag: tag), to: transaction)
        }
        guard let audio = makeAudio() else { return }
        let offer = PhoneSDP.read(request.body)
        if offer == nil, !request.body.isEmpty { complain("an offer without audio") }
        let isMisled = !isMeant(by: request.uri)
        if let offer, !isMisled { judgeKeys(ofOffer: offer) }
        let dialog = PhoneDialog(answering: request, localTag: world.random.token(8))
        let local =
            offer.map { answer($0, in: audio, after: nil) }
            ?? PhoneSDP(
                address: audio.address, direction: .sendrecv, payloadTypes: quirks.payloadTypes,
                version: 1, keys: drawKeys(), handshake: drawHandshake(), checks: drawChecks())
        call = PhoneCall(
            number: lastCall, isCaller: false, remoteNumber: request.from.uri.sip?.user ?? "",
            begun: world.time.now, audio: audio, stage: .ringing(transaction, request),
            dialog: dialog, localSDP: local, remoteSDP: offer)
        call?.isMisled = isMisled
        lostAcknowledgements = [:]
        diary.callBegan(phone, isCaller: false)
        cancel(.nextCall)
        world.recorder.record(
            .info, "phone.rings",
            [("call-id", request.callID), ("call", String(lastCall))])
        if let dialog = dialog.dialogID { transport.register(dialog, sink: sink) }
        if !manners.contains(.ringsSilently) { respond(.ringing, to: request, transaction) }
        playEarlyMedia(to: request, transaction)
        set(.patience, after: .seconds(200))
        if !random.happens(perThousand: habits.ignores) {
            set(.pickUp, after: ringTime())
        }
    }

    /// Whether a request is for this phone: a box that has forgotten who was where brings it to another,
    /// even to one of the same extension, and may put that one's address in it.
    private func isMeant(by uri: URI) -> Bool {
        guard uri.sip?.user == setup.number, registration.boxLife.known == place.boxLife else {
            return false
        }
        guard case .ip(let host)? = uri.sip?.host, Translators.isClaimed(host) else { return true }
        return host == place.signallingAddress(habits.transport).address
    }

    /// How long it rings before something is done about it.
    ///
    /// Now and then to the next stroke of a clock: two phones of one extension are then picked up at
    /// the same instant.
    private func ringTime() -> Duration {
        let time = random.duration(from: habits.leastRingTime, to: habits.greatestRingTime)
        guard random.happens(perThousand: habits.picksUpTogether) else { return time }
        let stroke = Duration.seconds(4).nanoseconds
        return .nanoseconds(stroke - (world.time.now - .start).nanoseconds % stroke)
    }

    func decideOnRinging() {
        guard let call, case .ringing(let transaction, let request) = call.stage else { return }
        if manners.contains(.redirects), whim.happens(perThousand: 200) {
            redirect(request, transaction)
        } else if random.happens(perThousand: habits.refuses) {
            let isOdd = manners.contains(.refusesOddly)
            refuse(request, transaction, status: isOdd ? oddRefusal() : .busyHere)
        } else if random.happens(perThousand: habits.declines) {
            refuse(request, transaction, status: .decline)
        } else {
            pickUp(request, transaction)
        }
    }

    private func oddRefusal() -> Status {
        let refusals = PhoneManners.oddRefusals
        return refusals[whim.number(in: 0...refusals.count - 1)]
    }

    /// The caller shall try another number (RFC 3261 §8.1.3.4).
    private func redirect(_ request: Request, _ transaction: ServerTransactionID) {
        var response = Response(
            to: request, status: .movedTemporarily, toTag: call?.dialog.localTag)
        let number = numbers[whim.number(in: 0...numbers.count - 1)]
        response.fields[.contact] = "<\(addressOfRecord(number).text)>"
        respond(response, to: transaction)
        finish(.refusedHere(302))
    }

    func refuse(_ request: Request, _ transaction: ServerTransactionID, status: Status) {
        respond(status, to: request, transaction)
        finish(.refusedHere(status.code))
    }

    private func pickUp(_ request: Request, _ transaction: ServerTransactionID) {
        guard var call else { return }
        if call.progress.unacknowledged != nil {
            // RFC 3262 §3: no 2xx before the PRACK of a description.
            return set(.pickUp, after: .milliseconds(300))
        }
        cancel(.patience)
        answer(request, transaction, call: &call)
        call.answered = world.time.now
        call.stage = .talking
        self.call = call
        beginTalking()
    }

    /// Sends a 2xx with our description, and resends it until the ACK.
    func answer(
        _ request: Request, _ transaction: ServerTransactionID, call: inout PhoneCall
    ) {
        var response = Response(to: request, status: .ok, toTag: call.dialog.localTag)
        response.fields[.contact] = dialogContact
        response.fields[.allow] = quirks.allowed
        if manners.contains(.supportsReplaces) { response.fields[.supported] = "replaces" }
        let isSettled = call.progress.isSettled && call.answered == nil
        if !isSettled {
            response.fields[.contentType] = "application/sdp"
            response.body = call.localSDP.bytes
        }
        agreeOnTimer(request, in: &response, call: &call)
        call.unacknowledged = PhoneCall.Unacknowledged(
            response: response, transaction: transaction, interval: Self.firstResend,
            end: world.time.now + Self.longestWait, awaitsAnswer: request.body.isEmpty)
        call.dialog.lastTaken?.response = response
        transport.respond(response, to: transaction)
        set(.resendAnswer, after: Self.firstResend)
    }

    func resendAnswer() {
        guard var call, var open = call.unacknowledged else { return }
        guard world.time.now < open.end else {
            complain("no ACK for a 2xx", waitedSince: call.begun)
            call.unacknowledged = nil
            self.call = call
            return hangUp()
        }
        transport.respond(open.response, to: open.transaction)
        open.interval = min(open.interval * 2, Self.longestResend)
        call.unacknowledged = open
        self.call = call
        set(.resendAnswer, after: open.interval)
    }

    func receiveAcknowledgement(_ request: Request) {
        guard var call, let open = call.unacknowledged,
            open.response.cSeq.number == request.cSeq.number
        else { return }
        cancel(.resendAnswer)
        call.unacknowledged = nil
        if open.awaitsAnswer {
            call.remoteSDP = readAnswer(
                request.body, to: call.localSDP, before: call.remoteSDP)
        }
        if manners.contains(.repeatsAnswers) {
            call.acknowledged = (open.response, open.transaction)
            set(.repeatAnswer, after: .milliseconds(300))
        }
        self.call = call
    }

    /// A 2xx that was under way twice, or that the phone sends once too often.
    func repeatAnswer() {
        guard let again = call?.acknowledged, case .talking = call?.stage else { return }
        call?.acknowledged = nil
        transport.respond(again.response, to: again.transaction)
    }

    /// Another phone of this extension may have won: the CANCEL says so (RFC 3326).
    func receiveCancel(_ transaction: ServerTransactionID, _ cancel: Request) {
        guard let call, case .ringing(transaction, let invite) = call.stage else { return }
        respond(.requestTerminated, to: invite, transaction)
        let reason = cancel.fields[.reason]?.lowercased() ?? ""
        let isElsewhere = reason.hasPrefix("sip") && reason.contains("cause=200")
        finish(isElsewhere ? .answeredElsewhere : .abandoned)
    }

    /// A response without body, within this call's dialog.
    func respond(_ status: Status, to request: Request, _ transaction: ServerTransactionID) {
        var response = Response(to: request, status: status, toTag: call?.dialog.localTag)
        if status.isProvisional || status.isSuccess { response.fields[.contact] = dialogContact }
        respond(response, to: transaction)
    }

    /// Sends a response within this call's dialog, and keeps the last one.
    func respond(_ response: Response, to transaction: ServerTransactionID) {
        if response.cSeq.number == call?.dialog.remoteSequence {
            call?.dialog.lastTaken?.response = response
        }
        transport.respond(response, to: transaction)
    }
}
