import Platform

@testable import SIPStack

/// Builders for dialog tests: a caller at 192.0.2.1, us at 198.51.100.1.
enum DialogWorld {
    static let flow = Flow(
        transport: .udp, listener: 0,
        local: SocketAddress("198.51.100.1:5060") ?? SocketAddress(address: .anyV4, port: 0),
        remote: SocketAddress("192.0.2.1:5070") ?? SocketAddress(address: .anyV4, port: 0),
        connection: 0)
    static let ours = address("sip:exchange@198.51.100.1")
    static let sdp = MessageBody.sdp(Array("v=0\r\n".utf8))
    static let other = MessageBody.sdp(Array("v=0\r\ns=other\r\n".utf8))
    static let transaction = ServerTransactionID(shard: 0, number: 1)
    static let later = ServerTransactionID(shard: 0, number: 2)

    static func address(_ uri: String, tag: String? = nil) -> NameAddress {
        var address = NameAddress(uri: (try? URI(uri)) ?? .other(scheme: "bad", rest: uri))
        address.tag = tag
        return address
    }

    static func request(
        _ method: Method, sequence: UInt32 = 1, fromTag: String = "far", toTag: String? = nil,
        contact: String? = "sip:100@192.0.2.1:5070", recordRoutes: [String] = [],
        body: MessageBody? = nil
    ) -> Request {
        var fields = HeaderFields()
        for route in recordRoutes { fields.append(RecordRoute(address(route))) }
        if let contact { fields.append(Contact.address(address(contact))) }
        var request = Request(
            method: method, uri: address("sip:101@198.51.100.1").uri,
            from: address("sip:100@example.com", tag: fromTag),
            to: address("sip:101@example.com", tag: toTag), callID: "call-1",
            cSeq: CSeq(number: sequence, method: method), fields: fields, body: [])
        request.content = body
        return request
    }

    /// A UAC's INVITE of ours.
    static func invite() -> Request {
        request(.invite, fromTag: "ours", contact: "sip:exchange@198.51.100.1")
    }

    static func response(
        to request: Request, _ status: Status, tag: String? = "far",
        contact: String? = "sip:101@192.0.2.9:5080", recordRoutes: [String] = [],
        body: MessageBody? = nil
    ) -> Response {
        var response = Response(to: request, status: status, toTag: tag)
        for route in recordRoutes { response.fields.append(RecordRoute(address(route))) }
        if let contact { response.fields.append(Contact.address(address(contact))) }
        response.content = body
        return response
    }

    static func calling(
        _ body: MessageBody? = sdp, timer: SessionTimerTerms? = nil
    ) -> InviteSession {
        var usage = InviteSession(
            calling: invite(), to: .flow(flow), contact: ours, timer: timer)
        _ = usage.handle(.order(.invite(body)), now: .start)
        return usage
    }

    static func invited(
        _ fields: [(FieldName, String)] = [], body: MessageBody? = sdp,
        timer: SessionTimerTerms? = nil
    ) -> InviteSession {
        var invite = request(.invite, body: body)
        for (name, value) in fields { invite.fields.append(name: name, raw: value) }
        return InviteSession(
            invited: invite, transaction, on: flow, localTag: "ours", contact: ours, timer: timer,
            responseNumber: 100)
    }

    /// A UAS's usage whose 2xx was acknowledged.
    static func established(
        _ fields: [(FieldName, String)] = [], timer: SessionTimerTerms? = nil
    ) -> InviteSession {
        var usage = invited(fields, timer: timer)
        _ = usage.handle(.order(.answer(sdp)), now: .start)
        _ = usage.handle(
            .arrival(.acknowledgement(request(.ack, toTag: "ours"), on: flow)), now: .start)
        return usage
    }
}

extension InviteSession {
    /// Hears a request in the dialog.
    mutating func hear(
        _ method: SIPStack.Method, _ sequence: UInt32, body: MessageBody? = nil,
        _ fields: [(FieldName, String)] = [], as id: ServerTransactionID = DialogWorld.later
    ) -> [Effect] {
        var request = DialogWorld.request(method, sequence: sequence, toTag: "ours", body: body)
        for (name, value) in fields { request.fields.append(name: name, raw: value) }
        if method == .ack {
            return handle(.arrival(.acknowledgement(request, on: DialogWorld.flow)), now: .start)
        }
        return handle(.arrival(.request(request, id, on: DialogWorld.flow)), now: .start)
    }

    mutating func hear(_ response: Response, _ tag: RequestTag = .invite) -> [Effect] {
        handle(.arrival(.response(response, tag, on: DialogWorld.flow)), now: .start)
    }

    mutating func obey(_ order: Order) -> [Effect] { handle(.order(order), now: .start) }

    mutating func fire(_ timer: Timer) -> [Effect] { handle(.timer(timer), now: .start) }
}

extension [InviteSession.Effect] {
    var responses: [Response] {
        compactMap { if case .respond(let response, _) = $0 { response } else { nil } }
    }

    /// How long that timer was told to wait, each time.
    func waits(_ timer: InviteSession.Timer) -> [Duration] {
        compactMap { if case .start(timer, let delay) = $0 { delay } else { nil } }
    }

    var reports: [InviteSession.Report] {
        compactMap { if case .report(let report) = $0 { report } else { nil } }
    }

    var statuses: [Status] {
        compactMap { if case .respond(let response, _) = $0 { response.status } else { nil } }
    }

    var sent: [Request] {
        compactMap { effect in
            switch effect {
            case .send(let request, _, _), .acknowledge(let request, _, _): request
            case .cancel, .respond, .register, .unregister, .start, .startAtRandom, .stop, .report:
                nil
            }
        }
    }
}
