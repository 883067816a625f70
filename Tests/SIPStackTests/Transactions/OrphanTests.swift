import Platform
import Testing

@testable import SIPStack

/// Requests within dialogs whose stream broke, and devices that come back by another.
struct OrphanTests {
    let transactionID = ClientTransactionID(shard: 3, number: 7)
    let broken = Fixture.flow(.tls, connection: 4)
    let heir = Fixture.flow(.tls, connection: 5)
    let bye = Fixture.request(.bye, branch: nil, toTag: "theirs")

    func send(_ layer: inout TransactionLayer, by way: Way) -> [TransactionLayer.Effect] {
        layer.handle(.send(bye, transactionID, by: way, branch: "z9hG4bKours"))
    }

    @Test func `a BYE waits for the device to come back, and goes by its new stream`() throws {
        let place = try #require(FlowPlace(broken, of: bye))
        var layer = Fixture.layer()
        let waiting = send(&layer, by: .orphan(place, target: nil))
        #expect(waiting == [.start(.connect(transactionID), after: .seconds(32))])
        let effects = layer.handle(.replaced(place, by: heir))
        #expect(effects.first == .stop(.connect(transactionID)))
        #expect(effects.sent.map(\.flow) == [heir])
        #expect(layer.orphans.isEmpty)
    }

    @Test func `another device behind the same stream that comes back is none of its business`()
        throws
    {
        let place = try #require(FlowPlace(broken, of: bye))
        var other = place
        other.port += 1
        var layer = Fixture.layer()
        _ = send(&layer, by: .orphan(place, target: nil))
        #expect(layer.handle(.replaced(other, by: heir)).isEmpty)
        #expect(layer.orphans.placeCount == 1)
    }

    @Test func `a stream that breaks has nobody looked for but who was at its end`() throws {
        var layer = Fixture.layer()
        _ = send(&layer, by: .flow(broken))
        _ = layer.handle(.closed(broken))
        #expect(layer.orphans.placeCount == 1)
        let other = Fixture.flow(.tls, connection: 9)
        _ = layer.handle(.closed(other))
        #expect(layer.orphanedPlaces(of: other).isEmpty)
    }

    @Test func `a request that is out when its stream breaks waits as well`() throws {
        let place = try #require(FlowPlace(broken, of: bye))
        var layer = Fixture.layer()
        #expect(send(&layer, by: .flow(broken)).sent.count == 1)
        let effects = layer.handle(.closed(broken))
        #expect(effects.contains(.start(.connect(transactionID), after: .seconds(32))))
        #expect(layer.orphanedPlaces(of: broken) == [place])
        #expect(layer.handle(.replaced(place, by: heir)).sent.map(\.flow) == [heir])
    }

    @Test func `where no stream can be made it still waits, and fails after 64·T1`() throws {
        let stream = Fixture.flow(.tcp, connection: 4)
        let place = try #require(FlowPlace(stream, of: bye))
        let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
        var layer = Fixture.layer()
        #expect(send(&layer, by: .orphan(place, target: target)).contains(.connect(target)))
        #expect(layer.handle(.notConnected(target)).delivered.isEmpty)
        let effects = layer.handle(.timerFired(.connect(transactionID)))
        #expect(effects.delivered == [.failed(transactionID, .transport(.refused))])
        #expect(layer.clients.isEmpty && layer.orphans.isEmpty && layer.waiting.isEmpty)
    }

    @Test func `where the stream to the target breaks, too, it waits for the device`() throws {
        let stream = Fixture.flow(.tcp, connection: 4)
        let other = Fixture.flow(.tcp, connection: 6)
        let place = try #require(FlowPlace(stream, of: bye))
        let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
        var layer = Fixture.layer()
        _ = send(&layer, by: .orphan(place, target: target))
        #expect(layer.handle(.connected(target, other)).sent.map(\.flow) == [other])
        #expect(layer.orphans.isEmpty)
        #expect(layer.handle(.closed(other)).delivered == [.flowClosed(other)])
        #expect(layer.orphanedPlaces(of: other) == [place])
        #expect(layer.handle(.replaced(place, by: heir)).sent.map(\.flow) == [heir])
        #expect(layer.orphans.isEmpty)
    }

    @Test func `an answer whose stream broke goes by the one by which its device came back`()
        throws
    {
        var layer = Fixture.layer()
        var invite = Fixture.request(via: .tls)
        invite.fields.append(name: .contact, raw: "<sip:100@192.168.0.2:5061>")
        let contact = try #require(invite.contacts.first?.uri)
        let place = try #require(FlowPlace(broken, contact: contact))
        let arrival = layer.handle(.received(.request(invite), on: broken))
        let transactions = arrival.delivered.compactMap { event -> ServerTransactionID? in
            if case .request(_, let transactionID, _) = event { transactionID } else { nil }
        }
        let transactionID = try #require(transactions.first)
        _ = layer.handle(.closed(broken))
        #expect(layer.orphanedPlaces(of: broken) == [place])
        _ = layer.handle(.replaced(place, by: heir))
        let answer = Response(to: invite, status: .ok, toTag: "ours")
        #expect(layer.handle(.respond(answer, transactionID)).sent.map(\.flow) == [heir])
    }

