import Fuzzing
import Platform

@testable import SIPStack

/// Drives the transactions of a shard with arbitrary messages, orders, timers and failures.
///
/// Whatever happens: nothing is delivered for a transaction that is over, and once every timer has
/// fired and every owner has answered, nothing is left in any table.
struct TransactionScript: ~Copyable {
    private static let stepLimit = 300
    /// Timers that one run can need to come to rest, many times over.
    private static let restLimit = 20_000

    var choices: Choices
    private var layer = TransactionLayer(
        settings: TransactionSettings(shard: 0, tagKey: [1, 2, 3]))
    private var now = Instant.start
    private var timers = DeadlineTable<TransactionLayer.TimerName>()
    /// Requests that went out, for responses to them.
    private var sent: [Request] = []
    /// Requests that came in, for retransmissions of them.
    private var received: [(Request, Flow)] = []
    /// What an owner has still to answer.
    private var pending: [(id: ServerTransactionID, request: Request)] = []
    private var seen: Set<ServerTransactionID> = []
    private var live: Set<ClientTransactionID> = []
    private var connecting: [StreamTarget] = []
    private var lastClient: UInt64 = 0
    private var parser = MessageParser()
    /// What went out, so that a retransmission is not parsed again.
    private var known: Set<[UInt8]> = []

    init(choices: Choices) {
        self.choices = choices
    }

    mutating func run() {
        var count = 0
        while !choices.isEmpty && count < Self.stepLimit {
            count += 1
            step()
        }
        comeToRest()
        requireEmpty()
    }

    private mutating func step() {
        switch choices.below(14) {
        case 0, 1: receiveRequest()
        case 2, 3: receiveResponse()
        case 4: send()
        case 5: respond()
        case 6: fireNext()
        case 7: if let transactionID = anyClient() { handle(.cancel(transactionID, reason: nil)) }
        case 8: connectOrNot()
        case 9:
            let flow = choices.pick(Pool.flows)
            handle(choices.flag() ? .closed(flow) : .sendFailed(flow))
        case 10: handle(choices.flag() ? .register(dialog()) : .unregister(dialog()))
        case 11:
            let flow = choices.pick(Pool.flows)
            let request = choices.request(on: flow)
            // No draw: what is kept goes on meaning what it meant.
            let newest = ClientTransactionID(shard: 0, number: UInt64(lastClient))
            handle(.acknowledge(request, of: newest, by: way(), branch: "z9hG4bKack"))
        case 12:
            guard !received.isEmpty else { return }
            let (request, flow) = choices.pick(received)
            handle(.received(.request(request), on: flow))
        default: receiveBytes()
        }
    }

    private mutating func receiveRequest() {
        let flow = choices.pick(Pool.flows)
        let request = choices.request(on: flow)
        received = received.suffix(5) + [(request, flow)]
        handle(.received(.request(request), on: flow))
    }

    private mutating func receiveResponse() {
        guard !sent.isEmpty else { return }
        let response = choices.response(to: choices.pick(sent))
        handle(.received(.response(response), on: choices.pick(Pool.flows)))
    }

    private mutating func receiveBytes() {
        let verdict = parser.parse(choices.chunk(), framing: .datagram)
        handle(.received(verdict, on: choices.pick(Pool.flows)))
    }

    private mutating func send() {
        lastClient += 1
        let transactionID = ClientTransactionID(shard: 0, number: lastClient)
        var request = choices.request(on: choices.pick(Pool.flows))
        guard request.method != .ack, request.method != .cancel else { return }
        request.vias = []
        if choices.below(8) == 0 { request.body = [UInt8](repeating: 120, count: 1500) }
        live.insert(transactionID)
        handle(.send(request, transactionID, by: way(), branch: "z9hG4bK-own-\(lastClient)"))
    }

    private mutating func way() -> Way {
        switch choices.below(5) {
        case 0: .flow(choices.pick(Pool.flows))
        case 1: .datagram(Pool.flows[0], stream: nil)
        case 2: .datagram(Pool.flows[0], stream: Pool.flows[1])
        case 3: .connect(target())
        default: .none(.unreachable)
        }
    }

    private mutating func target() -> StreamTarget {
        StreamTarget(transport: .tcp, remote: choices.pick(Pool.flows).remote)
    }

