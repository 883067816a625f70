import Platform
import SIPStack

/// The trunk's words: REGISTER and OPTIONS, and what their answers mean.
extension Trunk {
    /// Nil where no listener of ours reaches the hop.
    func request(
        _ purpose: TrunkMachine.Purpose, at hop: NextHop, seenAs: SocketAddress?
    ) -> Request? {
        guard let uri = (try? URI(record.settings.address))?.sip,
            let flow = transport.prospectiveFlow(to: hop.destination)
        else { return nil }
        sequence += 1
        var fields = HeaderFields()
        fields.append(name: .maxForwards, raw: "70")
        fields.append(Contact.address(contact(on: flow, seenAs: seenAs)))
        fields.append(name: .allow, raw: Exchange.allowedMethods)
        fields.append(name: .userAgent, raw: configuration.productName)
        let method: Method
        switch purpose {
        case .register(let seconds):
            method = .register
            fields[.expires] = String(seconds)
            fields.append(name: .supported, raw: "path")
        case .probe:
            method = .options
            fields.append(name: .accept, raw: "application/sdp")
        }
        // A registrar is addressed without a user part (RFC 3261 §10.2), without our own hints.
        var target = SIPURI(isSecure: uri.isSecure, host: uri.host, port: uri.port)
        if let transport = uri.transport { target.parameters["transport"] = transport }
        let line = record.settings.line
        let own = NameAddress(uri: .sip(SIPURI(user: line.isEmpty ? nil : line, host: uri.host)))
        var from = own
        from.tag = world.random.token(12)
        var request = Request(
            method: method, uri: .sip(target), from: from,
            to: method == .register ? own : NameAddress(uri: .sip(SIPURI(host: uri.host))),
            callID: callID, cSeq: CSeq(number: sequence, method: method), fields: fields, body: [])
        answerer?.authorize(&request)
        return request
    }

    /// Where the provider reaches us: what it saw itself, where it told, else what we know.
    private func contact(on flow: Flow, seenAs: SocketAddress?) -> NameAddress {
        let line = record.settings.line
        var contact = configuration.contact(on: flow, name: line.isEmpty ? "trunk" : line)
        guard case .sip(var uri) = contact.uri else { return contact }
        if let seenAs {
            uri.host = .ip(seenAs.address)
            uri.port = seenAs.port
        }
        uri.parameters[TrunkRecognition.lineParameter] = token
        contact.uri = .sip(uri)
        return contact
    }

    func answer(
        _ response: Response, to request: Request, _ purpose: TrunkMachine.Purpose, on flow: Flow
    ) -> TrunkAnswer {
        let seen = seenAddress(response, on: flow)
        switch response.status {
        case .unauthorized, .proxyAuthenticationRequired:
            let isAnswerable = answerer?.learn(from: response, to: request) ?? false
            if purpose == .probe && !isAnswerable { return .alive(on: flow, seenAs: seen) }
            return .challenged(isAnswerable: isAnswerable)
        case .intervalTooBrief:
            let least = response.fields[.minExpires].flatMap { UInt32($0) } ?? 0
            return .tooBrief(least: least)
        default: break  // A status from the network: by its class, below.
        }
        let retryAfter = ((try? response.fields.first(RetryAfter.self)) ?? nil)?.seconds
        guard purpose != .probe else {
            // Whoever refuses OPTIONS lives, unless it says that it can't serve.
            let isDown = [.requestTimeout, .serviceUnavailable, .badGateway, .serverTimeout]
                .contains(response.status)
            return isDown
                ? .refused(response.status, retryAfter: retryAfter)
                : .alive(on: flow, seenAs: seen)
        }
        guard response.status.isSuccess else {
            return .refused(response.status, retryAfter: retryAfter)
        }
        return .registered(
            for: expiry(in: response, of: request),
            routes: ((try? response.fields.all(ServiceRoute.self)) ?? []).map(\.address), on: flow,
            seenAs: seen)
    }

    /// That of our own contact, which others may share the address of record with.
    private func expiry(in response: Response, of request: Request) -> UInt32? {
        let contacts = response.contacts
        let own =
            contacts.first {
                $0.uri.sip?.parameters[TrunkRecognition.lineParameter] == token
            } ?? contacts.first { $0.uri == request.contacts.first?.uri }
        return own?.expires ?? (contacts.count == 1 ? contacts[0].expires : nil) ?? response.expires
    }

    /// How the provider sees us, where it differs from what we say of ourselves: by `received` and
    /// `rport` of our Via (RFC 3581). Of a stream only the address tells: its port is not a
    /// listener's.
    private func seenAddress(_ response: Response, on flow: Flow) -> SocketAddress? {
        guard let via = response.vias.first, let received = via.received,
            case .ip(let said) = via.host, received != said, !received.isUnspecified,
            !received.isLoopback, !received.isMulticast
        else { return nil }
        guard flow.transport == .udp else {
            return SocketAddress(address: received, port: via.effectivePort)
        }
        if case .port(let port) = via.rport {
            return SocketAddress(address: received, port: port)
        }
        return SocketAddress(address: received, port: via.effectivePort)
    }
}

extension TrunkMachine.Plan {
    init(_ settings: TrunkSettings) {
        self.init(
            registers: settings.registers,
            expires: UInt32(clamping: max(60, settings.expires)),
            probePause: .seconds(Int64(max(10, settings.probePause))))
    }
}

extension DigestAnswerer {
    /// Nil where the trunk has no password.
    init?(_ record: TrunkRecord, random: any RandomSource) {
        guard let password = record.password else { return nil }
        self.init(
            name: record.settings.authName ?? record.settings.line, password: password.text,
            token: random.token(16))
    }
}
