import Platform
import Synchronization

/// One call as one phone saw it, written when it ended for that phone.
public struct CallSighting: Sendable {
    public enum Outcome: Sendable, Equatable {
        /// It was talked; who hung up is told by ``hungUpHere``.
        case talked
        /// The other side refused it with that status.
        case refused(Int)
        /// The caller gave up, here or there.
        case abandoned
        /// Another phone of the extension won the call, and this one was told so.
        case answeredElsewhere
        /// Refused by this phone.
        case refusedHere(Int)
        /// Nothing came any more: a timeout or a broken transport.
        case lost
    }

    public var phone: UInt32
    public var call: UInt32
    public var isCaller: Bool
    public var remoteNumber: String
    public var sipCallID: String
    public var begun: Instant
    public var answered: Instant?
    public var ended: Instant
    public var outcome: Outcome
    public var hungUpHere: Bool
    /// Time on hold, when neither need hear the other.
    public var wasHeld: Bool
    public var sentPackets: Int
    public var heard: [SpeakerMark: Int]
    /// Since when both could speak, at the end; nil where one was held then.
    public var bothWaysSince: Instant?
    public var bothWaysUntil: Instant
    public var lastHeard: Instant?
}

/// Something that a phone saw the exchange do against the rules.
public struct Complaint: Sendable {
    public var phone: UInt32
    public var instant: Instant
    public var text: String
    /// Since when something was waited for that did not come; nil where it is about something else.
    public var waitedSince: Instant?
}

/// What all phones of a world saw: the evidence for the invariants.
public final class PhoneDiary: Sendable {
    private struct Pages {
        var sightings: [CallSighting] = []
        var complaints: [Complaint] = []
        var begunCount = 0
        var placedCount = 0
        var registrations = 0
        var registrationFailures = 0
    }

    private let pages = Mutex(Pages())

    public init() {}

    public var sightings: [CallSighting] { pages.withLock { $0.sightings } }
    public var complaints: [Complaint] { pages.withLock { $0.complaints } }
    /// Calls that began for some phone; each has a sighting once it ended.
    public var begunCount: Int { pages.withLock { $0.begunCount } }
    /// Attempts to call somebody.
    public var placedCount: Int { pages.withLock { $0.placedCount } }
    public var registrationCount: Int { pages.withLock { $0.registrations } }
    public var registrationFailureCount: Int { pages.withLock { $0.registrationFailures } }

    func callBegan(isCaller: Bool) {
        pages.withLock { pages in
            pages.begunCount += 1
            if isCaller { pages.placedCount += 1 }
        }
    }
    func registered() { pages.withLock { $0.registrations += 1 } }
    func registrationFailed() { pages.withLock { $0.registrationFailures += 1 } }
    func write(_ sighting: CallSighting) { pages.withLock { $0.sightings.append(sighting) } }
    func complain(_ complaint: Complaint) { pages.withLock { $0.complaints.append(complaint) } }
}
