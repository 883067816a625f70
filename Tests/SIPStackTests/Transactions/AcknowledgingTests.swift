import Platform
import Testing

@testable import SIPStack

/// The ACKs of 2xx (RFC 3261 §13.2.2.4), which are said again for as long as their INVITE is known.
struct AcknowledgingTests {
    let invite = ClientTransactionID(shard: 3, number: 7)
    let flow = Fixture.flow(.tcp)

    /// A layer whose INVITE was answered and acknowledged, and that answer.
    func answered() throws -> (TransactionLayer, Response) {
        var layer = Fixture.layer()
        let effects = layer.handle(
            .send(
                Fixture.request(branch: nil), invite, by: .flow(flow), branch: "z9hG4bKours"))
        let sent = try #require(effects.sentRequests.first)
        let answer = Fixture.response(.ok, to: sent)
        let delivered = layer.handle(.received(.response(answer), on: flow))
        #expect(delivered.delivered == [.response(answer, invite, on: flow)])
        _ = acknowledge(&layer, tag: "to1")
        return (layer, answer)
    }

    func acknowledge(
        _ layer: inout TransactionLayer, tag: String, by way: Way? = nil
    ) -> [TransactionLayer.Effect] {
        layer.handle(
            .acknowledge(
                Fixture.request(.ack, branch: nil, toTag: tag), of: invite, by: way ?? .flow(flow),
                branch: "z9hG4bKack"))
    }

    @Test func `an ACK has a branch of its own and makes no transaction`() {
        var layer = Fixture.layer()
        let effects = acknowledge(&layer, tag: "to1")
        #expect(effects.sentRequests.first?.vias.first?.branch == "z9hG4bKack")
        #expect(layer.clients.isEmpty)
    }

    @Test func `a 2xx that comes again gets its ACK again, and does not go up`() throws {
        var (layer, answer) = try answered()
        let effects = layer.handle(.received(.response(answer), on: flow))
        #expect(effects.sentRequests.map(\.method) == [.ack])
        #expect(effects.delivered.isEmpty)
    }

    @Test func `a 2xx that comes again by a new stream gets its ACK by that one`() throws {
        var (layer, answer) = try answered()
        _ = layer.handle(.closed(flow))
        var stream = flow
        stream.connection = 9
        let effects = layer.handle(.received(.response(answer), on: stream))
        guard case .send(_, let used)? = effects.first else {
            Issue.record("no ACK")
            return
        }
        #expect(used == stream)
    }

    @Test func `another fork's 2xx goes up, and has an ACK of its own`() throws {
        var (layer, answer) = try answered()
        answer.to.tag = "fork"
        let first = layer.handle(.received(.response(answer), on: flow))
        #expect(first.delivered == [.response(answer, invite, on: flow)])
        _ = acknowledge(&layer, tag: "fork")
        let again = layer.handle(.received(.response(answer), on: flow))
        #expect(again.sentRequests.map(\.to.tag) == ["fork"])
        #expect(again.delivered.isEmpty)
    }

    @Test func `an ACK that went by its route goes there again`() throws {
        var (layer, answer) = try answered()
        answer.to.tag = "proxied"
        let route = StreamTarget(transport: .tcp, remote: Fixture.phone)
        #expect(acknowledge(&layer, tag: "proxied", by: .connect(route)) == [.connect(route)])
        let again = layer.handle(.received(.response(answer), on: flow))
        #expect(again.isEmpty, "it waits with the first for the same stream")
        #expect(layer.waiting[route]?.count == 2)
    }

    @Test func `many forks' ACKs are kept up to a limit; beyond it the answer goes up`() throws {
        var (layer, answer) = try answered()
        for number in 0..<20 { _ = acknowledge(&layer, tag: "fork\(number)") }
        #expect(
            layer.clients[invite]?.acknowledgements.count == TransactionLayer.acknowledgementLimit)
        answer.to.tag = "fork19"
        #expect(layer.handle(.received(.response(answer), on: flow)).delivered.count == 1)
    }
}
