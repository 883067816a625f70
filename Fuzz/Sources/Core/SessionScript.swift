import Fuzzing
import Platform
import SIPStack

/// Drives one INVITE usage with arbitrary arrivals, orders and timers.
///
/// Whatever happens: it ends once and reports nothing afterwards, what it registered it
/// unregisters, its requests are numbered upwards, and each request that came gets one final
/// response at most.
struct SessionScript {
    private static let stepLimit = 200

    var choices: Choices
    private var usage: InviteSession
    private var now = Instant.start
    private var timers = DeadlineTable<InviteSession.Timer>()
    private var registered: Set<DialogID> = []
    /// Requests of ours that await a final response.
    private var outstanding: [(tag: InviteSession.RequestTag, request: Request)] = []
    /// Requests that came and have no final response yet.
    private var unanswered: [ServerTransactionID: Request] = [:]
    private var answered: [ServerTransactionID: Status] = [:]
    private var lastServer: UInt64 = 0
    private var lastSequences: [String: UInt32] = [:]
    private var hasEnded = false
    /// A 2xx to our INVITE has come.
    private var isAnswered = false

    private static let contact = NameAddress(
        uri: .sip(SIPURI(user: "box", host: .ip(.loopbackV4), port: 5060)))

    init(callingWith choices: Choices) {
        self.choices = choices
        var from = Self.contact
        from.tag = "ours"
        let invite = Request(
            method: .invite, uri: Self.contact.uri, from: from, to: Self.contact,
            callID: Pool.callIDs[0], cSeq: CSeq(number: 1, method: .invite))
        usage = InviteSession(
            calling: invite, to: .flow(Pool.flows[0]), contact: Self.contact,
            timer: SessionTimerTerms())
    }

    init(invitedWith choices: Choices) {
        var choices = choices
        var invite = choices.request(on: Pool.flows[0])
        invite.method = .invite
        invite.cSeq.method = .invite
        invite.to.tag = nil
        switch choices.below(3) {
        case 0: invite.fields[.require] = "100rel"
        case 1: invite.fields[.supported] = "100rel, timer"
        default: break
        }
        let transactionID = ServerTransactionID(shard: 0, number: 0)
        usage = InviteSession(
            invited: invite, transactionID, on: Pool.flows[0], localTag: "ours",
            contact: Self.contact, timer: SessionTimerTerms(), responseNumber: 1)
        unanswered[transactionID] = invite
        if let dialog = usage.registration { registered.insert(dialog) }
        self.choices = choices
    }

    mutating func run() {
        if case .calling = usage.state { handle(.order(.invite(body()))) }
        var count = 0
        while !choices.isEmpty && count < Self.stepLimit {
            count += 1
            step()
        }
        comeToRest()
    }

    private mutating func step() {
        switch choices.below(8) {
        case 0, 1: handle(.order(order()))
        case 2: receiveRequest()
        case 3, 4: receiveResponse()
        case 5: fireNext()
        case 6: fail()
        default:
            let request = choices.request(on: Pool.flows[0])
            handle(.arrival(.acknowledgement(request, on: Pool.flows[0])))
        }
    }

    private mutating func body() -> MessageBody? {
        choices.flag() ? .sdp(Array("v=0\r\n".utf8)) : nil
    }

    private mutating func order() -> InviteSession.Order {
        let failure = choices.pick([Status.busyHere, .decline, .temporarilyUnavailable])
        switch choices.below(13) {
        case 0: return .progress(choices.pick([.ringing, .sessionProgress]), body())
        case 1: return .answer(body())
        case 2: return .reject(failure)
        case 3: return .hangUp(failure, reason: choices.flag() ? "SIP;cause=200" : nil)
        case 4: return .offer(body())
        case 5: return .acceptOffer(body())
        case 6: return .refuseOffer(.notAcceptableHere)
        case 7: return .inform(UInt64(choices.byte()), body(), packageName: nil)
        case 8: return .offer(body(), .passed(asUpdate: choices.flag()))
        case 9: return .requestTurn
        case 10: return .withdrawOffer
        case 11: return .probe
        default:
            let informed = unanswered.filter { $0.value.method == .info }
            guard let (transactionID, request) = informed.min(by: { $0.key.number < $1.key.number })
            else {
                return .hangUp(.ok, reason: nil)
            }
            return .conclude(transactionID, request, .ok)
        }
    }

    private mutating func receiveRequest() {
        var request = choices.request(on: Pool.flows[0])
        guard request.method != .ack else { return }
        if choices.flag(), let dialog = usage.dialog {
            request.callID = dialog.sipCallID
            request.from = dialog.remote
            request.to = dialog.local
            request.cSeq.number = UInt32(choices.byte())
            dress(&request)
        }
        guard request.method != .ack else { return }
        if request.method == .cancel {
            let offers = unanswered.filter { $0.value.method == .invite }.keys
            guard let transactionID = offers.min(by: { $0.number < $1.number }) else { return }
            return handle(.arrival(.cancelled(transactionID)))
        }
        lastServer += 1
        let transactionID = ServerTransactionID(shard: 0, number: lastServer)
        unanswered[transactionID] = request
        handle(.arrival(.request(request, transactionID, on: Pool.flows[0])))
    }

