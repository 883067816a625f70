import Platform
import Testing

@testable import SIPStack

/// Scripts that nobody would write: every sequence leaves the layer whole, and all ends by itself.
struct RandomScriptTests {
    /// SplitMix64: the same seed, the same script.
    struct Draw {
        var seed: UInt64

        mutating func next() -> UInt64 {
            seed &+= 0x9E37_79B9_7F4A_7C15
            var value = (seed ^ seed >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }

        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

        mutating func one<Element>(of elements: [Element]) -> Element {
            elements[below(elements.count)]
        }
    }

    /// A layer with its timers, its time, and all that was said of it.
    struct Rig {
        var layer = Fixture.layer {
            $0.limits.serverTransactions = 20
            $0.limits.clientTransactions = 20
            $0.limits.deafAddresses = 2
        }
        var deadlines = DeadlineTable<TransactionLayer.TimerName>()
        var now = Instant.start
        var draw: Draw
        var sent: [Request] = []
        var accepted: [(ServerTransactionID, Request)] = []
        var clients: [ClientTransactionID] = []
        var ended: [ClientTransactionID: Int] = [:]
        var delivered: [ServerTransactionID: Int] = [:]

        mutating func perform(_ event: TransactionLayer.Event) {
            for effect in layer.handle(event, now: now) {
                switch effect {
                case .start(let name, let delay): deadlines.set(name, at: now + delay)
                case .stop(let name): deadlines.cancel(name)
                case .send(let bytes, _):
                    if case .request(let request)? = Fixture.parse(bytes) { sent.append(request) }
                case .deliver(.request(let request, let transactionID, on: _), _):
                    accepted.append((transactionID, request))
                    delivered[transactionID, default: 0] += 1
                case .release(let transactionID): ended[transactionID, default: 0] += 1
                case .deliver, .connect, .releaseServer, .refusedCall, .drop: break
                }
            }
        }

        mutating func pass(_ delay: Duration) {
            let end = now + delay
            while let earliest = deadlines.earliest, earliest <= end {
                now = max(now, earliest)
                while let name = deadlines.popDue(now: now) { perform(.timerFired(name)) }
            }
            now = end
        }
    }

    static let methods: [SIPStack.Method] = [
        .invite, .ack, .cancel, .bye, .register, .options, .info, Method("ODD"),
    ]
    static let statuses: [Status] = [
        .trying, .ringing, .ok, .movedTemporarily, .unauthorized, .busyHere, .requestTimeout,
        .requestTerminated,
    ]
    static let flows = [
        Fixture.flow(), Fixture.flow(.tcp), Fixture.flow(.tls, connection: 2),
        Fixture.flow(.wss, connection: 3),
    ]

    static func incoming(_ rig: inout Rig) -> Request {
        let method = rig.draw.one(of: methods)
        var request = Fixture.request(
            method, branch: rig.draw.one(of: ["z9hG4bK1", "z9hG4bK2", "old"]),
            callID: rig.draw.one(of: ["call-1", "call-2"]),
            cSeq: UInt32(rig.draw.below(3)), toTag: rig.draw.one(of: [nil, nil, "to1", "from1"]))
        if rig.draw.below(20) == 0 { request.cSeq.method = .bye }
        return request
    }

    static func way(_ rig: inout Rig) -> Way {
        let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
        switch rig.draw.below(5) {
        case 0: return .datagram(flows[0], stream: nil)
        case 1: return .datagram(flows[0], stream: flows[1])
        case 2: return .connect(target)
        case 3: return .none(.closed)
        default: return .flow(rig.draw.one(of: flows))
        }
    }

