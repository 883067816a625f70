import Platform
import Testing

@testable import SIPStack

/// What the layer does with requests of ours.
struct ClientLayerTests {
    let transactionID = ClientTransactionID(shard: 3, number: 7)
    let flow = Fixture.flow()

    /// A layer that sent an INVITE, and the INVITE as it went out.
    func calling(
        by way: Way? = nil, body: [UInt8] = []
    ) throws -> (TransactionLayer, Request) {
        var layer = Fixture.layer()
        let effects = layer.handle(
            .send(
                Fixture.request(branch: nil, body: body), transactionID, by: way ?? .flow(flow),
                branch: "z9hG4bKours"))
        return (layer, try #require(effects.sentRequests.first))
    }

    @Test func `a request goes out with our Via, rport and Max-Forwards`() throws {
        let (_, request) = try calling()
        #expect(
            request.vias == [
                Via(
                    transport: .udp, host: .ip(Fixture.ours.address), port: 5060,
                    branch: "z9hG4bKours", rport: .requested)
            ])
        #expect(request.maxForwards == 70)
    }

    @Test func `Via names the advertised address, and over a stream the listening port`() {
        let outside = SocketAddress(address: IPAddress(v4: 0xCB00_7105), port: 5070)
        var layer = Fixture.layer {
            $0.advertised = { local, _ in
                SocketAddress(address: outside.address, port: local.port)
            }
            $0.listeningPorts = [.tcp: 5070]
        }
        var stream = Fixture.flow(.tcp)
        stream.local.port = 40_000
        let effects = layer.handle(
            .send(
                Fixture.request(branch: nil), transactionID, by: .flow(stream), branch: "z9hG4bKx"))
        let via = effects.sentRequests.first?.vias.first
        #expect(via?.host == .ip(outside.address))
        #expect(via?.port == 5070)
        #expect(via?.rport == .absent)
    }

    @Test func `a response comes to its transaction's sink`() throws {
        var (layer, invite) = try calling()
        let ringing = Fixture.response(.ringing, to: invite)
        let effects = layer.handle(.received(.response(ringing), on: flow))
        #expect(effects.delivered == [.response(ringing, transactionID, on: flow)])
        #expect(effects.recipients == [.client(transactionID)])
    }

