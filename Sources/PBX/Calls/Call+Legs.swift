import Media
import Platform
import SIPStack

/// Legs: how they are made, and what their sessions report.
extension Call {
    func handle(_ event: LegEvent, of number: LegNumber) {
        switch event {
        case .sip(let event):
            diary.see(event, of: number, at: world.time.now)
            guard !answersChallenge(event, of: number),
                let arrival = legs[number]?.value.arrival(of: event)
            else { break }
            feed(.arrival(arrival), to: number)
        case .media(let event):
            handle(event, of: number)
        case .claim(let claim, let isEarlyOnly):
            judge(claim, for: .leg(number, isEarlyOnly: isEarlyOnly))
        case .relief(let passage):
            receive(passage, inPlaceOf: number)
        }
    }

    func makeLeg(
        _ number: LegNumber, usage: InviteSession, device: DeviceRecord?, party: NumberForm,
        identity: NameAddress, signalling: IPAddress, on flow: Flow, contact: String?,
        policy: DevicePolicy? = nil
    ) {
        let legID = LegID(at: world.time.wallTime, random: world.random)
        let gate = LegGate(
            owner: mailbox, number: number, extensionID: device?.extensionID,
            transport: surroundings.transport)
        let mediaID = MediaLegID(number: world.random.next())
        var leg = Leg(
            legID: legID, number: number, gate: gate, mediaID: mediaID, usage: usage,
            negotiation: makeNegotiation(
                under: policy ?? device?.policy ?? .usual, isSecure: flow.transport.isSecure),
            signalling: signalling,
            record: CallLegRecord(
                legID: legID, domain: record.domain, callID: id,
                role: number == .caller ? .caller : .callee, party: party,
                extensionID: device?.extensionID, deviceID: device?.deviceID, contact: contact,
                sipCallID: usage.sipCallID, startedAt: world.time.wallTime),
            identity: identity)
        leg.isInvited = number == .caller
        leg.recording = (policy ?? device?.policy ?? .usual).recording
        leg.faxDetection = (policy ?? device?.policy ?? .usual).faxDetection
        if let origin = usage.origin { recordInput(.usageMade(number, origin)) }
        legs[number] = Shared(leg)
        storeLeg(number)
        let network = surroundings.configuration.mediaNetwork(signalling)
        let alternate = surroundings.configuration.alternateNetwork(network)
        let media = MediaLegSetup(
            network: network, alternateNetwork: mayCheck(number) ? alternate : nil,
            streamCount: 1, callKey: setup.house?.callKey ?? callKey)
        surroundings.media.post(.open(mediaID, media, sink: gate))
    }

    /// Legs of one call live on one media loop.
    var callKey: UInt64 {
        id.description.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Rings one way to the callee: opens its ports; the INVITE goes when they are there.
    func ring(_ number: LegNumber, _ target: RingTarget) {
        guard let callee, let caller = legs[waitingParty]?.value.identity else { return }
        if let index = target.wayOut {
            guard waysOut.indices.contains(index) else { return }
            return ringOut(number, target, waysOut[index], to: callee)
        }
        let configuration = surroundings.configuration
        var fields = HeaderFields()
        for route in target.routes { fields.append(Route(route)) }
        let hops = setup.request.maxForwards.map { max(0, Int($0) - 1) } ?? 69
        fields.append(name: .maxForwards, raw: String(hops))
        let contact = configuration.contact(on: target.flow, name: caller.uri.sip?.user ?? "")
        fields.append(Contact.address(contact))
        fields.append(name: .allow, raw: InviteSession.allowedMethods)
        fields.append(name: .userAgent, raw: configuration.productName)
        fields.append(.diversion, from: setup.passedFields)
        if let referrer { fields.append(ReferredBy(referrer)) }
        var from = caller
        from.tag = world.random.token(12)
        let to = NameAddress(
            uri: .sip(SIPURI(user: callee.digits, host: configuration.host)))
        let request = Request(
            method: .invite, uri: target.uri, from: from, to: to,
            callID: world.random.token(24),
            cSeq: CSeq(number: 1, method: .invite), fields: fields, body: [])
        makeLeg(
            number,
            usage: InviteSession(
                calling: request, to: target.destination, contact: contact,
                timer: configuration.sessionTimer),
            device: calleeDevices.first { $0.deviceID == target.device },
            party: callee.number, identity: configuration.address(of: callee),
            signalling: target.flow.remote.address, on: target.flow, contact: target.uri.text)
        if target.isPlain { offerPlainly(to: number) }
    }

    /// A phone refused what it was offered: G.711 alone, which every phone has, may do.
    func offerPlainly(to number: LegNumber) {
        guard let leg = legs[number] else { return }
        legs[number]?.negotiation = leg.negotiation.plain
        note("media.offeredPlainly", number)
    }

    func receive(_ report: InviteSession.Report, from number: LegNumber) {
        switch report {
        case .progressed(let status, let body, _):
            legs[number]?.value.hasRung = true
            let hasMedia = takeEarlyAnswer(body, from: number)
            decide(.progressed(number, status, hasMedia: hasMedia))
        case .answered(let body):
            takeAnswer(body, from: number)
        case .refused(let status):
            legs[number]?.value.record.status = status.code
            decide(.refused(number, status))
        case .redirected(let status, _):
            // A phone's own forwarding comes with the forwarding rules; until then it is away.
            legs[number]?.value.record.status = status.code
            decide(.refused(number, .temporarilyUnavailable))
        case .confirmed(let body):
            takeConfirmation(body, from: number)
        case .earlyAnswered(let body):
            takeEarlyConfirmation(body)
        case .offered(let body, let method):
            takeOffer(body, by: method, from: number)
        case .offerWithdrawn:
            legs[number]?.value.negotiation.abandonOffer()
            decide(.offerWithdrawn(number))
        case .offerAccepted(let body):
            takeOfferAnswer(body, from: number)
        case .offerRefused(let status):
            legs[number]?.value.negotiation.abandonOffer()
            decide(.offerRefused(number, status))
            if number == attendedParty { faxOfferRefused(status) }
            welcomeRefused(number, status)
            rejoiningRefused(number, status)
            trialRefused(number, status)
        case .offerConfirmed(let body):
            takeOfferConfirmation(body, from: number)
        case .turnGiven(let isRefresh):
            takeTurn(number, isRefresh: isRefresh)
        case .alive:
            break  // What the watch asked for; it asks again in its time.
        case .informed(let transaction, let request):
            takeInform(request, transaction, from: number)
        case .referred(let transaction, let request):
            takeReferral(request, transaction, from: number)
        case .informConcluded(let inform, let status):
            concludeInform(inform, status)
        case .ended(let how):
            legs[number]?.value.isSessionOver = true
            watch(.ended, number)
            closeMedia(of: number)
            trialLeft(by: number)
            decide(.ended(number, how))
            closeLegRecord(number, how)
        }
    }
}
