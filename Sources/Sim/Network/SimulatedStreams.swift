import Platform
import Synchronization

/// The streams that are open between hosts.
final class SimulatedStreams: Sendable {
    /// Bytes on their way, or the news that no more come.
    enum Piece: Sendable {
        case bytes([UInt8])
        case end
    }

    /// One direction's receiving side.
    struct End: Sendable {
        var host: SimulatedHost
        var flow: Flow
        /// When the last bytes sent so far arrive here: what is sent later comes no sooner.
        var lastArrival: Instant
        /// When its owner learns that the stream is open; of its end it learns later.
        var openSince: Instant
        /// On their way to here, in order.
        var coming: [(instant: Instant, piece: Piece)] = []
        /// Since when nothing gets through.
        var stuckSince: Instant?
        /// Closed by its owner, or told that the other side is gone.
        var isClosed = false
        /// Its process is gone.
        var isAbandoned = false
        /// The box that the stream passes, where it passes one.
        var crossing: Translators.Crossing?
        /// That box has forgotten it: nothing gets through any more, and nobody is told.
        var isForgotten = false
    }

    struct Stream: Sendable {
        var initiator: End
        var acceptor: End
    }

    /// Keeps a stream in one place while its ends are changed, which happens with every piece.
    private final class Kept {
        var initiator: End
        var acceptor: End

        init(_ stream: Stream) {
            initiator = stream.initiator
            acceptor = stream.acceptor
        }
    }

    private struct Table {
        var streams: [UInt64: Kept] = [:]
        var lastConnection: UInt64 = 0
    }

    private let table = Mutex(Table())

    var count: Int { table.withLock { $0.streams.count } }

    func nextConnection() -> UInt64 {
        table.withLock { table in
            table.lastConnection += 1
            return table.lastConnection
        }
    }

    func add(_ stream: Stream) {
        table.withLock { $0.streams[stream.initiator.flow.connection] = Kept(stream) }
    }

    /// The streams of a host, as seen from it, in the order in which they were opened.
    func ends(of host: SimulatedHost) -> [(own: End, other: End)] {
        table.withLock { table in
            table.streams.sorted { $0.key < $1.key }.compactMap { _, kept in
                if kept.initiator.host === host { return (kept.initiator, kept.acceptor) }
                if kept.acceptor.host === host { return (kept.acceptor, kept.initiator) }
                return nil
            }
        }
    }

    /// What is sent on that stream gets nowhere from now on.
    func forget(_ connection: UInt64) {
        table.withLock { table in
            table.streams[connection]?.initiator.isForgotten = true
            table.streams[connection]?.acceptor.isForgotten = true
        }
    }

    /// Changes both ends of a stream as seen from one of them; nil where the stream is gone.
    /// A stream with both ends closed goes.
    func change<Result: Sendable>(
        _ connection: UInt64, from host: SimulatedHost,
        _ body: (_ own: inout End, _ other: inout End) -> Result
    ) -> Result? {
        table.withLock { table in
            guard let kept = table.streams[connection] else { return nil }
            let result =
                kept.initiator.host === host
                ? body(&kept.initiator, &kept.acceptor)
                : body(&kept.acceptor, &kept.initiator)
            let isOver = kept.initiator.isClosed && kept.acceptor.isClosed
            if isOver { table.streams[connection] = nil }
            return result
        }
    }
}
