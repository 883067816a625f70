import Platform
import SIPStack

/// What makes a virtual phone a machine of a provider, at the other end of a trunk.
public struct OutsideLine: Sendable {
    /// How a machine of a provider behaves for a while.
    public enum Mood: Sendable, Equatable {
        /// Refuses all that it is asked.
        case refuses
        /// Answers late.
        case lags
    }

    /// What it has put off.
    struct Delayed: Sendable {
        var due: Instant
        var request: Request
        var transaction: ServerTransactionID
    }

    /// The provider's domain.
    public var provider: String
    /// Whom it challenges; nil where the exchange is known by its address.
    public var credentials: (name: String, password: String)?

    public init(provider: String, credentials: (name: String, password: String)?) {
        self.provider = provider
        self.credentials = credentials
    }

    /// The challenge that is the same for everybody: what is proved is that it is answered.
    var challenge: String {
        "Digest realm=\"\(provider)\", nonce=\"of \(provider)\", algorithm=MD5"
    }

    static let refusals: [Status] = [
        .serviceUnavailable, .serviceUnavailable, .serverInternalError, .forbidden, .notFound,
        .badGateway,
    ]
}

/// The provider's half: REGISTER, OPTIONS and INVITE of the exchange's trunk.
extension VirtualPhone {
    /// The longest that a machine lets anybody wait for a word.
    private static let longestLag = Duration.seconds(40)

    /// True where the request was taken, refused or put off; else it is an INVITE to be rung for, or
    /// somebody else's business.
    func answerTrunk(_ request: Request, _ transaction: ServerTransactionID) -> Bool {
        guard let outside, request.to.tag == nil else { return false }
        switch mood {
        case .refuses? where request.method != .cancel:
            refuseTrunk(request, transaction)
            return true
        case .lags? where !isDelayed(request):
            let lag = whim.duration(from: .milliseconds(200), to: Self.longestLag)
            delayed.append(
                OutsideLine.Delayed(
                    due: world.time.now + lag, request: request, transaction: transaction))
            setDelay()
            return true
        case .refuses, .lags, nil: break
        }
        if let secret = outside.credentials, request.method != .options,
            !isCredible(request, secret, outside)
        {
            let isCall = request.method == .invite
            var response = Response(
                to: request, status: isCall ? .proxyAuthenticationRequired : .unauthorized,
                toTag: world.random.token(8))
            response.fields[isCall ? .proxyAuthenticate : .wwwAuthenticate] = outside.challenge
            transport.respond(response, to: transaction)
            return true
        }
        guard request.method == .register else { return false }
        acceptTrunk(request, transaction)
        return true
    }

    private func refuseTrunk(_ request: Request, _ transaction: ServerTransactionID) {
        let refusals = OutsideLine.refusals
        let status = refusals[whim.number(in: 0...refusals.count - 1)]
        var response = Response(to: request, status: status, toTag: world.random.token(8))
        if status == .serviceUnavailable, whim.happens(perThousand: 500) {
            response.fields[.retryAfter] = String(whim.number(in: 1...20))
        }
        transport.respond(response, to: transaction)
    }

    private func acceptTrunk(_ request: Request, _ transaction: ServerTransactionID) {
        let asked = request.fields[.expires].flatMap { Int($0) } ?? 60
        var response = Response(to: request, status: .ok, toTag: world.random.token(8))
        if asked > 0, let contact = request.fields[.contact] {
            response.fields[.contact] = "\(contact);expires=\(min(asked, 120))"
        }
        transport.respond(response, to: transaction)
    }

    private func isCredible(
        _ request: Request, _ secret: (name: String, password: String), _ outside: OutsideLine
    ) -> Bool {
        let said = request.fields[request.method == .invite ? .proxyAuthorization : .authorization]
        guard let said else { return false }
        let given = PhoneDigest.parameters(of: said)
        let digest = PhoneDigest(username: secret.name, password: secret.password)
        let expected = digest.credentials(
            for: [outside.challenge], method: request.method.name, uri: given["uri"] ?? "",
            ownNonce: "")
        return expected.map { PhoneDigest.parameters(of: $0)["response"] } == given["response"]
    }

    // MARK: What is put off

    private func isDelayed(_ request: Request) -> Bool {
        delayed.contains { $0.request.callID == request.callID && $0.request.cSeq == request.cSeq }
    }

    private func setDelay() {
        guard let due = delayed.map(\.due).min() else { return }
        set(.delayed, after: max(.zero, due - world.time.now))
    }

    func answerDelayed() {
        let now = world.time.now
        let due = delayed.filter { $0.due <= now }
        delayed.removeAll { $0.due <= now }
        for each in due {
            let before = mood
            mood = nil
            receiveNew(each.request, each.transaction)
            mood = before
        }
        setDelay()
    }

    /// A CANCEL of an INVITE that was put off.
    func cancelDelayed(_ transaction: ServerTransactionID) {
        guard let index = delayed.firstIndex(where: { $0.transaction == transaction }) else {
            return
        }
        let invite = delayed.remove(at: index)
        transport.respond(
            Response(
                to: invite.request, status: .requestTerminated, toTag: world.random.token(8)),
            to: transaction)
    }

    func takeMood(_ mood: OutsideLine.Mood, lasting: Duration) {
        self.mood = mood
        set(.calm, after: lasting)
    }
}
