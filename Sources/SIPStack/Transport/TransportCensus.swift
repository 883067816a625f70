import Platform
import Synchronization

/// How much a transport layer keeps at one moment: all of it is gone some time after the last
/// message, but for streams that are still open.
public struct TransportCensus: Sendable, Equatable {
    public var clientTransactionCount = 0
    public var serverTransactionCount = 0
    public var dialogs = 0
    /// Entries of the tables by which transactions and dialogs are found.
    public var keys = 0
    /// Owners that are kept for transactions and dialogs.
    public var sinks = 0
    public var deadlines = 0
    /// Messages that wait for a stream, and streams that are asked for.
    public var waitingMessages = 0
    /// Streams that are open.
    public var streams = 0
    /// Messages that wait in mailboxes, and those that were refused since the start.
    public var mailboxDepth = 0
    public var refusedMessages = 0

    public init() {}

    /// Everything that must be gone at rest.
    public var total: Int {
        clientTransactionCount + serverTransactionCount + dialogs + keys + sinks + deadlines
            + waitingMessages + mailboxDepth
    }

    public static func + (one: TransportCensus, other: TransportCensus) -> TransportCensus {
        var sum = one
        sum.clientTransactionCount += other.clientTransactionCount
        sum.serverTransactionCount += other.serverTransactionCount
        sum.dialogs += other.dialogs
        sum.keys += other.keys
        sum.sinks += other.sinks
        sum.deadlines += other.deadlines
        sum.waitingMessages += other.waitingMessages
        sum.streams += other.streams
        sum.mailboxDepth += other.mailboxDepth
        sum.refusedMessages += other.refusedMessages
        return sum
    }
}

extension SIPTransport {
    /// Counts what all shards keep; nothing is told where the stack was closed.
    public func takeCensus(_ then: @escaping @Sendable (TransportCensus) -> Void) {
        var known = TransportCensus()
        known.streams = streams.openCount
        known.waitingMessages = streams.attemptCount
        let gathered = Mutex((rest: shards.count, census: known))
        let box = CensusBox(gathered: gathered, then: then)
        for shard in shards {
            let depth = shard.mailbox.depth
            let refused = shard.mailbox.refusedCount
            shard.mailbox.post(
                .count { census in
                    var census = census
                    census.mailboxDepth = depth
                    census.refusedMessages = refused
                    box.add(census)
                })
        }
    }
}

/// Adds up what the shards say, and tells it when the last has spoken.
private final class CensusBox: Sendable {
    private let gathered: Mutex<(rest: Int, census: TransportCensus)>
    private let then: @Sendable (TransportCensus) -> Void

    init(
        gathered: consuming Mutex<(rest: Int, census: TransportCensus)>,
        then: @escaping @Sendable (TransportCensus) -> Void
    ) {
        self.gathered = gathered
        self.then = then
    }

    func add(_ census: TransportCensus) {
        let sum = gathered.withLock { gathered -> TransportCensus? in
            gathered.rest -= 1
            gathered.census = gathered.census + census
            return gathered.rest == 0 ? gathered.census : nil
        }
        if let sum { then(sum) }
    }
}

extension TransactionLayer {
    /// What this layer keeps.
    var census: TransportCensus {
        var census = TransportCensus()
        census.clientTransactionCount = clients.count
        census.serverTransactionCount = servers.count
        census.dialogs = dialogs.count
        census.keys =
            clientKeys.count + callingHalves.count + serverKeys.count + mergeKeys.count
            + invitedHalves.count + acknowledgementKeys.count + clientsByFlow.count
            + serversByFlow.count
        census.waitingMessages = waiting.values.reduce(0) { $0 + $1.count }
        return census
    }
}
