import PBX
import Platform

/// A trunk with a machine at its other end that can be reached is up: soon after the start, and soon
/// after whatever failed.
struct TrunksComeBack: StandingInvariant {
    static let claim = "a trunk that can be reached is reachable again soon"
    /// The longest pause after a refusal, Retry-After, and a try of each machine, of which all but one
    /// may be silent for the time of a transaction.
    static let bound = Duration.seconds(120 + 20 + 4 * 32 + 30)

    /// The trunks' names, and the machines at their other ends.
    let providers: [(name: String, lines: [UInt32])]
    /// Since when each trunk that is not up is not.
    private var down: [String: Instant] = [:]
    private var reported: Set<String> = []

    init(providers: [(name: String, lines: [UInt32])]) {
        self.providers = providers
    }

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        guard glimpse.reachable != nil else { return [] }
        let phases = Dictionary(
            glimpse.picture.trunks.values.map { ($0.name, $0.phase) }, uniquingKeysWith: { $1 })
        var findings: [Finding] = []
        for provider in providers {
            let isUp = [.registered, .reachable].contains(phases[provider.name])
            guard !isUp else {
                down[provider.name] = nil
                continue
            }
            let since = down[provider.name] ?? glimpse.instant
            down[provider.name] = since
            guard glimpse.instant - since > Self.bound else { continue }
            let kinds = Outage.Kind.explaining.union([.names])
            let isReachable = provider.lines.contains { line in
                // Whatever went wrong has been over for long enough.
                !outages.hit(
                    line, from: glimpse.instant, to: glimpse.instant, grace: Self.bound,
                    kinds: kinds)
            }
            guard isReachable, reported.insert(provider.name).inserted else { continue }
            let phase = phases[provider.name]?.rawValue ?? "unknown"
            findings.append(Finding(Self.claim, "\(provider.name) is \(phase)"))
        }
        return findings
    }
}