    @Test func `what waits for a device goes before a later request of its dialog`() throws {
        let place = try #require(FlowPlace(broken, of: bye))
        var layer = Fixture.layer()
        _ = send(&layer, by: .orphan(place, target: nil))
        let next = Fixture.request(.options, branch: nil, cSeq: 2, toTag: "theirs")
        let effects = layer.handle(
            .send(
                next, ClientTransactionID(shard: 3, number: 8), by: .flow(heir),
                branch: "z9hG4bKnext"))
        #expect(effects.sentRequests.map(\.method) == [.bye, .options])
        #expect(layer.orphans.isEmpty)
    }

    @Test func `a request of one dialog leaves what waits of another`() throws {
        let place = try #require(FlowPlace(broken, of: bye))
        var layer = Fixture.layer()
        _ = send(&layer, by: .orphan(place, target: nil))
        let next = Fixture.request(.options, branch: nil, cSeq: 2, toTag: "another's")
        let effects = layer.handle(
            .send(
                next, ClientTransactionID(shard: 3, number: 8), by: .flow(heir),
                branch: "z9hG4bKnext"))
        #expect(effects.sentRequests.map(\.method) == [.options])
        #expect(layer.orphans.placeCount == 1)
    }

    @Test func `who waits is found by device and by dialog, in order, until it is gone`() throws {
        func numbered(_ number: UInt64) -> ClientTransactionID {
            ClientTransactionID(shard: 3, number: number)
        }
        let place = try #require(FlowPlace(broken, of: bye))
        let dialog = try #require(HalfDialog(farOf: bye))
        var table = OrphanTable()
        for number: UInt64 in [4, 2, 3] { table.add(numbered(number), at: place, of: dialog) }
        table.add(numbered(1), at: place, of: nil)
        #expect(table.waiting(in: dialog, before: numbered(4)) == [numbered(2), numbered(3)])
        table.remove(numbered(2), at: place)
        #expect(table.waiting(in: dialog, before: numbered(9)) == [numbered(3), numbered(4)])
        let removed = table.removeAll(at: place)
        #expect(removed == [numbered(1), numbered(3), numbered(4)])
        #expect(table.isEmpty)
        table.add(numbered(5), at: place, of: dialog)
        table.remove(numbered(5), at: place)
        #expect(table.isEmpty)
    }

    @Test func `what waits goes before a later request whose stream to the target is made`()
        throws
    {
        let stream = Fixture.flow(.tcp, connection: 4)
        let place = try #require(FlowPlace(stream, of: bye))
        let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
        var layer = Fixture.layer()
        _ = send(&layer, by: .orphan(place, target: target))
        _ = layer.handle(.notConnected(target))
        let next = Fixture.request(.options, branch: nil, cSeq: 2, toTag: "theirs")
        _ = layer.handle(
            .send(
                next, ClientTransactionID(shard: 3, number: 8),
                by: .orphan(place, target: target), branch: "z9hG4bKnext"))
        let effects = layer.handle(.connected(target, heir))
        #expect(effects.sentRequests.map(\.method) == [.bye, .options])
        #expect(layer.orphans.isEmpty)
    }

    /// A layer with an INVITE that rings.
    func ringing(on flow: Flow) -> TransactionLayer {
        var layer = Fixture.layer()
        let invite = Fixture.request(.invite, branch: nil)
        _ = layer.handle(.send(invite, transactionID, by: .flow(flow), branch: "z9hG4bKours"))
        let sent = layer.clients[transactionID]?.request ?? invite
        let response = Response(to: sent, status: .ringing, toTag: "theirs")
        _ = layer.handle(.received(.response(response), on: flow))
        return layer
    }

    @Test func `a CANCEL that is out when its stream breaks goes by the device's new one`() throws {
        var layer = ringing(on: broken)
        let cancel = layer.handle(.cancel(transactionID, reason: nil))
        #expect(cancel.sentRequests.map(\.method) == [.cancel])
        _ = layer.handle(.closed(broken))
        let place = try #require(layer.orphanedPlaces(of: broken).first)
        let effects = layer.handle(.replaced(place, by: heir))
        #expect(effects.sentRequests.map(\.method) == [.cancel])
        #expect(effects.sentRequests.first?.vias.first?.branch == "z9hG4bKours")
        #expect(effects.sent.map(\.flow) == [heir])
        #expect(layer.orphans.isEmpty)
    }

    @Test func `a device that rings and comes back is cancelled by its new stream`() throws {
        var layer = ringing(on: broken)
        #expect(layer.handle(.closed(broken)).delivered == [.flowClosed(broken)])
        let place = try #require(layer.orphanedPlaces(of: broken).first)
        _ = layer.handle(.replaced(place, by: heir))
        let effects = layer.handle(.cancel(transactionID, reason: nil))
        #expect(effects.sent.map(\.flow) == [heir])
    }

