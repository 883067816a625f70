import Platform
import SIPStack

/// Keeps a trunk up: signs in and stays signed in, or asks whether the provider is there; never
/// gives up (RFC 3261 §10.2, RFC 5626 §4.5).
///
///     idle ─begin─► locating ─found─► asking ─accepted──► resting ─► (refresh) locating
///                      ▲ │              │  ▲                 │        (probe) asking
///                      │ └─not found─┐  │  └─another hop     │
///                      │             ▼  ▼                    │ flow lost
///                      └──pause── pausing ◄──────────────────┘
///     any ─stop─► leaving (Expires: 0) ─► gone
///
/// A pure core: randomness comes as one drawn number with each event.
struct TrunkMachine: Sendable, Equatable {
    /// What the trunk's settings ask for.
    struct Plan: Sendable, Equatable {
        var registers: Bool
        /// Seconds.
        var expires: UInt32
        var probePause: Duration
    }

    enum Purpose: Sendable, Equatable {
        case register(expires: UInt32)
        case probe
    }

    struct Asking: Sendable, Equatable {
        var purpose: Purpose
        var hop: NextHop
        /// Hops that are left to try.
        var rest: [NextHop]
        /// Challenges answered at this hop: a provider that never accepts is not argued with.
        var challenges = 0
        /// Asked again at once, because the answer told a new address of ours: once a round.
        var isCorrection = false
    }

    enum State: Sendable, Equatable {
        case idle
        case locating
        case asking(Asking)
        /// Proved; until the next refresh or probe.
        case resting
        /// Failed; until the next try.
        case pausing
        /// Signing out.
        case leaving
        case gone
    }

    /// What was proved and holds.
    struct Standing: Sendable, Equatable {
        var hop: NextHop
        var flow: Flow
        /// Of a registration.
        var expires: Instant?
        var refreshAt: Instant?
        /// Service-Route (RFC 3608): the way of our calls.
        var routes: [NameAddress] = []
    }

    enum Timer: Hashable, Sendable, CaseIterable {
        /// The next refresh, probe or try.
        case next
        /// The registration has run out.
        case lapse
    }

    enum Event: Sendable, Equatable {
        case begin
        case located([NextHop])
        case notLocated(LocationFailure)
        case answered(TrunkAnswer)
        case failed(TransactionFailure)
        case flowLost(Flow)
        case timerFired(Timer)
        case stop
    }

    enum Effect: Sendable, Equatable {
        case locate
        case ask(Purpose, NextHop)
        /// The same again, with the answer to the challenge that came.
        case askWithCredentials(Purpose, NextHop)
        case start(Timer, after: Duration)
        case stop(Timer)
        /// Others are tried before this hop for a while.
        case block(NextHop, pause: Duration?)
        case free(NextHop)
        /// Status or standing have changed.
        case tell
        /// Nothing more comes.
        case over
    }

    /// The first and the longest pause after a failure; doubled in between, and shortened by up to
    /// a half, so that a thousand trunks don't come back in one second.
    static let firstPause = Duration.seconds(2)
    static let longestPause = Duration.seconds(60)
    /// The same after a refusal by name or password: providers lock out who insists.
    static let firstRefusedPause = Duration.seconds(15)
    static let longestRefusedPause = Duration.seconds(120)
    /// As long as a provider may send us away by Retry-After.
    static let longestRetryAfter = Duration.seconds(3600)
    /// A registration shorter than this is not believed: it would be a flood.
    static let shortestExpires: UInt32 = 20
    /// Min-Expires is followed up to here.
    static let longestExpires: UInt32 = 86_400
    /// Answers to challenges at one hop: one, and one more for a stale nonce.
    static let challengeLimit = 2

    let plan: Plan
    private(set) var state: State = .idle
    private(set) var standing: Standing?
    private(set) var status = TrunkStatus(phase: .starting)
    /// What a 423 taught.
    private(set) var expires: UInt32
    /// Failures in a row.
    private(set) var failureCount = 0
    /// How we look from the provider's side, where that differs from what we say (NAT).
    private(set) var seenAs: SocketAddress?

    init(_ plan: Plan) {
        self.plan = plan
        expires = plan.expires
    }

    /// - Parameter draw: a random number, another with each event.
    mutating func handle(_ event: Event, now: Instant, draw: UInt64) -> [Effect] {
        switch state {
        case .idle: handleIdle(event)
        case .locating: handleLocating(event, now, draw)
        case .asking(let asking): handleAsking(event, asking, now, draw)
        case .resting: handleResting(event, now, draw)
        case .pausing: handlePausing(event, now)
        case .leaving: handleLeaving(event)
        case .gone: []  // Whatever is late.
        }
    }

