import Platform
import SIPStack

/// What admitted requests start.
extension Exchange {
    func register(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow,
        _ device: DeviceRecord
    ) {
        // The AoR must be the device's own (RFC 3261 §10.3 step 3–5).
        guard case .sip(let aor) = request.to.uri else {
            let refusal = Response(
                to: request, status: .badRequest, reason: "AoR Is Not A SIP URI")
            return transport.respond(refusal, to: transaction)
        }
        guard let number = aor.user.flatMap(ExtensionNumber.init),
            let record = directory.extensionRecord(number), record.extensionID == device.extensionID
        else {
            return transport.respond(Response(to: request, status: .forbidden), to: transaction)
        }
        tally.registers += 1
        if let sign = RewritingSign(in: request, from: flow.remote.address) {
            world.recorder.record(
                .info, "sip.rewritten",
                [("extension", record.number.description), ("why", sign.words)])
        }
        owner(of: record.extensionID)?.mailbox.post(
            .register(request, transaction, on: flow, device.deviceID))
    }

    func startCall(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow,
        from device: DeviceRecord
    ) {
        if let refusal = refusalOfCall(request) {
            return transport.respond(refusal, to: transaction)
        }
        guard let caller = directory.party(device.extensionID) else {
            return transport.respond(Response(to: request, status: .forbidden), to: transaction)
        }
        guard begunCalls[device.extensionID, default: 0] < configuration.callsPerExtension else {
            world.recorder.record(
                .warning, "call.tooMany", [("extension", "\(device.extensionID)")])
            return transport.respond(Response(to: request, status: .busyHere), to: transaction)
        }
        if let refusal = refusalOfReplaces(request) {
            return transport.respond(refusal, to: transaction)
        }
        let dialled = dialled(by: request.uri)
        let digits = dialled.digits
        let place = DialPlan(directory: directory, house: configuration.house).destination(
            for: digits, from: device.extensionID)
        var setup = CallSetup(
            request: request, transaction: transaction, flow: flow, device: device,
            caller: caller, dialled: digits, callee: nil, calleeDevices: [])
        if let replaces = try? request.fields.first(Replaces.self) {
            setup.isClaim = true
            return begin(setup) { seekPlace(replaces, for: $0, by: device.extensionID) }
        }
        switch place {
        case .inside(let id):
            setup.callee = directory.party(id)
            setup.calleeDevices = directory.devices(of: id)
            if takesFaxes(setup.calleeDevices) { return beginFax(setup) }
            begin(setup) { seekPhones(of: id, dialled.phones, for: $0.mailbox) }
        case .here(let place):
            setup.house = place
            setup.callee = Party(
                here: NumberForm(text: digits, type: .inside), name: place.shownName)
            begin(setup) { $0.mailbox.post(.foundHere(place)) }
        case .feature(let feature):
            setup.isClaim = true
            setup.callee = Party(
                here: NumberForm(text: digits, type: .inside), name: feature.shownName)
            begin(setup) { perform(feature, for: $0, by: device.extensionID) }
        case .outside(let number, let trunkIDs):
            setup.callee = Party(outside: OutsideIdentity.form(number))
            begin(setup) { call in
                call.mailbox.post(
                    .foundOut(waysOut(to: number, by: trunkIDs, from: caller, request)))
            }
        case .nowhere:
            begin(setup) { $0.mailbox.post(.notFound(.unknownNumber)) }
        }
    }

    /// Asks an extension where its phones are.
    func seekPhones(
        of id: ExtensionID, _ phones: GRUUMint.Choice, for call: Mailbox<Call>
    ) {
        guard let owner = owner(of: id) else {
            call.post(.notFound(.unknownNumber))
            return
        }
        owner.mailbox.post(.seek(phones) { call.post(.found($0)) })
    }

    /// Makes the owner of a call, and begins to look for its callee.
    func begin(_ setup: CallSetup, seeking: (Call) -> Void) {
        let callID = CallID(at: world.time.wallTime, random: world.random)
        let call = Call(
            id: callID, setup: setup,
            surroundings: CallSurroundings(
                world: world, transport: transport, media: media, store: store,
                configuration: configuration, exchange: mailbox, events: events, journal: journal,
                revision: directory.revision, recordings: recordings, faxes: faxes,
                liveCalls: liveCalls))
        tally.callsBegun += 1
        calls[callID] = (call, call.firstGlance)
        if let beginner = setup.device?.extensionID { begunCalls[beginner, default: 0] += 1 }
        callOf[setup.transaction] = callID
        call.mailbox.post(.begin)
        seeking(call)
    }

    /// Why an INVITE begins no call, whoever sent it.
    func refusalOfCall(_ request: Request) -> Response? {
        if let refusal = refusalOfBody(of: request) { return refusal }
        // RFC 4028 §9.
        if let refusal = InviteSession.refusal(of: request, timer: configuration.sessionTimer) {
            return refusal
        }
        // RFC 3261 §16.3: what we send on goes one hop further; a call that circles ends here.
        guard request.maxForwards != 0 else { return Response(to: request, status: .tooManyHops) }
        guard !isDraining else {
            tally.callsRefused += 1
            return .serviceUnavailable(to: request, retryAfter: 10)
        }
        if let limit = configuration.callLimit, calls.count >= limit,
            !configuration.admission.isEmergency(request)
        {
            tally.callsRefused += 1
            world.recorder.record(.warning, "call.limitReached", [("limit", String(limit))])
            return .serviceUnavailable(to: request, retryAfter: 5)
        }
        return nil
    }

    /// 415 for a body that is no session description, 406 for a caller that can't take ours.
    private func refusalOfBody(of request: Request) -> Response? {
        if let content = request.content, !content.isOfType("application/sdp") {
            var refusal = Response(to: request, status: .unsupportedMediaType)
            refusal.fields.append(name: .accept, raw: "application/sdp")
            return refusal
        }
        guard let accept = request.fields[.accept]?.lowercased() else { return nil }
        let isTaken = ["application/sdp", "application/*", "*/*"].contains { accept.contains($0) }
        return isTaken ? nil : Response(to: request, status: .notAcceptable)
    }

    func passMessage(
        _ request: Request, _ transaction: ServerTransactionID, from device: DeviceRecord
    ) {
        let dialled = dialled(by: request.uri)
        let place = DialPlan(directory: directory, house: configuration.house).destination(
            for: dialled.digits, from: device.extensionID)
        guard case .inside(let id) = place, let owner = owner(of: id),
            let sender = directory.party(device.extensionID)
        else {
            return transport.respond(Response(to: request, status: .notFound), to: transaction)
        }
        let from = configuration.address(of: sender)
        owner.mailbox.post(
            .seek(dialled.phones) { [mailbox = messenger.mailbox] branches in
                mailbox.post(.deliver(request, transaction, from: from, to: branches))
            })
    }

    func collectBindings(_ reply: @escaping @Sendable ([BindingRecord]) -> Void) {
        let now = world.time.now
        let wallTime = world.time.wallTime
        let collector = BindingCollector(expected: extensions.count, reply: reply)
        for (id, owner) in extensions {
            guard let record = directory.extensionRecord(id) else {
                collector.add([])
                continue
            }
            owner.mailbox.post(
                .list { bindings in
                    let reachable = bindings.filter(\.isReachable)
                    collector.add(
                        reachable.map {
                            BindingRecord($0, of: record, now: now, wallTime: wallTime)
                        })
                })
        }
    }
}

extension Request {
    /// What was dialled: the user part of the Request-URI, or a `tel:` URI's digits.
    var dialledDigits: String { uri.digits }
}
