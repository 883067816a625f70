import Media
import Platform
import SIPStack

/// What a leg by a trunk has besides: its place, and how it answers the provider's challenges.
struct OutsideLeg: Sendable {
    /// Given back when the leg is over.
    var seat: TrunkSeat
    /// Where it went; nil where the call came in.
    var hop: NextHop?
    var answerer: DigestAnswerer?
    /// Requests of ours that are open, as they went out.
    var sent: [ClientTransactionID: (request: Request, destination: Destination)] = [:]
    var publicAddress: IPAddress?
}

/// Legs by a trunk: how they are invited, and what providers answer.
extension Call {
    /// Without even a 100 in this time another hop is tried; the fourth INVITE was sent then.
    static var attemptPatience: Duration { .seconds(5) }

    /// All ways to somebody outside are one branch: one is tried after the other.
    func takeWays(_ ways: [WayOut]) {
        waysOut = ways.map(\.way)
        let targets = ways.enumerated().map { index, way in
            var target = way.target
            target.wayOut = index
            return target
        }
        decide(targets.isEmpty ? .notFound(.unreachable) : .found([targets]))
    }

    /// Calls out by one hop of a trunk.
    func ringOut(
        _ number: LegNumber, _ target: RingTarget, _ way: TrunkWay, to callee: Party
    ) {
        guard let seat = way.line.takeSeat() else {
            recordTrunk("trunk.full", way.line, number)
            return decide(.refused(number, .serviceUnavailable))
        }
        let configuration = surroundings.configuration
        var fields = HeaderFields()
        for route in target.routes { fields.append(Route(route)) }
        let hops = setup.request.maxForwards.map { max(0, Int($0) - 1) } ?? 69
        fields.append(name: .maxForwards, raw: String(hops))
        var contact = configuration.contact(on: target.flow, name: way.contactName)
        if let address = way.publicAddress, case .sip(var uri) = contact.uri {
            uri.host = .ip(address)
            contact.uri = .sip(uri)
        }
        fields.append(Contact.address(contact))
        fields.append(name: .allow, raw: InviteSession.allowedMethods)
        fields.append(name: .userAgent, raw: configuration.productName)
        for name in [FieldName.pAssertedIdentity, .privacy, .diversion] {
            fields.append(name, from: way.fields)
        }
        var from = way.from
        from.tag = world.random.token(12)
        let request = Request(
            method: .invite, uri: target.uri, from: from, to: way.to,
            callID: world.random.token(24),
            cSeq: CSeq(number: 1, method: .invite), fields: fields, body: [])
        makeLeg(
            number,
            usage: InviteSession(
                calling: request, to: target.destination, contact: contact,
                timer: configuration.sessionTimer),
            device: nil, party: callee.number,
            identity: configuration.address(of: callee), signalling: way.hop.address.address,
            on: target.flow, contact: target.uri.text, policy: way.policy)
        legs[number]?.value.outside = OutsideLeg(
            seat: seat, hop: way.hop, answerer: way.answerer, publicAddress: way.publicAddress)
        if target.isPlain { offerPlainly(to: number) }
        deadlines.set(.attempt(number), at: world.time.now + Self.attemptPatience)
        recordTrunk("trunk.called", way.line, number)
    }

    /// Remembers a request of a leg by a trunk as it goes out: with answers to what is known to be
    /// asked.
    func send(
        _ request: Request, to destination: Destination, _ tag: InviteSession.RequestTag,
        of number: LegNumber
    ) {
        guard let gate = legs[number]?.value.gate else { return }
        var request = request
        legs[number]?.value.outside?.answerer?.authorize(&request)
        let transaction = surroundings.transport.send(request, to: destination, sink: gate)
        legs[number]?.value.transactions[transaction] = tag
        if legs[number]?.value.outside?.answerer != nil {
            legs[number]?.value.outside?.sent[transaction] = (request, destination)
        }
    }

    /// What a provider's response says of its hop; true where it was a challenge that is answered.
    func answersChallenge(_ event: SIPEvent, of number: LegNumber) -> Bool {
        guard let outside = legs[number]?.value.outside else { return false }
        switch event {
        case .response(let response, let transaction, _):
            tellHop(of: number, response)
            guard response.status.isFinal else { return false }
            let sent = legs[number]?.value.outside?.sent.removeValue(forKey: transaction)
            let isChallenge =
                response.status == .unauthorized
                || response.status == .proxyAuthenticationRequired
            guard isChallenge, let sent, let tag = legs[number]?.value.transactions[transaction],
                legs[number]?.value.outside?.answerer?.learn(from: response, to: sent.request)
                    == true
            else { return false }
            var again = sent.request
            legs[number]?.value.outside?.answerer?.authorize(&again)
            guard let numbered = legs[number]?.value.usage.renumbered(again, tag),
                let gate = legs[number]?.value.gate
            else { return false }
            legs[number]?.value.transactions[transaction] = nil
            let next = surroundings.transport.send(numbered, to: sent.destination, sink: gate)
            legs[number]?.value.transactions[next] = tag
            legs[number]?.value.outside?.sent[next] = (numbered, sent.destination)
            return true
        case .failed(let transaction, _):
            legs[number]?.value.outside?.sent[transaction] = nil
            if let hop = outside.hop, legs[number]?.value.record.answeredAt == nil {
                outside.seat.line.tell(.failed(pause: nil), of: hop)
            }
            return false
        case .request, .acknowledgement, .cancelled, .unanswered, .flowClosed:
            return false
        }
    }

    private func tellHop(of number: LegNumber, _ response: Response) {
        deadlines.cancel(.attempt(number))
        guard let outside = legs[number]?.value.outside, let hop = outside.hop,
            legs[number]?.value.record.answeredAt == nil
        else { return }
        guard response.status == .serviceUnavailable else {
            if response.status != .trying { outside.seat.line.tell(.answering, of: hop) }
            return
        }
        let seconds = ((try? response.fields.first(RetryAfter.self)) ?? nil)?.seconds
        outside.seat.line.tell(.failed(pause: seconds.map { .seconds(Int64($0)) }), of: hop)
    }

    /// Not even a 100 came.
    func attemptTimedOut(_ number: LegNumber) {
        if let outside = legs[number]?.value.outside, let hop = outside.hop {
            outside.seat.line.tell(.failed(pause: nil), of: hop)
        }
        decide(.attemptTimedOut(number))
    }

    /// Our ports as this leg's party reaches them: through a NAT by the address that it sees.
    func reachable(_ streams: [LocalStream], by number: LegNumber) -> [LocalStream] {
        guard let address = legs[number]?.value.outside?.publicAddress else { return streams }
        return streams.map { stream in
            var seen = stream
            seen.rtp.address = address
            seen.rtcp.address = address
            seen.alternate = nil
            return seen
        }
    }

    private func recordTrunk(_ event: String, _ line: TrunkLine, _ number: LegNumber) {
        note(event, number, [("trunk", line.name)])
    }
}
