import Platform
import SIPStack

/// The caller's half.
extension VirtualPhone {
    func placeCall() {
        guard !isClosing, call == nil, registration.isRegistered else { return setNextCall() }
        let others = numbers.filter { $0 != setup.number }
        var number = others[random.number(in: 0...others.count - 1)]
        if random.happens(perThousand: habits.misdials) { number = "7\(number)" }
        guard let audio = makeAudio() else { return setNextCall() }
        let local = NameAddress(
            displayName: "Phone \(setup.number)", uri: addressOfRecord(setup.number))
        let dialog = PhoneDialog(
            calling: addressOfRecord(number), from: local, sipCallID: world.random.token(16),
            localTag: world.random.token(8))
        let offer = PhoneSDP(
            address: audio.address, direction: .sendrecv, payloadTypes: PhoneSDP.known, version: 1)
        var call = PhoneCall(
            number: lastCall, isCaller: true, remoteNumber: number, begun: world.time.now,
            audio: audio, stage: .calling, dialog: dialog, localSDP: offer)
        var invite = call.dialog.request(.invite, body: offer.bytes)
        invite.fields[.contact] = contact
        invite.fields[.allow] = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"
        acknowledgements = [:]
        diary.callBegan()
        world.recorder.record(
            .info, "phone.calls",
            [("number", number), ("call-id", dialog.sipCallID), ("call", String(lastCall))])
        call.invite = send(invite, as: .invite)
        self.call = call
        let isHasty = random.happens(perThousand: habits.givesUpEarly)
        let haste = random.duration(from: .zero, to: .seconds(4))
        set(.patience, after: isHasty ? haste : habits.patience)
    }

    func makeAudio() -> PhoneAudio? {
        lastCall += 1
        let mark = SpeakerMark(phone: phone, call: lastCall)
        return PhoneAudio(
            mark: mark, plan: sound, place: place, world: world, random: random)
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
        acknowledge(request, transaction, dialog: call.dialog)
        call.remoteSDP = readAnswer(response.body, to: call.localSDP, before: nil)
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
        acknowledgements[transaction] = acknowledgement
        transport.acknowledge(acknowledgement, to: destination)
    }

    /// Reads the answer to an offer of ours, and judges it (RFC 3264 §6).
    func readAnswer(_ body: [UInt8], to offer: PhoneSDP, before: PhoneSDP?) -> PhoneSDP? {
        guard let answer = PhoneSDP.read(body) else {
            complain("an answer without audio")
            return nil
        }
        if !answer.payloadTypes.allSatisfy(offer.payloadTypes.contains) {
            complain("an answer with payload types that were not offered")
        }
        judgeVersion(of: answer, after: before)
        return answer
    }

    /// The origin's version stays, or rises by one (RFC 3264 §8).
    func judgeVersion(of description: PhoneSDP, after before: PhoneSDP?) {
        guard let before, description.version != before.version,
            description.version != before.version &+ 1
        else { return }
        complain("the SDP version went from \(before.version) to \(description.version)")
    }
}
