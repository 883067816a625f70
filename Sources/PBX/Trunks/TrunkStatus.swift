import Platform
import SIPStack

/// How a trunk is: what was proved last, never what is wished.
public struct TrunkStatus: Sendable, Equatable {
    public enum Phase: String, Sendable, Equatable, Codable {
        /// Nothing is known yet.
        case starting
        /// The provider has us registered.
        case registered
        /// The provider answers.
        case reachable
        /// It does not; the next try is on its way.
        case failing
        case stopped
    }

    public var phase: Phase
    /// Where the provider answered last, or is asked now.
    public var hop: NextHop?
    /// When the provider last answered as it should.
    public var lastProof: Instant?
    /// What went wrong last, and when; stays until the next proof.
    public var lastFailure: Failure?
    /// When it is asked next; nil while an answer is awaited.
    public var nextTry: Instant?
    /// Where the registration ends unless it is refreshed.
    public var expires: Instant?

    public struct Failure: Sendable, Equatable {
        public var words: String
        public var at: Instant

        public init(words: String, at: Instant) {
            self.words = words
            self.at = at
        }
    }

    public init(phase: Phase) {
        self.phase = phase
    }
}

/// What the answer to a REGISTER or OPTIONS comes to.
enum TrunkAnswer: Sendable, Equatable {
    /// 2xx to REGISTER; nil where it does not say for how long.
    case registered(for: UInt32?, routes: [NameAddress], on: Flow, seenAs: SocketAddress?)
    /// Any word that proves life, to OPTIONS.
    case alive(on: Flow, seenAs: SocketAddress?)
    /// 401, 407; false where we can't answer, or have answered.
    case challenged(isAnswerable: Bool)
    /// 423 with Min-Expires.
    case tooBrief(least: UInt32)
    /// Any other refusal; Retry-After in seconds.
    case refused(Status, retryAfter: UInt32?)
}
