import Platform
import Testing

@testable import SIPStack

/// Streams that are made for a message, and what happens where they are not.
struct StreamLayerTests {
    let transactionID = ClientTransactionID(shard: 3, number: 7)
    let datagram = Fixture.flow()
    let stream = Fixture.flow(.tcp)
    let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
    let long = [UInt8](repeating: 32, count: 1300)

    func send(
        _ layer: inout TransactionLayer, by way: Way, body: [UInt8] = [], now: Instant = .start
    ) -> [TransactionLayer.Effect] {
        layer.handle(
            .send(
                Fixture.request(branch: nil, body: body), transactionID, by: way,
                branch: "z9hG4bKours"),
            now: now)
    }

    @Test func `a request waits for its stream`() {
        var layer = Fixture.layer()
        let waiting = send(&layer, by: .connect(target))
        #expect(
            waiting == [.connect(target), .start(.connect(transactionID), after: .seconds(32))])
        let effects = layer.handle(.connected(target, stream))
        #expect(effects.first == .stop(.connect(transactionID)))
        #expect(effects.sent.first?.flow == stream)
        #expect(effects.sentRequests.first?.vias.first?.transport == "TCP")
        #expect(
            !effects.contains(.start(.inviteClient(transactionID, .a), after: .milliseconds(500))))
    }

    @Test func `a stream that is refused fails the request`() {
        var layer = Fixture.layer()
        _ = send(&layer, by: .connect(target))
        #expect(
            layer.handle(.notConnected(target)).delivered == [
                .failed(transactionID, .transport(.refused))
            ])
        #expect(layer.clients.isEmpty && layer.waiting.isEmpty)
    }

    @Test func `a second request to one place asks for no second stream`() {
        var layer = Fixture.layer()
        _ = send(&layer, by: .connect(target))
        let second = ClientTransactionID(shard: 3, number: 8)
        let effects = layer.handle(
            .send(
                Fixture.request(.options, branch: nil), second, by: .connect(target),
                branch: "z9hG4bKsecond"))
        #expect(!effects.contains(.connect(target)))
        #expect(layer.handle(.connected(target, stream)).sentRequests.count == 2)
    }

    @Test func `RFC 3261 §18.1.1: up to 1300 bytes go by datagram, more by stream`() throws {
        var layer = Fixture.layer()
        let short = send(&layer, by: .datagram(datagram, stream: nil))
        #expect(short.sent.first?.flow == datagram)
        var other = Fixture.layer()
        let effects = send(&other, by: .datagram(datagram, stream: nil), body: long)
        #expect(effects == [.connect(target), .start(.connect(transactionID), after: .seconds(2))])
        let sent = other.handle(.connected(target, stream))
        #expect(sent.sent.first?.flow == stream)
        #expect(sent.sentRequests.first?.vias.first?.transport == "TCP")
        #expect(other.clientsByFlow.keys.map(\.transport) == [.tcp])
    }

    @Test func `on a registered flow the long request stays, RFC 5626 §5.3`() {
        var layer = Fixture.layer()
        let effects = send(&layer, by: .flow(datagram), body: long)
        let ways = effects.compactMap { effect -> Flow? in
            if case .send(_, let flow) = effect { flow } else { nil }
        }
        #expect(ways == [datagram])
        #expect(!effects.contains { if case .connect = $0 { true } else { false } })
    }

    @Test func `a stream that is there already takes the long request`() {
        var layer = Fixture.layer()
        let effects = send(&layer, by: .datagram(datagram, stream: stream), body: long)
        #expect(effects.sent.map(\.flow) == [stream])
        #expect(layer.clientsByFlow.keys.map(\.transport) == [.tcp])
    }

    @Test(arguments: [true, false])
    func `where the stream is refused, or silent, the long request goes by datagram`(
        isRefused: Bool
    ) {
        var layer = Fixture.layer()
        _ = send(&layer, by: .datagram(datagram, stream: nil), body: long)
        let effects = layer.handle(
            isRefused ? .notConnected(target) : .timerFired(.connect(transactionID)))
        #expect(effects.sent.map(\.flow) == [datagram])
        #expect(effects.sentRequests.first?.vias.first?.transport == "UDP")
        #expect(
            effects.contains(.start(.inviteClient(transactionID, .a), after: .milliseconds(500))))
        // The stream comes up after all: nothing is sent twice.
        #expect(layer.handle(.connected(target, stream)) == [])
    }

    @Test func `a place that took no stream is not asked again for ten minutes`() {
        var layer = Fixture.layer()
        _ = send(&layer, by: .datagram(datagram, stream: nil), body: long)
        _ = layer.handle(.notConnected(target))
        func next(_ number: UInt64, after delay: Duration) -> [TransactionLayer.Effect] {
            layer.handle(
                .send(
                    Fixture.request(branch: nil, body: long), .init(shard: 3, number: number),
                    by: .datagram(datagram, stream: nil), branch: "z9hG4bK\(number)"),
                now: .start + delay)
        }
        #expect(next(10, after: .seconds(599)).sent.map(\.flow) == [datagram])
        #expect(next(11, after: .seconds(600)).contains(.connect(target)))
    }

    @Test func `RFC 3261 §18.2.2: a response whose stream is gone goes by a new one`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request(
            via: .tcp, sentBy: SocketAddress(address: Fixture.phone.address, port: 5077))
        let old = Fixture.flow(
            .tcp, remote: SocketAddress(address: Fixture.phone.address, port: 40_000))
        let server = try #require(
            layer.handle(.received(.request(invite), on: old)).accepted)
        #expect(layer.handle(.closed(old)).delivered == [.flowClosed(old)])
        let back = StreamTarget(
            transport: .tcp, remote: SocketAddress(address: Fixture.phone.address, port: 5077))
        let ok = Fixture.response(.ok, to: invite)
        let effects = layer.handle(.respond(ok, server))
        #expect(effects.contains(.connect(back)))
        let new = Fixture.flow(.tcp, connection: 2, remote: back.remote)
        #expect(layer.handle(.connected(back, new)).sent.map(\.flow) == [new])
        // The next goes there directly.
        #expect(layer.handle(.respond(ok, server)).sent.map(\.flow) == [new])
    }

    @Test func `a response that nobody takes is reported`() throws {
        var layer = Fixture.layer()
        let invite = Fixture.request(via: .tcp)
        let server = try #require(
            layer.handle(.received(.request(invite), on: stream)).accepted)
        _ = layer.handle(.closed(stream))
        _ = layer.handle(.respond(Fixture.response(.ok, to: invite), server))
        #expect(
            layer.handle(.notConnected(target)).delivered == [
                .unanswered(server, .transport(.refused))
            ])
    }

    @Test func `a browser that is gone cannot be called back`() throws {
        var layer = Fixture.layer()
        let flow = Fixture.flow(.wss)
        let invite = Fixture.request(via: .wss)
        let server = try #require(layer.handle(.received(.request(invite), on: flow)).accepted)
        _ = layer.handle(.closed(flow))
        #expect(
            layer.handle(.respond(Fixture.response(.ok, to: invite), server)).delivered == [
                .unanswered(server, .transport(.closed))
            ])
    }

    @Test func `a closed stream fails the requests that had no answer on it`() {
        var layer = Fixture.layer()
        _ = send(&layer, by: .flow(stream))
        #expect(
            layer.handle(.closed(stream)).delivered == [
                .failed(transactionID, .transport(.closed)), .flowClosed(stream),
            ])
    }
}
