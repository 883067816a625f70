import Histogram
import Platform
import SIPStack
import Sim

/// What is counted while a load runs.
struct LoadTally: Sendable {
    /// Complaints that are kept as they are; the rest is counted.
    private static let complaintLimit = 5

    var registeredCount = 0
    var registrationFailureCount = 0
    var placedCount = 0
    var talkedCount = 0
    var failedCount = 0
    /// Calls that were due while no phone was free: the load's own shortage, no failure.
    var missedCount = 0
    var complaintCount = 0
    var complaints: [String] = []
    /// By cause, registrations and calls alike: statuses and a few words, so that they are few.
    var failures: [String: Int] = [:]

    // In microseconds:
    var registrationLatency = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// From INVITE to ringing, and to the answer.
    var ringingLatency = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    var setUpLatency = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// One value a party and call: the greatest that RFC 3550's estimate came to.
    var jitter = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// Calls long enough to be heard, and what became of them.
    var judgedCount = 0
    var heardCount = 0
    var strangerCount = 0
    var sentPackets = 0
    var expectedPackets = 0
    var lostPackets = 0

    /// All that counts against the load: what `--max-failures` is compared with.
    var failureCount: Int {
        registrationFailureCount + failedCount + (judgedCount - heardCount) + strangerCount
            + complaintCount
    }

    // MARK: Registrations

    mutating func registered(after latency: Duration) {
        registeredCount += 1
        registrationLatency.record(Self.microseconds(latency))
    }

    mutating func registrationFailed(status: Int?, failure: TransactionFailure?) {
        registrationFailureCount += 1
        let cause = status.map(String.init) ?? failure?.description ?? "no answer"
        count("REGISTER: \(cause)")
    }

    // MARK: Calls

    /// One call as its caller saw it.
    mutating func callEnded(_ sighting: CallSighting) {
        if let ringing = sighting.ringing {
            ringingLatency.record(Self.microseconds(ringing - sighting.begun))
        }
        if let answered = sighting.answered {
            setUpLatency.record(Self.microseconds(answered - sighting.begun))
        }
        guard let cause = Self.cause(of: sighting) else { return talkedCount += 1 }
        failedCount += 1
        count(cause)
    }

    /// What went wrong, in the words of the report; nil where all was well.
    static func cause(of sighting: CallSighting) -> String? {
        switch sighting.outcome {
        case .talked: sighting.failure.map { "BYE: \($0)" }
        case .refused(let status): "INVITE: \(status)"
        case .lost: "INVITE: \(sighting.failure?.description ?? "no answer")"
        case .abandoned: "INVITE: not answered within the patience"
        case .answeredElsewhere: "INVITE: answered elsewhere"
        case .refusedHere(let status): "refused here: \(status)"
        }
    }

    mutating func complained(_ complaint: Complaint) {
        complaintCount += 1
        if complaints.count < Self.complaintLimit { complaints.append(complaint.text) }
    }

    // MARK: Sound

    /// How the sound of one party came in.
    mutating func heard(_ sighting: CallSighting) {
        sentPackets += sighting.sentPackets
        expectedPackets += sighting.reception.expectedCount
        lostPackets += sighting.reception.lostCount
        guard sighting.reception.receivedCount > 1 else { return }
        jitter.record(Self.microseconds(sighting.reception.greatestJitter))
    }

    private mutating func count(_ cause: String) {
        failures[cause, default: 0] += 1
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        UInt64(max(0, duration.nanoseconds / 1000))
    }
}
