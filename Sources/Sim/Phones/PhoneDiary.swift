import Platform
import SIPStack
import Synchronization

/// What a person pressed to begin or end a recording.
public struct RecordingPress: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The exchange's keys: they end what goes on, and begin it else.
        case keys
        /// A key of the phone's own, which says what it wants.
        case on, off
    }

    public var kind: Kind
    public var began: Instant
    /// When the exchange had answered all of it, soon enough to be one code; nil: nobody knows whether
    /// it counted.
    public var ended: Instant?
}

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
    /// The one phone of that number which was called.
    public var wantedPhone: UInt32?
    /// It was for another phone: a box lends this one the port that was that one's before.
    public var isMisled = false
    public var sipCallID: String
    public var begun: Instant
    /// When the caller heard first that it rings.
    public var ringing: Instant?
    public var answered: Instant?
    public var ended: Instant
    public var outcome: Outcome
    public var hungUpHere: Bool
    /// Its BYE was damaged on its way, and refused: the exchange has heard of no end.
    public var isByeSpoilt = false
    /// Time on hold, when neither need hear the other.
    public var wasHeld: Bool
    public var sentPackets: Int
    public var heard: [SpeakerMark: Int]
    /// In which seconds of the world each was heard, in order.
    public var heardSeconds: [SpeakerMark: [Int]] = [:]
    /// Since when both could speak, at the end; nil where one was held then.
    public var bothWaysSince: Instant?
    public var bothWaysUntil: Instant
    public var lastHeard: Instant?
    /// How well the sound came in.
    public var reception: SoundReception
    /// Why a request of this phone in the call got no answer.
    public var failure: TransactionFailure?
    /// This phone asked the exchange to send the other party on.
    public var hasAskedForTransfer = false
    /// The number that it sent the other party on to, and when it was told that this one is there.
    public var sentTo: String?
    public var sentAt: Instant?
    /// When it left the other party in a slot.
    public var leftInSlot: Instant?
    /// When it last heard the exchange's music.
    public var lastMusic: Instant?
    /// What it pressed to begin and end recordings, in its order.
    public var presses: [RecordingPress] = []
    /// Since when it spoke as it did at the end.
    public var voiceSince: Instant?
}

/// Something that a phone saw the exchange do against the rules.
public struct Complaint: Sendable {
    public var phone: UInt32
    public var instant: Instant
    public var text: String
    /// Since when something was waited for that did not come; nil where it is about something else.
    public var waitedSince: Instant?
}

/// What a phone writes down, one thing a time.
public enum DiaryEntry: Sendable {
    case callBegan(phone: UInt32, isCaller: Bool)
    /// It was told to call, and could not.
    case callNotPlaced(phone: UInt32)
    case callEnded(CallSighting)
    case complaint(Complaint)
    /// The registrar said 200, so long after the first REGISTER.
    case registered(phone: UInt32, after: Duration)
    /// It said something else, or nothing.
    case registrationFailed(phone: UInt32, status: Int?, failure: TransactionFailure?)
    /// The binding was taken back, or the attempt is over.
    case signedOff(phone: UInt32)
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

    private let reader: (@Sendable (DiaryEntry) -> Void)?

    /// - Parameter reader: gets each entry as it is written, from any thread; calls and complaints
    ///   are not kept then, for a load has no end to them.
    public init(reader: (@Sendable (DiaryEntry) -> Void)? = nil) {
        self.reader = reader
    }

    public var sightings: [CallSighting] { pages.withLock { $0.sightings } }
    public var complaints: [Complaint] { pages.withLock { $0.complaints } }
    /// Calls that began for some phone; each has a sighting once it ended.
    public var begunCount: Int { pages.withLock { $0.begunCount } }
    /// Attempts to call somebody.
    public var placedCount: Int { pages.withLock { $0.placedCount } }
    public var registrationCount: Int { pages.withLock { $0.registrations } }
    public var registrationFailureCount: Int { pages.withLock { $0.registrationFailures } }

    func callBegan(_ phone: UInt32, isCaller: Bool) {
        pages.withLock { pages in
            pages.begunCount += 1
            if isCaller { pages.placedCount += 1 }
        }
        reader?(.callBegan(phone: phone, isCaller: isCaller))
    }

    func callNotPlaced(_ phone: UInt32) {
        reader?(.callNotPlaced(phone: phone))
    }

    func registered(_ phone: UInt32, after latency: Duration) {
        pages.withLock { $0.registrations += 1 }
        reader?(.registered(phone: phone, after: latency))
    }

    func registrationFailed(_ phone: UInt32, status: Int?, failure: TransactionFailure?) {
        pages.withLock { $0.registrationFailures += 1 }
        reader?(.registrationFailed(phone: phone, status: status, failure: failure))
    }

    func signedOff(_ phone: UInt32) {
        reader?(.signedOff(phone: phone))
    }

    func write(_ sighting: CallSighting) {
        if let reader { return reader(.callEnded(sighting)) }
        pages.withLock { $0.sightings.append(sighting) }
    }

    func complain(_ complaint: Complaint) {
        if let reader { return reader(.complaint(complaint)) }
        pages.withLock { $0.complaints.append(complaint) }
    }
}
