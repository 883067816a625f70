import Platform

/// Answers the digest challenges of one far end (RFC 3261 §22.1–22.3, RFC 7616 §3.4): remembers the
/// last challenge of each realm and answers it ahead in the next requests.
///
/// A value without randomness of its own: its nonces are the number of answers behind a token that
/// its maker drew.
public struct DigestAnswerer: Sendable, Equatable {
    /// Realms remembered; a further one takes the place of the oldest.
    static let realmLimit = 4

    private struct Known: Sendable, Equatable {
        var challenge: Challenge
        var isProxy: Bool
        var count: UInt32 = 0
    }

    private let name: String
    private let password: String
    private let token: String
    private var known: [Known] = []
    private var answerCount = 0

    /// - Parameter token: drawn once, unguessable; makes every answer's own nonce.
    public init(name: String, password: String, token: String) {
        self.name = name
        self.password = password
        self.token = token
    }

    /// Remembers the challenges of a 401 or 407. False where there is none that we can answer, or
    /// the request had answered it already and the nonce is not merely stale.
    public mutating func learn(from response: Response, to request: Request) -> Bool {
        let found =
            response.every(WWWAuthenticate.self).map { ($0.challenge, false) }
            + response.every(ProxyAuthenticate.self).map { ($0.challenge, true) }
        var hasLearnt = false
        // RFC 8760 §2.4: the first that we can do, for each realm.
        var realms: Set<String> = []
        for (challenge, isProxy) in found {
            guard let realm = challenge.realm, !realms.contains(realm),
                Credentials(
                    answering: challenge, username: name, password: password,
                    method: request.method, uri: "", clientNonce: "") != nil
            else { continue }
            realms.insert(realm)
            if !challenge.isStale && hasAnsweredFreshly(realm, in: request) { continue }
            known.removeAll { $0.challenge.realm == realm && $0.isProxy == isProxy }
            if known.count >= Self.realmLimit { known.removeFirst() }
            known.append(Known(challenge: challenge, isProxy: isProxy))
            hasLearnt = true
        }
        return hasLearnt
    }

    /// True where the request answered this realm with a nonce that was new then: the password is
    /// wrong. An answer ahead, with an old nonce, says nothing of the password.
    private func hasAnsweredFreshly(_ realm: String, in request: Request) -> Bool {
        request.credentials.contains { given in
            given.realm == realm
                && known.contains { $0.challenge.nonce == given.nonce && $0.count == 1 }
        }
    }

    /// Puts answers to all challenges that are known into a request, in place of older ones.
    public mutating func authorize(_ request: inout Request) {
        guard !known.isEmpty else { return }
        request.fields.remove(.authorization)
        request.fields.remove(.proxyAuthorization)
        for index in known.indices {
            known[index].count += 1
            answerCount += 1
            let credentials = Credentials(
                answering: known[index].challenge, username: name, password: password,
                method: request.method, uri: request.uri.text,
                clientNonce: token + String(answerCount, radix: 16),
                nonceCount: known[index].count)
            guard let credentials else { continue }
            if known[index].isProxy {
                request.fields.append(ProxyAuthorization(credentials))
            } else {
                request.fields.append(Authorization(credentials))
            }
        }
    }
}
