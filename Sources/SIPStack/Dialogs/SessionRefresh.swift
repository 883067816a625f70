/// What session timer this side wants (RFC 4028), in seconds.
public struct SessionTimerTerms: Sendable, Equatable, Codable {
    /// RFC 4028 §4: no shorter timer may be asked for.
    public static let leastMinimum: UInt32 = 90
    /// How long a session lives without a refresh: Session-Expires.
    public var interval: UInt32
    /// The shortest that we take from others: Min-SE.
    public var minimum: UInt32

    public init(interval: UInt32 = 1800, minimum: UInt32 = Self.leastMinimum) {
        self.minimum = max(minimum, Self.leastMinimum)
        self.interval = max(interval, self.minimum)
    }
}

/// The session timer of one dialog (RFC 4028): what was agreed, and who refreshes.
///
/// A value that writes and reads the fields; ``InviteSession`` keeps the clock.
struct SessionRefresh: Sendable, Equatable {
    /// How often one INVITE is sent again for a 422.
    static let retryLimit = 3

    /// Nil where we use no session timers.
    let terms: SessionTimerTerms?
    /// In force, in seconds; nil while the session never expires.
    private(set) var interval: UInt32?
    /// We refresh.
    private(set) var isOurs = false
    /// The largest Min-SE that a 422 named.
    private var floor: UInt32 = 0
    private var retries = 0
    private var hasAgreed = false

    init(terms: SessionTimerTerms?) {
        self.terms = terms
    }

    /// The option tags that we name in Supported.
    var supported: String {
        terms == nil
            ? OptionTag.reliableProvisional
            : "\(OptionTag.reliableProvisional), \(OptionTag.timer)"
    }

    /// Writes what we want into an INVITE, re-INVITE or UPDATE of ours (§7.1, §7.4).
    func propose(in request: inout Request) {
        guard let terms, !hasAgreed || interval != nil else { return }
        let seconds = max(interval ?? terms.interval, floor)
        let refresher: SessionExpires.Refresher? = hasAgreed ? (isOurs ? .uac : .uas) : nil
        request.fields.set(SessionExpires(seconds: seconds, refresher: refresher))
        request.fields.set(MinSE(seconds: max(terms.minimum, floor)))
    }

    /// Takes the 2xx to a request of ours (§7.2).
    mutating func agree(by response: Response) {
        guard terms != nil else { return }
        hasAgreed = true
        retries = 0
        guard let answer = response.one(SessionExpires.self) else {
            interval = nil
            return
        }
        // A timer below the RFC's least would have us send without pause.
        interval = max(answer.seconds, SessionTimerTerms.leastMinimum)
        isOurs = answer.refresher != .uas
    }

    /// Answers a request that came in its 2xx (§9).
    ///
    /// A party that doesn't know the timer keeps none: whether it lives is asked by other means.
    mutating func agree(to request: Request, in response: inout Response) {
        guard let terms else { return }
        hasAgreed = true
        guard request.supports(OptionTag.timer) else {
            interval = nil
            return
        }
        let asked = request.one(SessionExpires.self)
        let least = max(terms.minimum, request.one(MinSE.self)?.seconds ?? 0)
        let offered = asked?.seconds ?? max(terms.interval, least)
        let seconds = max(min(offered, max(min(offered, terms.interval), least)), terms.minimum)
        let wasOurs = interval == nil || isOurs
        isOurs = asked?.refresher.map { $0 == .uas } ?? wasOurs
        interval = seconds
        response.fields.append(name: .require, raw: OptionTag.timer)
        response.fields.set(SessionExpires(seconds: seconds, refresher: isOurs ? .uas : .uac))
    }

    /// 422 for a request that asks for too short a timer (§9); nil for one to go on with. Who
    /// doesn't know the timer could make nothing of a 422: a proxy on the way asked.
    static func refusal(of request: Request, _ terms: SessionTimerTerms?) -> Response? {
        guard let terms, request.supports(OptionTag.timer),
            let asked = request.one(SessionExpires.self), asked.seconds < terms.minimum
        else { return nil }
        var refusal = Response(to: request, status: .intervalTooSmall)
        refusal.fields.set(MinSE(seconds: terms.minimum))
        return refusal
    }

    /// A 422 to a request of ours: true where it makes sense to ask again, for longer (§7.3).
    mutating func raise(by response: Response) -> Bool {
        guard let terms, response.status == .intervalTooSmall,
            let least = response.one(MinSE.self)?.seconds,
            least > max(interval ?? terms.interval, floor), retries < Self.retryLimit
        else { return false }
        retries += 1
        floor = max(floor, least)
        if let interval { self.interval = max(interval, floor) }
        return true
    }

    /// The timers that what was agreed asks for (§10: a third of the interval, 32 s at most, before
    /// its end the session is given up).
    var timers: [InviteSession.Effect] {
        guard let interval else { return [.stop(.refresh), .stop(.sessionExpiry)] }
        let whole = Duration.seconds(Int64(interval))
        return [
            isOurs ? .start(.refresh, after: whole / 2) : .stop(.refresh),
            .start(.sessionExpiry, after: whole - min(.seconds(32), whole / 3)),
        ]
    }
}