    /// Makes it one of the requests that mean most inside a dialog.
    private mutating func dress(_ request: inout Request) {
        let methods: [Method] = [.update, .prack, .invite, .bye, .info, .options]
        guard choices.flag() else { return }
        request.method = choices.pick(methods)
        request.cSeq.method = request.method
        request.content = body()
        if request.method == .prack {
            let number = UInt32(choices.below(4))
            request.fields.set(
                RAck(responseNumber: number, cSeq: CSeq(number: 1, method: .invite)))
        }
        if choices.flag() {
            request.fields[.supported] = "timer"
            request.fields.set(SessionExpires(seconds: UInt32(choices.byte()) * 8))
        }
        if choices.flag() { request.fields[.allow] = "INVITE, UPDATE" }
    }

    /// Makes a response reliable, or one with a session timer, a 422, a glare.
    private mutating func dress(_ response: inout Response) {
        response.content = body()
        if choices.flag() { response.fields[.allow] = "INVITE, UPDATE" }
        if response.status.isProvisional {
            response.fields[.require] = "100rel"
            response.fields[.rSeq] = String(choices.below(4))
            return
        }
        switch choices.below(4) {
        case 0:
            response.status = .intervalTooSmall
            response.fields.set(MinSE(seconds: UInt32(choices.byte()) * 64))
        case 1: response.status = .requestPending
        default:
            response.fields.set(
                SessionExpires(
                    seconds: UInt32(choices.byte()) * 8,
                    refresher: choices.pick([nil, .uac, .uas])))
        }
    }

    private mutating func receiveResponse() {
        guard !outstanding.isEmpty else { return }
        let index = choices.below(outstanding.count)
        let (tag, request) = outstanding[index]
        var response = choices.response(to: request)
        if choices.flag() { dress(&response) }
        // Of an INVITE further 2xx come, and after one nothing else (RFC 6026 §7.2); of anything
        // else comes one final response.
        if tag == .invite {
            let inviteNumber = outstanding.last { $0.tag == .invite }?.request.cSeq.number
            guard request.cSeq.number == inviteNumber else { return }
            guard !isAnswered || response.status.isSuccess else { return }
            isAnswered = isAnswered || response.status.isSuccess
        }
        if response.status.isFinal, tag != .invite || !response.status.isSuccess {
            outstanding.remove(at: index)
        }
        handle(.arrival(.response(response, tag, on: Pool.flows[0])))
    }

    private mutating func fail() {
        guard !outstanding.isEmpty else { return }
        let (tag, _) = outstanding.remove(at: choices.below(outstanding.count))
        handle(.arrival(.failed(tag, .timeout)))
    }

    private mutating func fireNext() {
        guard let deadline = timers.earliest else { return }
        now = max(now, deadline)
        if let timer = timers.popDue(now: now) { handle(.timer(timer)) }
    }

    private mutating func handle(_ event: InviteSession.Event) {
        for effect in usage.handle(event, now: now) { perform(effect) }
    }

    private mutating func perform(_ effect: InviteSession.Effect) {
        switch effect {
        case .send(let request, _, let tag):
            checkSequence(of: request)
            outstanding.append((tag, request))
        case .acknowledge(let request, _, _):
            require(request.method == .ack, "an ACK is an ACK: \(request.method)")
        case .cancel(let tag, _):
            require(
                tag == .invite || tag == .reinvite, "only an INVITE is cancelled: \(tag)")
        case .respond(let response, let transactionID):
            check(response, to: transactionID)
        case .register(let dialog):
            require(registered.insert(dialog).inserted, "registered once: \(dialog)")
        case .unregister(let dialog):
            require(registered.remove(dialog) != nil, "unregistered once: \(dialog)")
        case .start(let timer, let delay):
            require(!hasEnded, "no timer after the end: \(timer)")
            timers.set(timer, at: now + delay)
        case .startAtRandom(let timer, let range):
            require(!hasEnded, "no timer after the end: \(timer)")
            timers.set(timer, at: now + (choices.flag() ? range.lowerBound : range.upperBound))
        case .stop(let timer): timers.cancel(timer)
        case .report(.informConcluded) where hasEnded:
            break  // An order after the end is answered all the same.
        case .report(let report):
            require(!hasEnded, "nothing after the end: \(report)")
            if case .ended = report { hasEnded = true }
        }
    }

    private mutating func checkSequence(of request: Request) {
        guard let dialog = request.to.tag else { return }
        require(
            request.cSeq.number > lastSequences[dialog, default: 0],
            "numbered upwards: \(request.cSeq) after \(lastSequences[dialog, default: 0])")
        lastSequences[dialog] = request.cSeq.number
    }

    private mutating func check(_ response: Response, to transactionID: ServerTransactionID) {
        guard response.status.isFinal else {
            return require(
                unanswered[transactionID] != nil,
                "no \(response.status) after the final: \(transactionID)")
        }
        if let before = answered[transactionID] {
            // A 2xx to an INVITE is resent until its ACK.
            require(
                before == response.status && before.isSuccess,
                "one final response: \(before), then \(response.status)")
        } else {
            require(
                unanswered[transactionID] != nil, "only what came is answered: \(transactionID)")
        }
        answered[transactionID] = response.status
        unanswered[transactionID] = nil
    }

    /// The owner hangs up and everything that was begun fails or fires: the usage must end.
    private mutating func comeToRest() {
        handle(.order(.hangUp(.temporarilyUnavailable, reason: nil)))
        var count = 0
        while !timers.isEmpty || !outstanding.isEmpty {
            count += 1
            require(count < 1000, "the usage comes to rest: \(usage.state)")
            if let (tag, _) = outstanding.popLast() {
                handle(.arrival(.failed(tag, .timeout)))
            } else {
                fireNext()
            }
        }
        require(hasEnded, "a usage that hangs up ends: \(usage.state)")
        require(registered.isEmpty, "no dialog stays registered: \(registered)")
    }
}