    static func step(_ rig: inout Rig, _ number: Int) {
        let flow = rig.draw.one(of: flows)
        let target = StreamTarget(transport: .tcp, remote: Fixture.phone)
        let dialog = DialogID(sipCallID: "call-1", localTag: "to1", remoteTag: "from1")
        switch rig.draw.below(14) {
        case 0, 1, 2:
            rig.perform(.received(.request(incoming(&rig)), on: flow))
        case 3, 4:
            let transactionID = ClientTransactionID(shard: 3, number: UInt64(number + 1))
            rig.clients.append(transactionID)
            let request = Fixture.request(
                rig.draw.one(of: [.invite, .bye, .options]), branch: nil,
                callID: rig.draw.one(of: ["call-1", "call-3"]),
                body: [UInt8](repeating: 1, count: rig.draw.below(2) * 1400))
            rig.perform(.send(request, transactionID, by: way(&rig), branch: "z9hG4bKc\(number)"))
        case 5, 6, 7:
            guard !rig.sent.isEmpty else { return }
            let response = Fixture.response(
                rig.draw.one(of: statuses), to: rig.draw.one(of: rig.sent))
            rig.perform(.received(.response(response), on: flow))
        case 8, 9:
            guard !rig.accepted.isEmpty else { return }
            let (transactionID, request) = rig.draw.one(of: rig.accepted)
            rig.perform(
                .respond(Fixture.response(rig.draw.one(of: statuses), to: request), transactionID))
        case 10:
            guard !rig.clients.isEmpty else { return }
            rig.perform(.cancel(rig.draw.one(of: rig.clients), reason: nil))
        case 11:
            rig.perform(
                rig.draw.one(of: [
                    .closed(flow), .sendFailed(flow), .connected(target, flows[1]),
                    .notConnected(target),
                ]))
        case 12:
            rig.perform(rig.draw.one(of: [.register(dialog), .unregister(dialog)]))
        default:
            rig.pass(.milliseconds(rig.draw.below(4000)))
        }
    }

    /// Whether every key leads to what it names, and the limits hold.
    static func isWhole(_ layer: TransactionLayer) -> Bool {
        layer.clients.count <= 20 + 20 && layer.servers.count <= 20
            && layer.clientKeys.allSatisfy { layer.clients[$1]?.key == $0 }
            && layer.serverKeys.count == layer.servers.count
            && layer.serverKeys.allSatisfy { layer.servers[$1]?.key == $0 }
            && layer.mergeKeys.allSatisfy { layer.servers[$1]?.mergeKey == $0 }
            && layer.callingHalves.allSatisfy { layer.clients[$1]?.half == $0 }
            && layer.invitedHalves.allSatisfy { layer.servers[$1]?.half == $0 }
            && layer.clientsByFlow.allSatisfy { flow, ids in
                !ids.isEmpty && ids.allSatisfy { layer.clients[$0]?.flow == flow }
            }
            && layer.serversByFlow.allSatisfy { flow, ids in
                !ids.isEmpty && ids.allSatisfy { layer.servers[$0]?.flow == flow }
            }
            && layer.deafAddresses.count <= 2
    }

    @Test(arguments: 0..<20)
    func `whatever comes, the tables stay whole, and at last all is over`(seed: UInt64) {
        var rig = Rig(draw: Draw(seed: seed))
        var isWhole = true
        for number in 0..<200 {
            Self.step(&rig, number)
            if number % 10 == 0 { isWhole = isWhole && Self.isWhole(rig.layer) }
        }
        #expect(isWhole)
        #expect(!rig.accepted.isEmpty && !rig.clients.isEmpty)
        // The owners finish what only they can, and the network what it was asked for.
        rig.perform(.notConnected(StreamTarget(transport: .tcp, remote: Fixture.phone)))
        rig.perform(.notConnected(StreamTarget(transport: .tls, remote: Fixture.phone)))
        for (transactionID, request) in rig.accepted {
            rig.perform(.respond(Fixture.response(.busyHere, to: request), transactionID))
        }
        for transactionID in rig.clients { rig.perform(.cancel(transactionID, reason: nil)) }
        rig.pass(.seconds(200))
        rig.perform(.notConnected(StreamTarget(transport: .tcp, remote: Fixture.phone)))
        rig.perform(.notConnected(StreamTarget(transport: .tls, remote: Fixture.phone)))
        rig.pass(.seconds(200))
        let layer = rig.layer
        #expect(layer.clients.isEmpty && layer.servers.isEmpty && layer.waiting.isEmpty)
        #expect(layer.clientKeys.isEmpty && layer.serverKeys.isEmpty && layer.mergeKeys.isEmpty)
        #expect(layer.callingHalves.isEmpty && layer.invitedHalves.isEmpty)
        #expect(layer.clientsByFlow.isEmpty && layer.serversByFlow.isEmpty)
        #expect(layer.acknowledgementKeys.isEmpty && rig.deadlines.isEmpty)
        #expect(rig.ended.count == rig.clients.count && rig.ended.values.allSatisfy { $0 == 1 })
        #expect(rig.delivered.values.allSatisfy { $0 == 1 })
    }
}
