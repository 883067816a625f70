import PBX
import Platform
import SIPStack

/// What waits is little and goes away: mailboxes are empty when nothing runs, the disk keeps up, and
/// the stack knows no more streams than there are.
struct QueuesStayBounded: StandingInvariant {
    static let claim = "bounded queues stay bounded"
    /// What a disk that works leaves waiting.
    private static let storeLimit = 256

    private var refusedBefore = 0

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        let census = glimpse.census
        var texts: [String] = []
        let depth = census.mailboxDepth + census.transport.mailboxDepth
        if depth > 0 { texts.append("\(depth) messages wait, though nothing runs") }
        let refused = census.refusedMessages + census.transport.refusedMessages
        let isExcused = outages.hit(
            nil, from: glimpse.instant, to: glimpse.instant, grace: .seconds(60),
            kinds: [.exchangeDown, .storage])
        if refused > refusedBefore, !isExcused {
            texts.append("mailboxes refused \(refused - refusedBefore) messages")
        }
        refusedBefore = refused
        if census.waitingForStore > Self.storeLimit, !isExcused {
            texts.append("\(census.waitingForStore) transactions wait for the disk")
        }
        if census.transport.streams > glimpse.openStreamCount, !isExcused {
            texts.append(
                "the stack keeps \(census.transport.streams) streams,"
                    + " of which \(glimpse.openStreamCount) are open")
        }
        return texts.map { Finding(Self.claim, $0) }
    }
}
