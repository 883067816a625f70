import Platform
import SIPStack

/// UPDATE (RFC 3311) and session timers (RFC 4028), by another hand than the exchange's.
extension VirtualPhone {
    /// An UPDATE of the other side: a refresh, or another description.
    func receiveUpdate(_ request: Request, _ transaction: ServerTransactionID) {
        if !quirks.updates { complain("an UPDATE to a phone that doesn't allow it") }
        guard var call, quirks.updates else {
            return respond(.methodNotAllowed, to: request, transaction)
        }
        if refusesImage(request, transaction) { return }
        if let target = request.contacts.first?.uri { call.dialog.remoteTarget = target }
        var response = Response(to: request, status: .ok, toTag: call.dialog.localTag)
        response.fields[.contact] = dialogContact
        if let offer = PhoneSDP.read(request.body) {
            guard case .talking = call.stage, call.invite == nil, call.unacknowledged == nil else {
                self.call?.remoteSDP?.isOutdated = true
                let status: Status = call.invite == nil ? .serverInternalError : .requestPending
                return respond(status, to: request, transaction)
            }
            judgeVersion(of: offer, after: call.remoteSDP)
            if !call.isMisled { judgeKeys(ofOffer: offer) }
            call.wasHeld = true
            call.remoteSDP = offer
            var local = answer(offer, in: call.audio, after: call.localSDP)
            if local != call.localSDP { local.version += 1 }
            call.localSDP = local
            response.fields[.contentType] = "application/sdp"
            response.body = local.bytes
        }
        agreeOnTimer(request, in: &response, call: &call)
        self.call = call
        respond(response, to: transaction)
    }

    /// Answers what a request of the other side says of the timer.
    func agreeOnTimer(_ request: Request, in response: inout Response, call: inout PhoneCall) {
        guard quirks.timer != .unknown, let asked = request.fields[.sessionExpires],
            let seconds = UInt32(asked.prefix { $0 != ";" })
        else { return }
        let isFirst = call.progress.sessionSeconds == nil
        let given = isFirst ? min(seconds, PhoneQuirks.sessionSeconds) : seconds
        let named = asked.contains("refresher=uas") ? true : asked.contains("uac") ? false : nil
        call.progress.isRefresher = named ?? (quirks.timer != .waits)
        call.progress.sessionSeconds = given
        let refresher = call.progress.isRefresher ? "uas" : "uac"
        response.fields[.require] = "timer"
        response.fields[.sessionExpires] = "\(given);refresher=\(refresher)"
        armTimer(call)
    }

    /// Takes what the 2xx to a request of ours says of the timer.
    func noteTimer(_ response: Response, call: inout PhoneCall) {
        guard quirks.timer != .unknown else { return }
        guard let given = response.fields[.sessionExpires],
            let seconds = UInt32(given.prefix { $0 != ";" })
        else { return complain("a 2xx without Session-Expires, though a timer was asked for") }
        call.progress.sessionSeconds = seconds
        call.progress.isRefresher = given.contains("refresher=uac")
        armTimer(call)
    }

    private func armTimer(_ call: PhoneCall) {
        guard let seconds = call.progress.sessionSeconds else { return }
        let whole = Duration.seconds(Int64(seconds))
        if call.progress.isRefresher {
            if quirks.timer != .forgets { set(.refresh, after: whole / 2) }
            // Who forgets to refresh is hung up; a while later there must be no call.
            if quirks.timer == .forgets { set(.expiry, after: whole + .seconds(5)) }
        } else {
            set(.expiry, after: whole)
        }
    }

    /// Every request that refreshes says so, or the timer ends with its 2xx (RFC 4028 §7.4).
    func keepTimer(_ call: PhoneCall, in request: inout Request) {
        guard let seconds = call.progress.sessionSeconds else { return }
        request.fields[.supported] = "timer"
        request.fields[.sessionExpires] =
            "\(seconds);refresher=\(call.progress.isRefresher ? "uac" : "uas")"
    }

    /// Our refresh: an UPDATE, or a re-INVITE that changes nothing.
    func refresh() {
        guard var call, case .talking = call.stage, call.progress.sessionSeconds != nil
        else { return }
        guard call.invite == nil, call.unacknowledged == nil else {
            return set(.refresh, after: .seconds(2))
        }
        var request = call.dialog.request(
            quirks.updates ? .update : .invite, body: quirks.updates ? [] : call.localSDP.bytes)
        request.fields[.contact] = dialogContact
        request.fields[.allow] = quirks.allowed
        keepTimer(call, in: &request)
        call.invite = send(request, as: .refresh)
        self.call = call
    }

    func refreshAnswered(
        _ response: Response?, to request: Request, _ transaction: ClientTransactionID
    ) {
        guard var call, call.invite == transaction else { return }
        call.invite = nil
        guard let response, response.status.isSuccess else {
            self.call = call
            let status = response?.status.code ?? 408
            if status == 481 || status == 408 { return hangUp() }
            return set(.refresh, after: random.duration(from: .seconds(2), to: .seconds(4)))
        }
        if request.method == .invite {
            acknowledge(request, transaction, dialog: call.dialog)
            call.remoteSDP = readAnswer(
                response.body, to: call.localSDP, before: call.remoteSDP)
        }
        noteTimer(response, call: &call)
        self.call = call
    }

    /// Nobody has refreshed the session by its end: either we should have been hung up, or told.
    func sessionExpired() {
        guard let call, case .talking = call.stage else { return }
        complain("a session outlived its timer", waitedSince: call.begun)
        hangUp()
    }
}
