import Platform
import Testing

@testable import SIPStack

/// What the layer does with requests of others.
struct ServerLayerTests {
    let flow = Fixture.flow()
    let dialog = DialogID(sipCallID: "call-1", localTag: "to1", remoteTag: "from1")

    @Test func `a retransmitted INVITE is answered, not delivered again`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let first = layer.handle(.received(.request(invite), on: flow))
        let transactionID = try #require(first.accepted)
        #expect(first.recipients == [.standard])
        let ringing = Fixture.response(.ringing, to: invite)
        _ = layer.handle(.respond(ringing, transactionID))
        let again = layer.handle(.received(.request(invite), on: flow))
        #expect(again.delivered.isEmpty)
        #expect(again.sentResponses.map(\.status) == [.ringing])
    }

    @Test func `a damaged copy of a request that is served is not answered, but the first is`() {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let text = String(decoding: invite.encoded(), as: UTF8.self)
        var parser = MessageParser()
        let damaged = parser.parse(
            Array(text.replacing("CSeq: 1 INVITE", with: "CSeq: 1?INVITE").utf8),
            framing: .datagram)
        let alone = layer.handle(.received(damaged, on: flow))
        #expect(alone.count == 1)
        guard case .send(let answer, _)? = alone.first else {
            Issue.record("not answered")
            return
        }
        #expect(String(decoding: answer.prefix(11), as: UTF8.self) == "SIP/2.0 400")
        _ = layer.handle(.received(.request(invite), on: flow))
        #expect(layer.handle(.received(damaged, on: flow)) == [.drop(.damagedCopy)])
    }

    @Test func `a copy that comes from elsewhere is answered there, and takes nothing away`() throws
    {
        var layer = Fixture.layer()
        let stranger = SocketAddress(address: IPAddress(v4: 0xCB00_7107), port: 40_000)
        let register = Fixture.request(.register)
        let first = layer.handle(
            .received(.request(register), on: Fixture.flow(remote: stranger)))
        let transactionID = try #require(first.accepted)
        let challenge = layer.handle(
            .respond(Fixture.response(.unauthorized, to: register), transactionID))
        #expect(challenge.sent.map(\.flow.remote) == [stranger])
        let own = layer.handle(.received(.request(register), on: flow))
        #expect(own.delivered.isEmpty)
        #expect(own.sentResponses.map(\.status) == [.unauthorized])
        #expect(own.sent.map(\.flow.remote) == [flow.remote])
        let again = layer.handle(
            .received(.request(register), on: Fixture.flow(remote: stranger)))
        #expect(again.sent.map(\.flow.remote) == [stranger])
    }

    @Test func `a delivered request bears received and rport (RFC 3581 §4)`() {
        var layer = Fixture.layer()
        let source = SocketAddress(address: IPAddress(v4: 0xCB00_7107), port: 40_000)
        var invite = Fixture.request()
        invite.vias[0].received = .loopbackV4
        let effects = layer.handle(
            .received(.request(invite), on: Fixture.flow(remote: source)))
        guard case .request(let delivered, _, on: _)? = effects.delivered.first else {
            Issue.record("not delivered")
            return
        }
        #expect(delivered.vias[0].received == source.address)
        #expect(delivered.vias[0].rport == .port(40_000))
    }

    @Test func `without rport the response goes to the sent-by port of the source (§18.2.2)`() {
        var layer = Fixture.layer()
        let source = SocketAddress(address: IPAddress(v4: 0xCB00_7107), port: 40_000)
        let options = Fixture.request(.options, rport: .absent)
        let transactionID = layer.handle(
            .received(.request(options), on: Fixture.flow(remote: source))
        )
        .accepted
        let sent = layer.handle(
            .respond(
                Fixture.response(.ok, to: options), transactionID ?? .init(shard: 0, number: 0)))
        #expect(
            sent.sent.map(\.flow.remote) == [
                SocketAddress(address: source.address, port: Fixture.phone.port)
            ])
    }

    @Test func `an answer without a To tag gets one, the same each time`() throws {
        var layer = Fixture.layer()
        let register = Fixture.request(.register)
        let transactionID = try #require(
            layer.handle(.received(.request(register), on: flow)).accepted)
        let effects = layer.handle(
            .respond(Response(to: register, status: .unauthorized), transactionID))
        let tag = try #require(effects.sentResponses.first?.to.tag)
        #expect(tag.count == 16)
    }

    @Test func `the ACK of a refusal is absorbed`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.respond(Fixture.response(.busyHere, to: invite), transactionID))
        let acknowledgement = Fixture.request(.ack, toTag: "to1")
        let effects = layer.handle(.received(.request(acknowledgement), on: flow))
        #expect(effects.delivered.isEmpty)
        #expect(effects.contains(.start(.inviteServer(transactionID, .i), after: .seconds(5))))
    }

    @Test func `the ACK of a 2xx comes to the dialog, and calms timer L`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.register(dialog))
        _ = layer.handle(.respond(Fixture.response(.ok, to: invite), transactionID))
        let acknowledgement = Fixture.request(.ack, branch: "z9hG4bKack", toTag: "to1")
        let effects = layer.handle(.received(.request(acknowledgement), on: flow))
        #expect(effects.recipients == [.dialog(dialog)])
        #expect(layer.handle(.timerFired(.inviteServer(transactionID, .l))) == [])
        #expect(layer.servers.isEmpty && layer.acknowledgementKeys.isEmpty)
    }

    @Test func `a 2xx without ACK is reported to the dialog`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.register(dialog))
        _ = layer.handle(.respond(Fixture.response(.ok, to: invite), transactionID))
        #expect(
            layer.handle(.timerFired(.inviteServer(transactionID, .l))) == [
                .deliver(.unanswered(transactionID, .timeout), to: .dialog(dialog))
            ])
    }

    @Test func `an ACK of nothing is dropped`() {
        var layer = Fixture.layer()
        let acknowledgement = Fixture.request(.ack, toTag: "to1")
        #expect(
            layer.handle(.received(.request(acknowledgement), on: flow)) == [
                .drop(.strayAcknowledgement)
            ])
    }

    @Test func `CANCEL gets 200 and is delivered once; without an INVITE it gets 481`() throws {
        var layer = Fixture.layer()
        let cancel = Fixture.request(.cancel)
        let stray = layer.handle(.received(.request(cancel), on: flow))
        #expect(stray.sentResponses.map(\.status.code) == [481])
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.respond(Fixture.response(.ringing, to: invite), transactionID))
        let effects = layer.handle(.received(.request(cancel), on: flow))
        #expect(effects.sentResponses.map(\.status) == [.ok])
        #expect(effects.sentResponses.first?.to.tag == "to1")
        guard case .cancelled(transactionID, let delivered)? = effects.delivered.first else {
            Issue.record("not delivered")
            return
        }
        #expect(delivered.method == .cancel)
        let again = layer.handle(.received(.request(cancel), on: flow))
        #expect(again.sentResponses == effects.sentResponses)
        #expect(again.delivered.isEmpty)
        _ = layer.handle(.respond(Fixture.response(.requestTerminated, to: invite), transactionID))
        let late = layer.handle(.received(.request(cancel), on: flow))
        #expect(late.sentResponses == effects.sentResponses)
    }

    @Test
    func `what happens to an INVITE goes to the dialog that it began, or to whom it was given`()
        throws
    {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.register(dialog))
        var assigned = layer
        let cancel = Fixture.request(.cancel)
        #expect(
            layer.handle(.received(.request(cancel), on: flow)).recipients == [.dialog(dialog)])
        #expect(assigned.handle(.assign(transactionID)) == [])
        #expect(
            assigned.handle(.received(.request(cancel), on: flow)).recipients == [
                .server(transactionID)
            ])
        _ = assigned.handle(
            .respond(Fixture.response(.requestTerminated, to: invite), transactionID))
        #expect(
            assigned.handle(.timerFired(.inviteServer(transactionID, .h))).contains(
                .releaseServer(transactionID)))
    }

    @Test func `a request of a dialog comes to the dialog; of none it gets 481`() {
        var layer = Fixture.layer()
        let bye = Fixture.request(.bye, toTag: "to1")
        let unknown = layer.handle(.received(.request(bye), on: flow))
        #expect(unknown.sentResponses.map(\.status.code) == [481])
        _ = layer.handle(.register(dialog))
        #expect(
            layer.handle(.received(.request(bye), on: flow)).recipients == [.dialog(dialog)])
        _ = layer.handle(.unregister(dialog))
        let late = Fixture.request(.bye, branch: "z9hG4bKlate", toTag: "to1")
        #expect(
            layer.handle(.received(.request(late), on: flow)).sentResponses.map(\.status.code) == [
                481
            ])
    }

    @Test func `a request that overtakes the answer to our INVITE comes to the caller`() {
        var layer = Fixture.layer()
        let transactionID = ClientTransactionID(shard: 3, number: 1)
        _ = layer.handle(
            .send(
                Fixture.request(branch: nil), transactionID, by: .flow(flow), branch: "z9hG4bKours")
        )
        let update = Fixture.request(.update, fromTag: "callee", toTag: "from1")
        #expect(
            layer.handle(.received(.request(update), on: flow)).recipients == [
                .client(transactionID)
            ])
    }

    @Test
    func `RFC 6665 §4.1.2.4: a NOTIFY that overtakes the answer to our SUBSCRIBE comes to us`() {
        var layer = Fixture.layer()
        let transactionID = ClientTransactionID(shard: 3, number: 1)
        _ = layer.handle(
            .send(
                Fixture.request(.subscribe, branch: nil), transactionID, by: .flow(flow),
                branch: "z9hG4bKours"))
        let notify = Fixture.request(.notify, fromTag: "notifier", toTag: "from1")
        #expect(
            layer.handle(.received(.request(notify), on: flow)).recipients == [
                .client(transactionID)
            ])
    }

    @Test func `RFC 3261 §8.2.2.2: the same request by another way gets 482`() throws {
        var layer = Fixture.layer()
        let first = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(first), on: flow)).accepted)
        let merged = Fixture.request(branch: "z9hG4bKother")
        let effects = layer.handle(.received(.request(merged), on: flow))
        #expect(effects.sentResponses.map(\.status.code) == [482])
        // Another number, or an answer to a challenge with the same one, is none.
        let next = Fixture.request(branch: "z9hG4bKnext", cSeq: 2)
        #expect(layer.handle(.received(.request(next), on: flow)).accepted != nil)
        _ = layer.handle(.respond(Response(to: first, status: .unauthorized), transactionID))
        #expect(layer.handle(.received(.request(merged), on: flow)).accepted != nil)
    }

    @Test func `a request that comes again through a box with another sent-by is the same one`()
        throws
    {
        var layer = Fixture.layer()
        let first = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(first), on: flow)).accepted)
        _ = layer.handle(.respond(Response(to: first, status: .ringing), transactionID))
        var again = first
        again.vias[0].host = .ip(IPAddress(v4: 0xC633_6407))
        again.vias[0].port = 40_123
        let effects = layer.handle(.received(.request(again), on: flow))
        #expect(effects.sentResponses.map(\.status.code) == [180])
        #expect(effects.accepted == nil)
    }

    @Test func `a full table answers 503 with Retry-After, and keeps nothing`() {
        var layer = Fixture.layer { $0.limits.serverTransactions = 0 }
        let effects = layer.handle(.received(.request(Fixture.request()), on: flow))
        #expect(effects.sentResponses.map(\.status.code) == [503])
        #expect(effects.sentResponses.first?.fields[.retryAfter] == "5")
        #expect(layer.servers.isEmpty && layer.serverKeys.isEmpty)
    }

    @Test func `every end leaves the tables empty`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request()
        let transactionID = try #require(
            layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.respond(Fixture.response(.busyHere, to: invite), transactionID))
        _ = layer.handle(.timerFired(.inviteServer(transactionID, .h)))
        let stream = Fixture.flow(.tls)
        let register = Fixture.request(.register, via: .tls)
        let second = try #require(
            layer.handle(.received(.request(register), on: stream)).accepted)
        _ = layer.handle(.respond(Fixture.response(.ok, to: register), second))
        #expect(layer.servers.isEmpty && layer.serverKeys.isEmpty && layer.mergeKeys.isEmpty)
        #expect(layer.invitedHalves.isEmpty && layer.serversByFlow.isEmpty)
    }
}