    private mutating func respond() {
        guard !pending.isEmpty else { return }
        let (transactionID, request) = choices.pick(pending)
        if choices.below(6) == 0 { handle(.assign(transactionID)) }
        handle(.respond(choices.response(to: request), transactionID))
    }

    private mutating func anyClient() -> ClientTransactionID? {
        lastClient == 0
            ? nil
            : ClientTransactionID(shard: 0, number: UInt64(choices.below(Int(lastClient))) + 1)
    }

    private mutating func dialog() -> DialogID {
        DialogID(
            sipCallID: choices.pick(Pool.callIDs), localTag: choices.pick(Pool.tags),
            remoteTag: choices.pick(Pool.tags))
    }

    private mutating func connectOrNot() {
        guard !connecting.isEmpty else { return }
        let target = connecting.remove(at: choices.below(connecting.count))
        handle(
            choices.flag() ? .connected(target, choices.pick(Pool.flows)) : .notConnected(target))
    }

    private mutating func fireNext() {
        guard let deadline = timers.earliest else { return }
        now = max(now, deadline)
        if let name = timers.popDue(now: now) { handle(.timerFired(name)) }
    }

    private mutating func handle(_ event: TransactionLayer.Event) {
        for effect in layer.handle(event, now: now) { perform(effect) }
    }

    private mutating func perform(_ effect: TransactionLayer.Effect) {
        switch effect {
        case .send(let bytes, _):
            guard known.insert(bytes).inserted else { return }
            if case .request(let request)? = readable(bytes, by: &parser) {
                sent = sent.suffix(7) + [request]
            }
        case .connect(let target):
            require(!connecting.contains(target), "one stream at a time to \(target)")
            connecting.append(target)
        case .start(let name, let delay):
            require(delay >= .zero, "a timer runs forward: \(name)")
            timers.set(name, at: now + delay)
        case .stop(let name):
            timers.cancel(name)
        case .deliver(let event, _):
            check(event)
        case .release(let transactionID):
            require(
                live.remove(transactionID) != nil,
                "a client transaction ends once: \(transactionID)")
        case .releaseServer, .refusedCall, .drop:
            break
        }
    }

    private mutating func check(_ event: SIPEvent) {
        switch event {
        case .request(let request, let transactionID, _):
            require(
                seen.insert(transactionID).inserted, "a request is delivered once: \(transactionID)"
            )
            pending.append((transactionID, request))
        case .cancelled(let transactionID, _):
            require(
                seen.contains(transactionID),
                "a CANCEL is delivered for a known INVITE: \(transactionID)")
        case .response(let response, let transactionID, _):
            require(
                live.contains(transactionID),
                "no response after the end: \(transactionID), \(response.status)")
        case .failed(let transactionID, _):
            require(live.contains(transactionID), "no failure after the end: \(transactionID)")
        case .unanswered(let transactionID, _):
            require(
                seen.contains(transactionID),
                "only what was delivered goes unanswered: \(transactionID)")
        case .acknowledgement, .flowClosed:
            break
        }
    }

    /// Every owner answers and gives up, no stream comes, every timer fires.
    private mutating func comeToRest() {
        for transactionID in live.sorted(by: { $0.number < $1.number }) {
            handle(.cancel(transactionID, reason: nil))
        }
        for (transactionID, request) in pending {
            handle(.respond(Response(to: request, status: .serverInternalError), transactionID))
        }
        var count = 0
        while !connecting.isEmpty || !timers.isEmpty {
            count += 1
            require(count < Self.restLimit, "the shard comes to rest: \(timers.count) timers left")
            if let target = connecting.popLast() {
                handle(.notConnected(target))
            } else {
                fireNext()
            }
        }
    }

    private func requireEmpty() {
        let left = [
            "clients": layer.clients.count, "clientKeys": layer.clientKeys.count,
            "callingHalves": layer.callingHalves.count, "servers": layer.servers.count,
            "serverKeys": layer.serverKeys.count, "mergeKeys": layer.mergeKeys.count,
            "invitedHalves": layer.invitedHalves.count,
            "acknowledgementKeys": layer.acknowledgementKeys.count,
            "clientsByFlow": layer.clientsByFlow.count, "serversByFlow": layer.serversByFlow.count,
            "waiting": layer.waiting.count, "live": live.count,
        ].filter { $0.value != 0 }
        require(left.isEmpty, "nothing is left at rest: \(left)")
    }
}
