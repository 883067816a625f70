/// The reliable provisional responses of one INVITE that came (RFC 3262 §3): one at a time is out,
/// numbered upwards, resent until its PRACK; what must wait, waits here.
struct ReliableProvisionals: Sendable, Equatable {
    /// What the INVITE said of 100rel.
    enum Need: Sendable, Equatable {
        /// Nothing.
        case never
        /// Supported: a description goes reliably, the rest as always.
        case descriptions
        /// Required.
        case always
    }

    /// How far the exchange of descriptions in provisional responses is.
    enum Stage: Sendable, Equatable {
        case none
        /// Ours is out, and no PRACK for it has come.
        case sent
        case settled
    }

    struct Progress: Sendable, Equatable {
        var status: Status
        var body: MessageBody?
    }

    struct Outstanding: Sendable, Equatable {
        var response: Response
        var number: UInt32
        var holdsDescription: Bool
        var resendAfter: Duration
    }

    /// Progress that waits for a PRACK; beyond this the oldest that says nothing new is forgotten.
    static let waitingLimit = 8

    let need: Need
    /// The INVITE held the offer, so that a description of ours is its answer.
    let hasRemoteOffer: Bool
    private(set) var stage = Stage.none
    private(set) var outstanding: Outstanding?
    private var waiting: [Progress] = []
    /// The RSeq of the next one.
    private(set) var nextNumber: UInt32

    /// Where the INVITE is ours: nothing of the kind.
    init(firstNumber: UInt32) {
        need = .never
        hasRemoteOffer = false
        nextNumber = firstNumber
    }

    /// - Parameter firstNumber: between 1 and 2³¹−1 (RFC 3262 §3); made so.
    init(answering invite: Request, firstNumber: UInt32) {
        let tag = OptionTag.reliableProvisional
        need =
            invite.required.contains { $0.lowercased() == tag }
            ? .always : invite.supports(tag) ? .descriptions : .never
        hasRemoteOffer = invite.content != nil
        nextNumber = max(1, firstNumber & 0x7FFF_FFFF)
    }

    /// What may be said in that provisional response: a description only once (RFC 3261 §13.2.1), and
    /// an offer only reliably (RFC 3262 §5).
    func admissible(_ body: MessageBody?) -> MessageBody? {
        guard stage == .none, hasRemoteOffer || need != .never else { return nil }
        return body
    }

    /// Whether such a response goes reliably.
    func isReliable(_ progress: Progress) -> Bool {
        guard progress.status != .trying else { return false }
        switch need {
        case .never: return false
        case .descriptions: return progress.body != nil
        case .always: return true
        }
    }

    /// True while the 2xx must wait (RFC 3262 §3: for the PRACK of a description, be it out or still
    /// behind a response that is out).
    var holdsAnswer: Bool { outstanding?.holdsDescription ?? false || holdsBackDescription }

    /// True where a description is on its way, or has come.
    var isDescribed: Bool { stage != .none || holdsBackDescription }

    private var holdsBackDescription: Bool { waiting.contains { $0.body != nil } }

    mutating func wait(_ progress: Progress) {
        waiting.append(progress)
        guard waiting.count > Self.waitingLimit else { return }
        waiting.remove(at: waiting.firstIndex { $0.body == nil } ?? 0)
    }

    mutating func nextWaiting() -> Progress? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Numbers a response, and keeps it until its PRACK.
    mutating func send(_ response: Response, resendAfter: Duration) -> Response {
        var response = response
        response.fields.append(name: .require, raw: OptionTag.reliableProvisional)
        response.fields.set(RSeq(nextNumber))
        let holdsDescription = response.content != nil
        if holdsDescription { stage = .sent }
        outstanding = Outstanding(
            response: response, number: nextNumber, holdsDescription: holdsDescription,
            resendAfter: resendAfter)
        nextNumber += 1
        return response
    }

    mutating func resend() -> Outstanding? {
        outstanding?.resendAfter *= 2
        return outstanding
    }

    /// What that PRACK acknowledges; nil where nothing of the kind is out (481).
    mutating func acknowledge(_ prack: Request, of invite: CSeq) -> Outstanding? {
        guard let acknowledged = outstanding, let rAck = prack.one(RAck.self),
            rAck.responseNumber == acknowledged.number, rAck.cSeq == invite
        else { return nil }
        outstanding = nil
        if acknowledged.holdsDescription { stage = .settled }
        return acknowledged
    }

    /// The final response is out: nothing follows, though the PRACK of what is out may still come.
    mutating func conclude() {
        waiting = []
    }
}

extension InviteSession {
    /// An answer that waits for a PRACK.
    struct DeferredAnswer: Sendable, Equatable {
        var body: MessageBody?
    }
}