/// RFC 2543 peers, whose branches name nothing (RFC 3261 §17.2.3).
struct LegacyMatchingTests {
    let flow = Fixture.flow()

    @Test(arguments: [nil, "1", "z9hG4bK"] as [String?])
    func `without the magic cookie a retransmission, its CANCEL and its ACK are known`(
        branch: String?
    ) throws {
        var layer = Fixture.layer()
        func legacy(_ method: Method, toTag: String? = nil, callID: String = "call-1") -> Request {
            var request = Fixture.request(method, branch: "", callID: callID, toTag: toTag)
            request.vias[0].branch = branch
            return request
        }
        let transactionID = try #require(
            layer.handle(.received(.request(legacy(.invite)), on: flow)).accepted)
        #expect(layer.handle(.received(.request(legacy(.invite)), on: flow)).accepted == nil)
        let cancelled = layer.handle(.received(.request(legacy(.cancel)), on: flow))
        #expect(cancelled.sentResponses.map(\.status) == [.ok])
        _ = layer.handle(
            .respond(Fixture.response(.requestTerminated, to: legacy(.invite)), transactionID))
        let acknowledged = layer.handle(
            .received(.request(legacy(.ack, toTag: "to1")), on: flow))
        #expect(acknowledged.contains(.stop(.inviteServer(transactionID, .h))))
        // Another call of the same sender is another transaction.
        let other = layer.handle(
            .received(.request(legacy(.invite, callID: "call-2")), on: flow))
        #expect(other.accepted != nil)
    }

    @Test func `equal branches of two senders are two transactions`() throws {
        var layer = Fixture.layer()
        let first = Fixture.request(.options)
        let other = SocketAddress(address: IPAddress(v4: 0xC000_0202), port: 5060)
        let second = Fixture.request(.options, callID: "call-2", sentBy: other)
        #expect(layer.handle(.received(.request(first), on: flow)).accepted != nil)
        #expect(layer.handle(.received(.request(second), on: flow)).accepted != nil)
    }
}
