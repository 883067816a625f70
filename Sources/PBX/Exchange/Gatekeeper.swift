import Platform
import SIPStack

/// Who may come in: digest authentication against the directory (RFC 3261 §22, RFC 8760).
///
/// An unknown name and a wrong password take the same work and get the same answer.
struct Gatekeeper: Sendable {
    enum Verdict: Sendable {
        case admitted(DeviceRecord)
        case refused(Response)
    }

    private var digest: DigestAuthenticator
    private let configuration: ExchangeConfiguration
    private let random: any RandomSource

    init(configuration: ExchangeConfiguration, random: any RandomSource) {
        self.configuration = configuration
        self.random = random
        digest = DigestAuthenticator(realm: configuration.domain.name, random: random)
    }

    mutating func judge(
        _ request: Request, on flow: Flow, directory: Directory, now: Instant
    ) -> Verdict {
        guard let credentials = credentials(of: request) else {
            return .refused(challenge(request, on: flow, directory, isStale: false, now: now))
        }
        let device = credentials.username.flatMap(directory.device(authName:))
        let allowed = algorithms(for: device, on: flow)
        let verdict = digest.verify(
            credentials, method: request.method, now: now,
            secret: { allowed.contains($0) ? device?.secret.hash(for: $0) : nil })
        switch verdict {
        case .accepted:
            guard let device, device.secret.realm == configuration.domain.name else {
                return .refused(challenge(request, on: flow, directory, isStale: false, now: now))
            }
            return .admitted(device)
        case .stale:
            return .refused(challenge(request, on: flow, directory, isStale: true, now: now))
        case .rejected:
            return .refused(challenge(request, on: flow, directory, isStale: false, now: now))
        }
    }

    /// The first digest credentials for our realm; other schemes count as none (RFC 4475 §3.3.7).
    private func credentials(of request: Request) -> Credentials? {
        ((try? request.fields.all(Authorization.self)) ?? []).map(\.credentials)
            .first { $0.isDigest && $0.realm == configuration.domain.name }
    }

    private func challenge(
        _ request: Request, on flow: Flow, _ directory: Directory, isStale: Bool, now: Instant
    ) -> Response {
        var response = Response(to: request, status: .unauthorized)
        let named = request.from.uri.sip?.user.flatMap(directory.device(authName:))
        let algorithms = algorithms(for: named, on: flow)
        for challenge in digest.challenges(
            algorithms: algorithms, isStale: isStale, now: now, random: random)
        {
            response.fields.append(WWWAuthenticate(challenge))
        }
        return response
    }

    /// What a device on that flow is challenged with, and may answer with: the listener's list,
    /// unless the device has a policy of its own.
    private func algorithms(for device: DeviceRecord?, on flow: Flow) -> [DigestAlgorithm] {
        switch device?.policy.digest ?? .listener {
        case .listener: configuration.digest[flow.listener] ?? [.md5]
        case .sha256Only: [.sha256]
        case .md5Only: [.md5]
        }
    }
}

extension DeviceSecret {
    fileprivate func hash(for algorithm: DigestAlgorithm) -> String {
        switch algorithm {
        case .md5: md5
        case .sha256: sha256
        }
    }
}
