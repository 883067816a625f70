import Platform
import Synchronization

/// The streams of the whole stack: which are open, what they have sent so far, and which shards
/// wait for one that is being made.
///
/// Shared by the network's threads and the shards; each call holds its lock briefly.
final class StreamTable: Sendable {
    private struct Streams {
        /// Open streams by the number of their connection.
        var open: [UInt64: OpenStream] = [:]
        /// The newest open stream to each place.
        var byTarget: [StreamTarget: Flow] = [:]
        /// The attempt that is under way to each place.
        var attempts: [ConnectionAttempt: Attempt] = [:]
        var attemptByTarget: [StreamTarget: ConnectionAttempt] = [:]
        var lastAttempt: UInt64 = 0
        /// By which stream a device came back; see ``FlowPlace``.
        var heirs: [FlowPlace: Flow] = [:]
    }

    /// Heirs that are kept; beyond it those whose streams are closed go, and then all.
    static let heirLimit = 16_384

    private struct OpenStream {
        var flow: Flow
        var framer: StreamFramer?
        /// Where it was asked for by a name that its other side is certified for.
        var certified: StreamTarget?
    }

    private struct Attempt {
        var target: StreamTarget
        /// In the order of asking, each once.
        var shards: [Int]
    }

    private let streams = Mutex(Streams())
    private let limits: MessageLimits

    init(limits: MessageLimits) {
        self.limits = limits
    }

    var openCount: Int { streams.withLock { $0.open.count } }
    var attemptCount: Int { streams.withLock { $0.attempts.count } }

    /// Datagram flows are always open.
    func isOpen(_ flow: Flow) -> Bool {
        flow.transport == .udp || streams.withLock { $0.open[flow.connection]?.flow == flow }
    }

    /// The open stream to a place.
    func flow(to target: StreamTarget) -> Flow? {
        streams.withLock { $0.byTarget[target] }
    }

    /// What a shard that wants a stream gets: the stream that is there by now, a new attempt to ask
    /// the network for, or nil where an attempt is under way, whose outcome it will hear.
    func want(_ target: StreamTarget, shard: Int) -> Wanted {
        streams.withLock { streams in
            if let flow = streams.byTarget[target] { return .open(flow) }
            if let attempt = streams.attemptByTarget[target] {
                if streams.attempts[attempt]?.shards.contains(shard) == false {
                    streams.attempts[attempt]?.shards.append(shard)
                }
                return .underWay
            }
            streams.lastAttempt += 1
            let attempt = ConnectionAttempt(number: streams.lastAttempt)
            streams.attempts[attempt] = Attempt(target: target, shards: [shard])
            streams.attemptByTarget[target] = attempt
            return .begin(attempt)
        }
    }

    /// A device has come back by another stream.
    func replace(_ place: FlowPlace, by heir: Flow) {
        streams.withLock { streams in
            if streams.heirs.count >= Self.heirLimit {
                streams.heirs = streams.heirs.filter { streams.open[$0.value.connection] != nil }
                if streams.heirs.count >= Self.heirLimit { streams.heirs = [:] }
            }
            streams.heirs[place] = heir
        }
    }

    /// The open stream by which a device came back; where that broke as well, the next.
    func heir(of place: FlowPlace) -> Flow? {
        streams.withLock { streams in
            var place = place
            for _ in 0..<8 {
                guard let flow = streams.heirs[place] else { return nil }
                if streams.open[flow.connection]?.flow == flow { return flow }
                place.flow = flow
            }
            return nil
        }
    }

    enum Wanted: Sendable, Equatable {
        case open(Flow)
        case underWay
        case begin(ConnectionAttempt)
    }

    /// A stream is up; who waited for it.
    func opened(_ flow: Flow, attempt: ConnectionAttempt?) -> (StreamTarget, [Int])? {
        streams.withLock { streams in
            let framer = flow.transport.isMessageFramed ? nil : StreamFramer(limits: limits)
            streams.open[flow.connection] = OpenStream(flow: flow, framer: framer)
            streams.byTarget[StreamTarget(transport: flow.transport, remote: flow.remote)] = flow
            guard let attempt, let asked = streams.attempts.removeValue(forKey: attempt) else {
                return nil
            }
            streams.attemptByTarget[asked.target] = nil
            if asked.target.name != nil {
                streams.byTarget[asked.target] = flow
                streams.open[flow.connection]?.certified = asked.target
            }
            return (asked.target, asked.shards)
        }
    }

    /// A stream could not be made; who waited for it.
    func refused(_ attempt: ConnectionAttempt) -> (StreamTarget, [Int])? {
        streams.withLock { streams in
            guard let asked = streams.attempts.removeValue(forKey: attempt) else { return nil }
            streams.attemptByTarget[asked.target] = nil
            return (asked.target, asked.shards)
        }
    }

    /// False where the stream was not open.
    func closed(_ flow: Flow) -> Bool {
        streams.withLock { streams in
            guard let gone = streams.open.removeValue(forKey: flow.connection) else {
                return false
            }
            let target = StreamTarget(transport: flow.transport, remote: flow.remote)
            for each in [target, gone.certified].compactMap(\.self)
            where streams.byTarget[each] == flow {
                streams.byTarget[each] = nil
            }
            return true
        }
    }

    /// Cuts what a stream sent into messages; those of a stream that is not open are lost.
    func frame(_ bytes: [UInt8], on flow: Flow) -> [StreamFramer.Framed] {
        streams.withLock { streams in
            // Taken out while it works, so that its bytes are not copied.
            guard var framer = streams.open[flow.connection]?.framer.take() else { return [] }
            framer.append(bytes)
            var whole: [StreamFramer.Framed] = []
            while let framed = framer.next() { whole.append(framed) }
            streams.open[flow.connection]?.framer = framer
            return whole
        }
    }
}
