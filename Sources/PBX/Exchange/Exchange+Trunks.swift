import Platform
import SIPStack

/// Trunks: their owners, what is known of them, and the calls that come and go by them.
extension Exchange {
    /// Hops of one trunk that a call tries.
    static let hopsPerCall = 3

    /// The network is there: trunks sign in.
    func startTrunks() {
        hasNetwork = true
        for record in directory.sortedTrunks { start(record) }
    }

    private func start(_ record: TrunkRecord) {
        let line: TrunkLine
        if let known = trunkViews[record.trunkID]?.line {
            line = known
            line.change(limit: record.settings.callLimit)
        } else {
            line = TrunkLine(record) { [locator = locator.mailbox] hop, outcome in
                switch outcome {
                case .answering: locator.post(.answering(hop))
                case .failed(let pause): locator.post(.failed(hop, pause: pause))
                }
            }
        }
        trunkViews[record.trunkID] = TrunkView(record: record, line: line)
        let trunk = Trunk(
            record: record, line: line, world: world, transport: transport,
            configuration: configuration, locator: locator.mailbox,
            tell: { [mailbox] in mailbox.post(.trunkChanged($0)) })
        trunks[record.trunkID] = trunk
        trunk.mailbox.post(.begin)
    }

    /// Brings the trunks to a new revision: what has changed signs out and in again.
    func adoptTrunks() {
        guard hasNetwork else { return }
        for (trunkID, trunk) in trunks.sorted(by: { $0.key < $1.key }) {
            guard directory.trunk(trunkID) != trunk.record else { continue }
            trunk.mailbox.post(.stop)
            leavingTrunks.append(trunk)
            trunks[trunkID] = nil
            if directory.trunk(trunkID) == nil {
                trunkViews[trunkID] = nil
                events.tell(.trunkRemoved(trunkID: trunkID, name: trunk.record.name))
            }
        }
        for record in directory.sortedTrunks where trunks[record.trunkID] == nil { start(record) }
    }

    func trunkChanged(_ view: TrunkView) {
        let trunkID = view.record.trunkID
        if view.status.phase == .stopped {
            leavingTrunks.removeAll { $0.token == view.token }
            return
        }
        guard trunks[trunkID]?.token == view.token else { return }
        for hop in view.hops where view.isUp {
            doorkeeper.vouch(for: hop.address.address, now: world.time.now)
        }
        tellChange(to: view)
        trunkViews[trunkID] = view
    }

    /// A refresh or another failed try is no news.
    private func tellChange(to view: TrunkView) {
        let former = events.trunkPicture(view.record.trunkID)
        let shown = TrunkPicture(view, after: former?.phase)
        guard shown.phase != former?.phase || shown.hop != former?.hop else { return }
        events.tell(.trunkChanged(shown))
    }

    /// In the order of their numbers.
    var sortedViews: [TrunkView] {
        trunkViews.values.sorted { $0.record.trunkID < $1.record.trunkID }
    }

    // MARK: In

    /// The trunk that an INVITE came by; nil: it is a phone's.
    func trunk(of request: Request, on flow: Flow) -> TrunkView? {
        guard !trunkViews.isEmpty else { return nil }
        // Who signs with our realm is judged by that, wherever it stands.
        guard !request.credentials.contains(where: { $0.realm == configuration.domain.name })
        else { return nil }
        let isOurs = { [directory] (digits: String) in
            ExtensionNumber(digits).flatMap { directory.extensionRecord($0) } != nil
        }
        let found = TrunkRecognition.trunk(
            of: request, on: flow, among: sortedViews, isExtension: isOurs)
        return found.flatMap { trunkViews[$0] }
    }

    func startCall(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow, by view: TrunkView
    ) {
        if let refusal = refusalOfCall(request) {
            return transport.respond(refusal, to: transaction)
        }
        guard let seat = view.line.takeSeat() else {
            world.recorder.record(.warning, "trunk.full", [("trunk", view.record.name)])
            var full = Response(to: request, status: .serviceUnavailable)
            full.fields[.retryAfter] = "10"
            return transport.respond(full, to: transaction)
        }
        let identity = OutsideIdentity(request)
        let record = DialledNumber.destination(
            request, by: view.record.settings, in: directory)
        var passed = HeaderFields()
        for address in identity.diverted { passed.append(Diversion(address)) }
        let line = IncomingTrunk(
            name: view.record.name, seat: seat, policy: view.record.settings.policy,
            publicAddress: view.seenAs?.address)
        var setup = CallSetup(
            request: request, transaction: transaction, flow: flow, device: nil,
            caller: identity.party, dialled: request.dialledDigits, callee: nil,
            calleeDevices: [], trunk: line, passedFields: passed)
        // By its ID: the optimiser of Swift 6.3.1 crashes where a party is asked for its own record.
        guard let extensionID = record?.extensionID else { return begin(setup, seeking: nil) }
        setup.callee = directory.party(extensionID)
        setup.calleeDevices = directory.devices(of: extensionID)
        if takesFaxes(setup.calleeDevices) { return beginFax(setup) }
        begin(setup, seeking: owner(of: extensionID))
    }

    /// Begins a call, and asks the callee's extension where its phones are.
    func begin(_ setup: CallSetup, seeking owner: Extension?) {
        begin(setup) { call in
            guard let owner else {
                call.mailbox.post(.notFound(.unknownNumber))
                return
            }
            owner.mailbox.post(
                .seek(.every) { [mailbox = call.mailbox] in mailbox.post(.found($0)) })
        }
    }

    // MARK: Out

    /// The ways to a number outside, in the order of trying: trunks that are known to be up before
    /// those that are not, and of each its hops.
    func waysOut(
        to number: String, by trunkIDs: [TrunkID], from caller: Party, _ request: Request
    ) -> [WayOut] {
        let views = trunkIDs.compactMap { trunkViews[$0] }
        let ordered = views.filter(\.isUp) + views.filter { !$0.isUp }
        let ownNumber = caller.extensionID.flatMap { id in
            directory.numbers(of: id).first { $0.use == .callerID }?.form.text
        }
        return ordered.flatMap { view in
            view.hops.prefix(Self.hopsPerCall).compactMap { hop in
                wayOut(to: number, by: hop, of: view, caller, ownNumber, request)
            }
        }
    }

    private func wayOut(
        to number: String, by hop: NextHop, of view: TrunkView, _ caller: Party,
        _ ownNumber: String?, _ request: Request
    ) -> WayOut? {
        // On a registered flow requests stay on it (RFC 5626 §5.3).
        var destination = hop.destination
        if let flow = view.flow, hop == view.hops.first, transport.isOpen(flow) {
            destination = .flow(flow)
        }
        guard let flow = transport.prospectiveFlow(to: destination) else { return nil }
        let settings = view.record.settings
        let shown = ShownIdentity(
            caller, ownNumber: ownNumber, by: settings, host: view.host,
            isHidden: request.hidesIdentity, diverted: request.diversions)
        var target = SIPURI(user: number, host: view.host)
        target.port = (try? URI(settings.address))?.sip?.port
        let way = TrunkWay(
            line: view.line, hop: hop, from: shown.from,
            to: NameAddress(uri: .sip(target)), fields: shown.fields,
            contactName: settings.line.isEmpty ? "trunk" : settings.line,
            answerer: DigestAnswerer(view.record, random: world.random), policy: settings.policy,
            publicAddress: view.seenAs?.address)
        return WayOut(
            target: RingTarget(
                uri: .sip(target), routes: view.routes, destination: destination, flow: flow),
            way: way)
    }
}