    @Test(arguments: ["branch", "method", "host", "port", "two Vias", "none", "Call-ID"])
    func `RFC 3261 §18.1.2: a response that differs in what names us is dropped`(
        difference: String
    ) throws {
        var (layer, invite) = try calling()
        var response = Fixture.response(.ok, to: invite)
        switch difference {
        case "branch": response.vias[0].branch = "z9hG4bKother"
        case "method": response.cSeq.method = .bye
        case "host": response.vias[0].host = .ip(IPAddress(v4: 0xFFFF_FFFF))
        case "port": response.vias[0].port = 5061
        case "two Vias": response.vias.append(response.vias[0])
        case "Call-ID": response.callID = "other"
        default: response.vias = []
        }
        // What only a box on the way can have done has a name of its own, for the log.
        let isRewritten = difference == "host" || difference == "port"
        #expect(
            layer.handle(.received(.response(response), on: flow))
                == [.drop(isRewritten ? .rewrittenResponse : .strayResponse)])
    }

    @Test func `RFC 3261 §17.1.1.3: the ACK of a refusal is built from the INVITE`() throws {
        var request = Fixture.request(branch: nil)
        request.fields[.route] = "<sip:proxy.example.com;lr>"
        request.body = [1]
        var layer = Fixture.layer()
        let sent = layer.handle(
            .send(request, transactionID, by: .flow(flow), branch: "z9hG4bKours"))
        let invite = try #require(sent.sentRequests.first)
        let busy = Fixture.response(.busyHere, to: invite, tag: "callee")
        let effects = layer.handle(.received(.response(busy), on: flow))
        let acknowledgement = try #require(effects.sentRequests.first)
        #expect(acknowledgement.method == .ack)
        #expect(acknowledgement.uri == invite.uri)
        #expect(acknowledgement.vias == invite.vias)
        #expect(acknowledgement.to.tag == "callee")
        #expect(acknowledgement.cSeq == CSeq(number: 1, method: .ack))
        #expect(acknowledgement.fields[.route] == "<sip:proxy.example.com;lr>")
        #expect(acknowledgement.body.isEmpty)
        #expect(effects.delivered == [.response(busy, transactionID, on: flow)])
        // A refusal again: acknowledged again, not delivered.
        let again = layer.handle(.received(.response(busy), on: flow))
        #expect(again.sentRequests == [acknowledgement])
        #expect(again.delivered.isEmpty)
    }

    @Test func `CANCEL has the INVITE's Via and number; its own outcome is nobody's`() throws {
        var (layer, invite) = try calling()
        #expect(layer.handle(.cancel(transactionID, reason: "SIP;cause=200")) == [])
        let ringing = Fixture.response(.ringing, to: invite)
        let effects = layer.handle(.received(.response(ringing), on: flow))
        let cancel = try #require(effects.sentRequests.first)
        #expect(cancel.method == .cancel)
        #expect(cancel.vias == invite.vias)
        #expect(cancel.cSeq == CSeq(number: 1, method: .cancel))
        #expect(cancel.to == invite.to)
        #expect(cancel.fields[.reason] == "SIP;cause=200")
        let ok = Fixture.response(.ok, to: cancel)
        #expect(layer.handle(.received(.response(ok), on: flow)).delivered.isEmpty)
        let gone = Fixture.response(.requestTerminated, to: invite)
        #expect(
            layer.handle(.received(.response(gone), on: flow)).delivered == [
                .response(gone, transactionID, on: flow)
            ])
    }

    @Test func `timers reach their machine, and the end releases the sink`() throws {
        var (layer, _) = try calling()
        let resent = layer.handle(.timerFired(.inviteClient(transactionID, .a)))
        #expect(resent.sentRequests.count == 1)
        #expect(resent.last == .start(.inviteClient(transactionID, .a), after: .seconds(1)))
        #expect(
            layer.handle(.timerFired(.inviteClient(transactionID, .b))) == [
                .deliver(.failed(transactionID, .timeout), to: .client(transactionID)),
                .release(transactionID),
            ])
        #expect(layer.clients.isEmpty && layer.clientKeys.isEmpty)
        #expect(layer.callingHalves.isEmpty && layer.clientsByFlow.isEmpty)
    }

    @Test func `an error on a flow fails the transactions on it and no others`() throws {
        var (layer, _) = try calling()
        let other = Fixture.flow(remote: SocketAddress(address: .loopbackV4, port: 9))
        #expect(layer.handle(.sendFailed(other)) == [])
        #expect(
            layer.handle(.sendFailed(flow)).delivered == [
                .failed(transactionID, .transport(.sendFailed))
            ])
    }

    /// A layer that sent a BYE by a stream.
    private func hangingUp(toTag: String?) -> (TransactionLayer, Flow) {
        var layer = Fixture.layer()
        let stream = Fixture.flow(.tcp)
        var bye = Fixture.request(.bye, branch: nil, toTag: toTag)
        bye.uri = .sip(SIPURI(host: .ip(Fixture.phone.address), port: 5070))
        _ = layer.handle(.send(bye, transactionID, by: .flow(stream), branch: "z9hG4bKours"))
        return (layer, stream)
    }

    @Test func `within a dialog, a request whose stream breaks goes out by another, twice`() {
        var (layer, stream) = hangingUp(toTag: "to1")
        let target = StreamTarget(
            transport: .tcp, remote: SocketAddress(address: Fixture.phone.address, port: 5070))
        for connection in [77, 78] as [UInt64] {
            let broken = layer.handle(.closed(stream))
            #expect(broken.contains(.connect(target)))
            #expect(!broken.delivered.contains(.failed(transactionID, .transport(.closed))))
            stream.connection = connection
            let again = layer.handle(.connected(target, stream)).sentRequests
            #expect(again.map(\.method) == [.bye])
            #expect(again.first?.vias.first?.branch == "z9hG4bKours")
        }
        // The third time it fails.
        #expect(
            layer.handle(.closed(stream)).delivered
                .contains(.failed(transactionID, .transport(.closed))))
    }

    @Test func `outside a dialog, a request fails with its stream`() {
        var (layer, stream) = hangingUp(toTag: nil)
        #expect(
            layer.handle(.closed(stream)).delivered
                .contains(.failed(transactionID, .transport(.closed))))
    }

    @Test func `a table that is full fails the request, and keeps nothing`() {
        var layer = Fixture.layer { $0.limits.clientTransactions = 0 }
        let effects = layer.handle(
            .send(Fixture.request(branch: nil), transactionID, by: .flow(flow), branch: "z9hG4bKx"))
        #expect(
            effects == [
                .deliver(
                    .failed(transactionID, .transport(.overloaded)), to: .client(transactionID)),
                .release(transactionID),
            ])
    }

    @Test func `without a way there a request fails at once`() {
        var layer = Fixture.layer()
        let effects = layer.handle(
            .send(
                Fixture.request(.bye, branch: nil), transactionID, by: .none(.unreachable),
                branch: "z9hG4bKx"))
        #expect(effects.delivered == [.failed(transactionID, .transport(.unreachable))])
        #expect(layer.clients.isEmpty)
    }
}
