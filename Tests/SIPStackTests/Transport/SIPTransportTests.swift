import Platform
import Testing
import Wire

@testable import SIPStack

/// The edge and the shards, with real actors, a recorded network and no clock.
struct SIPTransportTests {
    let stack = FakeStack()
    let stream = Fixture.flow(.tcp)

    @Test func `a request comes in, its answer goes out by the same flow`() async throws {
        let request = Fixture.request(.options)
        stack.receive(request.encoded())
        guard
            case .request(let delivered, let transactionID, on: let flow)? = await stack.sink.events
                .first(1)
                .first
        else {
            Issue.record("not delivered")
            return
        }
        stack.transport.respond(Response(to: delivered, status: .ok), to: transactionID)
        let sent = try #require(await stack.network.sent.first(1).first)
        #expect(sent.flow == flow)
        #expect(String(decoding: sent.bytes.prefix(14), as: UTF8.self) == "SIP/2.0 200 OK")
    }

    @Test func `our request goes out, its response comes to its own sink`() async throws {
        let sink = RecordedSink()
        let transactionID = stack.transport.send(
            Fixture.request(.message, branch: nil), to: .address(.udp, Fixture.phone), sink: sink)
        let sent = try #require(await stack.network.sent.first(1).first)
        guard case .request(let request)? = Fixture.parse(sent.bytes) else {
            Issue.record("not sent")
            return
        }
        #expect(request.vias.first?.branch?.hasPrefix("z9hG4bK") == true)
        stack.receive(Fixture.response(.ok, to: request).encoded())
        guard case .response(let response, transactionID, on: _)? = await sink.events.first(1).first
        else {
            Issue.record("not delivered")
            return
        }
        #expect(response.status == .ok)
        #expect(stack.sink.events.all.isEmpty)
    }

    @Test func `timers fire through the shard's alarm: an unanswered INVITE is sent again`()
        async throws
    {
        let sink = RecordedSink()
        let transactionID = stack.transport.send(
            Fixture.request(branch: nil), to: .address(.udp, Fixture.phone), sink: sink)
        let first = await stack.network.sent.first(1)
        // The alarm is set after the sending: a message that is answered proves that it is.
        stack.receive(Fixture.request(.cancel, branch: "z9hG4bKother").encoded())
        _ = await stack.network.sent.first(2)
        stack.time.advance(by: .milliseconds(500))
        let again = await stack.network.sent.first(3)
        #expect(again[2].bytes == first[0].bytes)
        stack.time.advance(by: .seconds(32))
        #expect(await sink.events.first(1) == [.failed(transactionID, .timeout)])
    }

    @Test func `a destination that nothing reaches fails the request`() async {
        let sink = RecordedSink()
        let multicast = SocketAddress(address: IPAddress(v4: 0xE000_0001), port: 5060)
        let transactionID = stack.transport.send(
            Fixture.request(.options, branch: nil), to: .address(.udp, multicast), sink: sink)
        #expect(await sink.events.first(1) == [.failed(transactionID, .transport(.unreachable))])
        let gone = stack.transport.send(
            Fixture.request(.options, branch: nil), to: .flow(stream), sink: sink)
        #expect(await sink.events.first(2).last == .failed(gone, .transport(.closed)))
    }

    @Test func `within a dialog, a request whose stream is gone goes to the remote target`() async {
        let sink = RecordedSink()
        var bye = Fixture.request(.bye, branch: nil, toTag: "to1")
        bye.uri = .sip(SIPURI(host: .ip(Fixture.phone.address), port: 5070))
        _ = stack.transport.send(bye, to: .flow(stream), sink: sink)
        let asked = await stack.network.asked.first(1)
        let target = SocketAddress(address: Fixture.phone.address, port: 5070)
        #expect(asked.map(\.target.remote) == [target])
        #expect(asked.map(\.target.transport) == [.tcp])
    }

    @Test func `a stream is asked for once, and what waits for it goes out when it is up`()
        async throws
    {
        let sink = RecordedSink()
        for callID in ["call-1", "call-2", "call-3", "call-4"] {
            _ = stack.transport.send(
                Fixture.request(.options, branch: nil, callID: callID),
                to: .address(.tcp, Fixture.phone), sink: sink)
        }
        let asked = try #require(await stack.network.asked.first(1).first)
        stack.transport.receive(.opened(stream, attempt: asked.attempt))
        #expect(await stack.network.sent.first(4).allSatisfy { $0.flow == stream })
        #expect(stack.network.asked.all.count == 1)
        #expect(stack.transport.isOpen(stream))
    }

