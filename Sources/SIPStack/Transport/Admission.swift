import Platform
import Synchronization

/// Which new calls are taken while messages wait: beyond capacity it is better to refuse a call at
/// once than to let all calls wait.
///
/// Judged by how long the last message waited before its turn, in the stack and in front of who
/// takes new requests. Refusing costs a small part of a call, so that the wait goes down as soon as
/// it is begun. Requests within dialogs, registrations and what was begun already are never refused
/// so. A call that has answered its challenge is refused later than one that would first get it.
public struct Admission: Sendable {
    /// Messages that wait longer are a sign that more comes than can be done.
    public var patience = Duration.milliseconds(80)
    /// From this on even those are refused that have credentials.
    public var longestPatience = Duration.milliseconds(400)
    /// Who dials these is never refused: user parts of Request-URIs.
    public var emergencyNumbers: Set<String> = ["112", "911", "999"]
    /// The shortest pause that the refused are told, in seconds; up to twice that, so that they do
    /// not all come back at once.
    public var retryAfter = 4

    public init() {}

    /// The 503 for a request that would begin a call; nil: it goes on.
    func refusal(of request: Request, lateness: Duration) -> Response? {
        guard lateness > patience, request.method == .invite, request.to.tag == nil,
            lateness > longestPatience || !request.fields.contains(.authorization),
            !isEmergency(request)
        else { return nil }
        let spread = Int(CallIDSearch.hash(request.callID) % UInt64(max(1, retryAfter)))
        return .serviceUnavailable(to: request, retryAfter: retryAfter + spread)
    }

    public func isEmergency(_ request: Request) -> Bool {
        switch request.uri {
        case .sip(let uri): uri.user.map(emergencyNumbers.contains) ?? false
        case .tel(let uri): emergencyNumbers.contains(uri.number)
        case .other: false
        }
    }
}

/// How long the last request waited in front of who takes new ones: told there, read by the shards.
public final class LoadGauge: Sendable {
    /// When what waited then would have been worked off, had nothing more come, in nanoseconds.
    private let workedOff = Atomic<Int64>(0)
    private let refused = Atomic<Int>(0)

    public init() {}

    /// How long a request would wait now. It goes down with time: while all calls are refused nobody
    /// tells anything.
    public func lateness(now: Instant) -> Duration {
        .nanoseconds(max(0, workedOff.load(ordering: .relaxed) - now.nanoseconds))
    }
    /// Calls that were refused since the start.
    public var refusedCount: Int { refused.load(ordering: .relaxed) }

    /// A request that was told at `posted` has its turn now.
    public func note(postedAt posted: Instant, now: Instant) {
        let waited = (now - posted).nanoseconds
        workedOff.store(now.nanoseconds &+ waited, ordering: .relaxed)
    }

    public func noteRefusal() {
        refused.add(1, ordering: .relaxed)
    }
}