    // MARK: What the states share

    mutating func transition(to next: State) { state = next }

    mutating func locate() -> [Effect] {
        state = .locating
        status.nextTry = nil
        return [.stop(.next), .locate]
    }

    mutating func ask(
        _ purpose: Purpose, _ hop: NextHop, rest: [NextHop], isCorrection: Bool = false
    ) -> [Effect] {
        var asking = Asking(purpose: purpose, hop: hop, rest: rest)
        asking.isCorrection = isCorrection
        state = .asking(asking)
        status.nextTry = nil
        return [.ask(purpose, hop)]
    }

    /// The hop that was asked did not do: the next one, or a pause.
    mutating func tryNext(
        after asking: Asking, _ words: String, pause: Duration?, now: Instant, draw: UInt64
    ) -> [Effect] {
        let block = Effect.block(asking.hop, pause: pause)
        guard asking.purpose != .probe || standing?.expires == nil else {
            // A probe of a registration that went unanswered: sign in anew, wherever that works.
            standing = nil
            note(words, now)
            return [block, .stop(.lapse), .tell] + locate()
        }
        guard let next = asking.rest.first else {
            return [block] + fail(words, atLeast: pause ?? .zero, now: now, draw: draw)
        }
        return [block] + ask(purpose, next, rest: Array(asking.rest.dropFirst()))
    }

    var purpose: Purpose { plan.registers ? .register(expires: expires) : .probe }

    /// A whole round failed: wait, longer each time.
    mutating func fail(
        _ words: String, atLeast least: Duration = .zero, isRefusal: Bool = false, now: Instant,
        draw: UInt64
    ) -> [Effect] {
        note(words, now)
        // What stands of a registration stands until it runs out; a provider that was asked in
        // vain is not there.
        if standing?.expires == nil { standing = nil }
        let first = isRefusal ? Self.firstRefusedPause : Self.firstPause
        let longest = isRefusal ? Self.longestRefusedPause : Self.longestPause
        var pause = first
        for _ in 0..<min(failureCount, 10) where pause < longest { pause = pause * 2 }
        failureCount += 1
        pause = Self.shortened(min(pause, longest), by: draw)
        pause = max(pause, min(least, Self.longestRetryAfter))
        state = .pausing
        status.nextTry = now + pause
        refreshPhase()
        return [.start(.next, after: pause), .tell]
    }

    /// By up to a half.
    static func shortened(_ pause: Duration, by draw: UInt64) -> Duration {
        .nanoseconds(pause.nanoseconds - Int64(draw % UInt64(max(1, pause.nanoseconds / 2))))
    }

    mutating func note(_ words: String, _ now: Instant) {
        status.lastFailure = TrunkStatus.Failure(words: words, at: now)
        refreshPhase()
    }

    mutating func refreshPhase() {
        status.expires = standing?.expires
        if state == .gone {
            status.phase = .stopped
        } else if standing != nil {
            status.phase = plan.registers ? .registered : .reachable
        } else {
            status.phase = status.lastFailure == nil ? .starting : .failing
        }
    }

    mutating func prove(_ proved: Standing, seenAs address: SocketAddress?, now: Instant) {
        standing = proved
        seenAs = address ?? seenAs
        failureCount = 0
        status.hop = proved.hop
        status.lastProof = now
        status.lastFailure = nil
        refreshPhase()
    }

    mutating func rest(until instant: Instant, now: Instant) -> [Effect] {
        state = .resting
        status.nextTry = instant
        return [.start(.next, after: max(.zero, instant - now))]
    }

    mutating func lapse(_ now: Instant) -> [Effect] {
        guard let end = standing?.expires, end <= now else { return [] }
        standing = nil
        refreshPhase()
        return [.tell]
    }

    mutating func learn(expires seconds: UInt32) { expires = seconds }

    mutating func loseStanding() {
        standing = nil
        refreshPhase()
    }

    /// Signs out where we are signed in.
    mutating func leave() -> [Effect] {
        let hop = plan.registers ? standing?.hop : nil
        standing = nil
        guard let hop else {
            state = .gone
            refreshPhase()
            return [.stop(.next), .stop(.lapse), .tell, .over]
        }
        state = .leaving
        refreshPhase()
        return [.stop(.next), .stop(.lapse), .ask(.register(expires: 0), hop), .tell]
    }

    mutating func finish() -> [Effect] {
        state = .gone
        refreshPhase()
        return [.tell, .over]
    }
}
