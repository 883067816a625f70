import Platform
import SIPStack

/// Reliable provisional responses, both ways (RFC 3262), by another hand than the exchange's.
extension VirtualPhone {
    // MARK: The callee's half

    /// Something is played before the phone is picked up.
    func playEarlyMedia(to request: Request, _ transaction: ServerTransactionID) {
        guard quirks.hasEarlyMedia, var call, !request.body.isEmpty else { return }
        var response = Response(
            to: request, status: .sessionProgress, toTag: call.dialog.localTag)
        response.fields[.contact] = dialogContact
        response.fields[.allow] = quirks.allowed
        response.fields[.contentType] = "application/sdp"
        response.body = call.localSDP.bytes
        let isReliable = quirks.reliability != .unknown && request.supports("100rel")
        if isReliable {
            response.fields[.require] = "100rel"
            response.fields[.rSeq] = String(random.number(in: 1...0x7FFF_FFFE))
            call.progress.unacknowledged = PhoneProgress.Unacknowledged(
                response: response, transaction: transaction, interval: Self.firstResend,
                end: world.time.now + Self.longestWait)
            set(.resendProgress, after: Self.firstResend)
        }
        self.call = call
        respond(response, to: transaction)
    }

    func resendProgress() {
        guard var call, var open = call.progress.unacknowledged,
            case .ringing(let transaction, let request) = call.stage
        else { return }
        guard world.time.now < open.end else {
            complain("no PRACK for a reliable 183", waitedSince: call.begun)
            return refuse(request, transaction, status: .serverTimeout)
        }
        transport.respond(open.response, to: open.transaction)
        open.interval *= 2
        call.progress.unacknowledged = open
        self.call = call
        set(.resendProgress, after: open.interval)
    }

    func receivePrack(_ request: Request, _ transaction: ServerTransactionID) {
        let wanted = call?.progress.unacknowledged.map { open in
            "\(open.response.fields[.rSeq] ?? "") \(open.response.cSeq.number) INVITE"
        }
        guard let wanted else {
            // The PRACK of a 183 whose caller was quick to cancel, at most.
            return respond(.callOrTransactionDoesNotExist, to: request, transaction)
        }
        guard request.fields[.rAck] == wanted else {
            complain("a PRACK of \(request.fields[.rAck] ?? "nothing"), not of \(wanted)")
            return respond(.callOrTransactionDoesNotExist, to: request, transaction)
        }
        if !request.body.isEmpty { complain("a PRACK with an offer that nobody wanted") }
        call?.progress.unacknowledged = nil
        call?.progress.isSettled = true
        cancel(.resendProgress)
        respond(.ok, to: request, transaction)
    }

    // MARK: The caller's half

    /// A provisional response of our INVITE with what RFC 3262 §4 asks for; true where it is to be
    /// taken as one.
    func takeProgress(_ response: Response) -> Bool {
        guard response.required.contains("100rel"), let text = response.fields[.rSeq],
            let number = UInt32(text), var call
        else {
            if quirks.reliability == .required, response.status > .trying {
                complain("\(response.status) is not reliable, though that was required")
            }
            return true
        }
        if quirks.reliability == .unknown { complain("a reliable response to who knows none") }
        if let last = call.progress.lastNumber, number != last + 1 { return false }
        if call.dialog.remoteTag != response.to.tag {
            call.dialog.confirm(by: response)
            if let dialog = call.dialog.dialogID { transport.register(dialog, sink: sink) }
        }
        call.progress.lastNumber = number
        var prack = call.dialog.request(.prack)
        prack.fields[.rAck] = "\(number) \(response.cSeq.number) INVITE"
        if !response.body.isEmpty, !call.progress.isSettled {
            call.progress.isSettled = true
            if quirks.offersLate {
                call.remoteSDP = PhoneSDP.read(response.body)
                if let offer = call.remoteSDP {
                    call.localSDP = answer(offer, in: call.audio, after: nil)
                }
                prack.fields[.contentType] = "application/sdp"
                prack.body = call.localSDP.bytes
            } else {
                call.remoteSDP = readAnswer(response.body, to: call.localSDP, before: nil)
            }
        } else if !response.body.isEmpty {
            complain("a second description before the answer")
        }
        self.call = call
        send(prack, as: .prack)
        return true
    }

    /// The 2xx to our INVITE: what it says of media, and our answer where it holds the offer.
    func takeAnswer(_ response: Response, call: inout PhoneCall) -> [UInt8] {
        if call.progress.isSettled {
            if !response.body.isEmpty { complain("a 2xx repeats what was settled reliably") }
            return []
        }
        guard quirks.offersLate else {
            call.remoteSDP = readAnswer(response.body, to: call.localSDP, before: nil)
            return []
        }
        call.remoteSDP = PhoneSDP.read(response.body)
        guard let offer = call.remoteSDP else {
            complain("a 2xx without an offer, to an INVITE without one")
            return []
        }
        call.localSDP = answer(offer, in: call.audio, after: nil)
        return call.localSDP.bytes
    }
}