    @Test func `a CANCEL waits for a device whose stream broke while it rang`() throws {
        var layer = ringing(on: broken)
        _ = layer.handle(.closed(broken))
        #expect(layer.handle(.cancel(transactionID, reason: nil)).sent.isEmpty)
        let place = try #require(layer.orphanedPlaces(of: broken).first)
        let effects = layer.handle(.replaced(place, by: heir))
        #expect(effects.sentRequests.map(\.method) == [.cancel])
        #expect(effects.sent.map(\.flow) == [heir])
        let invite = try #require(layer.clients[transactionID]?.request)
        let refusal = Response(to: invite, status: .requestTerminated, toTag: "theirs")
        let end = layer.handle(.received(.response(refusal), on: heir))
        #expect(end.sent.map(\.flow) == [heir])
    }

    /// An INVITE that went out by the broken stream, and nothing came back.
    private func abandoned() -> TransactionLayer {
        var layer = Fixture.layer()
        let invite = Fixture.request(.invite, branch: nil)
        _ = layer.handle(
            .send(invite, transactionID, by: .flow(broken), branch: "z9hG4bKours"))
        let effects = layer.handle(.closed(broken))
        #expect(
            effects.delivered == [
                .failed(transactionID, .transport(.closed)), .flowClosed(broken),
            ])
        #expect(effects.contains(.release(transactionID)))
        return layer
    }

    @Test
    func `RFC 3261 §18.4, §9.1: an INVITE whose stream broke fails, and its phone is cancelled`()
        throws
    {
        var layer = abandoned()
        let place = try #require(layer.orphanedPlaces(of: broken).first)
        let again = layer.handle(.replaced(place, by: heir))
        #expect(again.sentRequests.map(\.method) == [.invite])
        #expect(again.sentRequests.first?.vias.first?.branch == "z9hG4bKours")
        #expect(again.sent.map(\.flow) == [heir])
        let invite = try #require(layer.clients[transactionID]?.request)
        let ringing = Response(to: invite, status: .ringing, toTag: "theirs")
        let effects = layer.handle(.received(.response(ringing), on: heir))
        #expect(effects.sentRequests.map(\.method) == [.cancel])
        #expect(effects.delivered.isEmpty)
        let refusal = Response(to: invite, status: .requestTerminated, toTag: "theirs")
        let end = layer.handle(.received(.response(refusal), on: heir))
        #expect(end.sentRequests.map(\.method) == [.ack])
        #expect(end.delivered.isEmpty)
        #expect(layer.clients[transactionID] == nil)
    }

    @Test func `who gets an INVITE once more by another stream has 64·T1 to answer it`() throws {
        var layer = abandoned()
        let place = try #require(layer.orphanedPlaces(of: broken).first)
        let again = layer.handle(.replaced(place, by: heir))
        let patience = TransactionTiming().patience
        #expect(again.contains(.start(.inviteClient(transactionID, .b), after: patience)))
    }

    @Test func `an answer to an INVITE whose stream broke gets its ACK, and one BYE`() throws {
        var layer = abandoned()
        let invite = try #require(layer.clients[transactionID]?.request)
        var answer = Response(to: invite, status: .ok, toTag: "theirs")
        answer.fields.append(name: .contact, raw: "<sip:100@192.168.0.2:5061;transport=tls>")
        let effects = layer.handle(.received(.response(answer), on: heir))
        #expect(effects.sentRequests.map(\.method) == [.ack, .bye])
        #expect(effects.sentRequests.allSatisfy { $0.to.tag == "theirs" })
        #expect(effects.sent.allSatisfy { $0.flow == heir })
        #expect(effects.delivered.isEmpty)
        let again = layer.handle(.received(.response(answer), on: heir))
        #expect(again.sentRequests.map(\.method) == [.ack])
    }

    @Test func `what a phone asks in the dialog of an INVITE that was given up gets 481`() throws {
        var layer = abandoned()
        let invite = try #require(layer.clients[transactionID]?.request)
        let bye = Fixture.request(
            .bye, callID: invite.callID, fromTag: "theirs", toTag: invite.from.tag)
        let effects = layer.handle(.received(.request(bye), on: heir))
        #expect(effects.delivered.isEmpty)
        #expect(effects.sentResponses.map(\.status) == [.callOrTransactionDoesNotExist])
    }

    @Test func `of an INVITE whose phone stays away nothing is left after 64·T1`() {
        var layer = abandoned()
        #expect(layer.handle(.timerFired(.inviteClient(transactionID, .b))).isEmpty)
        #expect(layer.clients.isEmpty && layer.clientsByFlow.isEmpty)
    }

    @Test func `a device that came back twice is found by its last stream`() throws {
        let table = StreamTable(limits: .standard)
        let place = try #require(FlowPlace(broken, of: bye))
        let last = Fixture.flow(.tls, connection: 6)
        var next = place
        next.flow = heir
        table.replace(place, by: heir)
        #expect(table.heir(of: place) == nil)
        table.replace(next, by: last)
        _ = table.opened(last, attempt: nil)
        #expect(table.heir(of: place) == last)
        _ = table.closed(last)
        #expect(table.heir(of: place) == nil)
    }
}
