import Platform
import SIPStack

/// Who may come in: digest authentication against the directory (RFC 3261 §22, RFC 8760).
///
/// An unknown name and a wrong password take the same work and get the same answer. What came of
/// each attempt is told to the ``Doorkeeper``, which bans those who guess.
struct Gatekeeper: Sendable {
    enum Verdict: Sendable {
        case admitted(DeviceRecord)
        /// With the ban of its source that follows, if any.
        case refused(Response, Ban? = nil)
    }

    private var digest: DigestAuthenticator
    private let configuration: ExchangeConfiguration
    private let random: any RandomSource
    private let doorkeeper: Doorkeeper
    /// Wrong credentials since the start.
    private(set) var wrongCount = 0
    /// Where each device signed in last: credentials from there are looked at even while its name
    /// is held back because somebody else guesses its password. As many as there are devices.
    private var places: [DeviceID: SocketAddress] = [:]

    init(
        configuration: ExchangeConfiguration, random: any RandomSource, doorkeeper: Doorkeeper
    ) {
        self.doorkeeper = doorkeeper
        self.configuration = configuration
        self.random = random
        digest = DigestAuthenticator(realm: configuration.domain.name, random: random)
    }

    mutating func judge(
        _ request: Request, on flow: Flow, directory: Directory, now: Instant
    ) -> Verdict {
        let source = flow.remote.address
        guard let credentials = credentials(of: request) else {
            let ban = doorkeeper.challenged(source, now: now)
            return .refused(challenge(request, on: flow, directory, isStale: false, now: now), ban)
        }
        let name = credentials.username ?? ""
        let device = directory.device(authName: name)
        if device.flatMap({ places[$0.deviceID] }) != flow.remote {
            let pause = doorkeeper.pause(for: name, from: source, now: now)
            guard pause == .zero else { return .refused(later(request, pause)) }
        }
        let allowed = algorithms(for: device, on: flow)
        let verdict = digest.verify(
            credentials, method: request.method, now: now,
            secret: { allowed.contains($0) ? device?.secret.hash(for: $0) : nil })
        switch verdict {
        case .accepted:
            guard let device, device.secret.realm == configuration.domain.name else {
                return .refused(challenge(request, on: flow, directory, isStale: false, now: now))
            }
            doorkeeper.succeeded(name, from: source, now: now)
            places[device.deviceID] = flow.remote
            return .admitted(device)
        case .stale:
            return .refused(challenge(request, on: flow, directory, isStale: true, now: now))
        case .rejected:
            wrongCount += 1
            let ban = doorkeeper.failed(name, from: source, now: now)
            return .refused(challenge(request, on: flow, directory, isStale: false, now: now), ban)
        }
    }

    /// Devices that are gone are forgotten.
    mutating func adopt(_ directory: Directory) {
        places = places.filter { directory.device($0.key) != nil }
    }

    /// 503 to credentials that are not looked at now. Whoever has the right ones comes again.
    private func later(_ request: Request, _ pause: Duration) -> Response {
        .serviceUnavailable(to: request, retryAfter: Int(pause.components.seconds) + 1)
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
