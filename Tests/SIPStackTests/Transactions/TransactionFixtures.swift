import Platform

@testable import SIPStack

/// Messages for scripts: what a test sets is what it is about.
enum Fixture {
    static let phone = SocketAddress(address: IPAddress(v4: 0xC000_0201), port: 5060)
    static let ours = SocketAddress(address: IPAddress(v4: 0xC000_0264), port: 5060)

    static func flow(
        _ transport: TransportKind = .udp, connection: UInt64? = nil,
        remote: SocketAddress = phone
    ) -> Flow {
        Flow(
            transport: transport, listener: 0, local: ours, remote: remote,
            connection: connection ?? (transport == .udp ? 0 : 1))
    }

    static func uri(_ person: String, _ host: String = "example.com") -> URI {
        (try? URI("sip:\(person)@\(host)")) ?? .other(scheme: "bad", rest: person)
    }

    static func request(
        _ method: Method = .invite, branch: String? = "z9hG4bKabc", callID: String = "call-1",
        cSeq: UInt32 = 1, fromTag: String? = "from1", toTag: String? = nil,
        via: TransportKind = .udp, rport: Via.ResponsePort = .requested,
        sentBy: SocketAddress = phone, body: [UInt8] = []
    ) -> Request {
        var from = NameAddress(uri: uri("alice"))
        from.tag = fromTag
        var to = NameAddress(uri: uri("bob"))
        to.tag = toTag
        var request = Request(
            method: method, uri: uri("bob"), from: from, to: to, callID: callID,
            cSeq: CSeq(number: cSeq, method: method), body: body)
        if let branch {
            request.vias = [
                Via(
                    transport: via, host: .ip(sentBy.address), port: sentBy.port, branch: branch,
                    rport: rport)
            ]
        }
        return request
    }

    static func response(
        _ status: Status, to request: Request = request(), tag: String? = "to1"
    ) -> Response {
        Response(to: request, status: status, toTag: tag)
    }

    static func layer(
        _ change: (inout SIPTransportConfiguration) -> Void = { _ in }
    ) -> TransactionLayer {
        var configuration = SIPTransportConfiguration()
        change(&configuration)
        return TransactionLayer(
            settings: TransactionSettings(shard: 3, configuration: configuration, tagKey: [1, 2]))
    }

    static func parse(_ bytes: [UInt8]) -> Message? {
        var parser = MessageParser()
        switch parser.parse(bytes, framing: .datagram) {
        case .request(let request): return .request(request)
        case .response(let response): return .response(response)
        case .rejected, .discarded: return nil
        }
    }
}

extension TransactionLayer {
    /// Handles at the start of time: for scripts in which time does not matter.
    mutating func handle(_ event: Event) -> [Effect] { handle(event, now: .start) }
}

extension [TransactionLayer.Effect] {
    /// What was sent, parsed, with its flow.
    var sent: [(message: Message, flow: Flow)] {
        compactMap { effect in
            guard case .send(let bytes, let flow) = effect, let message = Fixture.parse(bytes)
            else { return nil }
            return (message, flow)
        }
    }

    var sentRequests: [Request] {
        sent.compactMap { if case .request(let request) = $0.message { request } else { nil } }
    }

    var sentResponses: [Response] {
        sent.compactMap { if case .response(let response) = $0.message { response } else { nil } }
    }

    var delivered: [SIPEvent] {
        compactMap { if case .deliver(let event, _) = $0 { event } else { nil } }
    }

    var recipients: [TransactionLayer.Recipient] {
        compactMap { if case .deliver(_, let recipient) = $0 { recipient } else { nil } }
    }

    /// The server transaction of the request that was delivered.
    var accepted: ServerTransactionID? {
        delivered.firstNonNil { if case .request(_, let id, on: _) = $0 { id } else { nil } }
    }
}

extension Array {
    func firstNonNil<Result>(_ transform: (Element) -> Result?) -> Result? {
        for element in self { if let result = transform(element) { return result } }
        return nil
    }
}