    @Test func `a refused stream fails what waits for it`() async throws {
        let sink = RecordedSink()
        let transactionID = stack.transport.send(
            Fixture.request(.options, branch: nil), to: .address(.tls, Fixture.phone), sink: sink)
        let asked = try #require(await stack.network.asked.first(1).first)
        stack.transport.receive(.refused(asked.attempt, reason: "refused"))
        #expect(await sink.events.first(1) == [.failed(transactionID, .transport(.refused))])
    }

    @Test func `messages are cut out of a stream, whatever the pieces`() async {
        stack.open(stream)
        let first = Fixture.request(.options, branch: "z9hG4bK1", via: .tcp).encoded()
        let second = Fixture.request(.options, branch: "z9hG4bK2", cSeq: 2, via: .tcp).encoded()
        let bytes = first + second
        for start in stride(from: 0, to: bytes.count, by: 7) {
            stack.receive(Array(bytes[start..<min(start + 7, bytes.count)]), on: stream)
        }
        #expect(await stack.sink.events.first(2).count == 2)
    }

    @Test func `RFC 5626 §3.5.1: CRLF CRLF on a stream is answered with CRLF`() {
        stack.open(stream)
        stack.receive([13, 10, 13, 10], on: stream)
        #expect(stack.network.sent.all.map(\.bytes) == [[13, 10]])
        let socket = Fixture.flow(.wss, connection: 2)
        stack.open(socket)
        stack.receive([13, 10, 13, 10], on: socket)
        #expect(stack.network.sent.all.count == 2)
    }

    @Test func `STUN on the UDP port is answered; line breaks and zeros are not`() throws {
        let request = STUNMessage(.request, transactionID: .init(high: 1, low: 2))
        stack.receive(request.encoded())
        let answer = try #require(stack.network.sent.all.first)
        let read = try STUNMessage(parsing: answer.bytes)
        #expect(read.xorMappedAddress == Fixture.phone)
        for bytes in [[13, 10, 13, 10], [0, 0, 0, 0], [], [32]] as [[UInt8]] {
            stack.receive(bytes)
        }
        #expect(stack.network.sent.all.count == 1)
    }

    @Test func `a stream whose next message cannot be found is closed`() {
        stack.open(stream)
        stack.receive(
            Array("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
            on: stream)
        #expect(stack.network.closed.all == [stream])
    }

    @Test func `a closed stream is told to the default sink, and is not open`() async {
        stack.open(stream)
        #expect(stack.transport.isOpen(stream))
        stack.transport.receive(.closed(stream))
        #expect(await stack.sink.events.first(1).first == .flowClosed(stream))
        #expect(!stack.transport.isOpen(stream))
        // What a closed stream sends is lost, and does no harm.
        stack.receive(Fixture.request().encoded(), on: stream)
    }

    @Test func `a dialog's requests come to the sink that is registered for it`() async {
        let leg = RecordedSink()
        stack.transport.register(
            DialogID(sipCallID: "call-1", localTag: "to1", remoteTag: "from1"), sink: leg)
        stack.receive(Fixture.request(.bye, toTag: "to1").encoded())
        #expect(await leg.events.first(1).count == 1)
        #expect(stack.sink.events.all.isEmpty)
    }

    @Test func `after close nothing is taken, and the sinks are forgotten`() async {
        weak var forgotten: RecordedSink?
        do {
            let sink = RecordedSink()
            forgotten = sink
            stack.transport.register(
                DialogID(sipCallID: "call-1", localTag: "to1", remoteTag: "from1"), sink: sink)
            stack.receive(Fixture.request(.bye, toTag: "to1").encoded())
            _ = await sink.events.first(1)
        }
        stack.transport.close()
        let late = RecordedSink()
        let transactionID = stack.transport.send(
            Fixture.request(.options, branch: nil), to: .address(.udp, Fixture.phone), sink: late)
        #expect(late.events.all == [.failed(transactionID, .transport(.stopped))])
        // The shards stop when their turn comes.
        for _ in 0..<1_000_000 where forgotten != nil { await Task.yield() }
        #expect(forgotten == nil)
    }
}
