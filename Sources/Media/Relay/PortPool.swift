import Platform

/// The pairs of ports of one address: the even one for RTP, the odd one above for RTCP
/// (RFC 3550 §11).
///
/// Pairs are given in their order, round and round, so that one is used again as late as possible: a
/// phone that has not heard of the end of its call sends on for a while, and nobody may hear it. For
/// the same reason a freed pair rests, unless no other is left.
public struct PortPool: Equatable, Sendable {
    /// Pairs in the order of the end of their rest, because all rest equally long.
    private struct RestingQueue: Equatable, Sendable {
        private struct Pair: Equatable, Sendable {
            var index: Int
            var until: Instant
        }

        private var pairs: [Pair] = []
        private var head = 0

        mutating func append(_ index: Int, until: Instant) {
            pairs.append(Pair(index: index, until: until))
        }

        /// Takes the one that rests longest: where its rest has ended, or `now` is nil.
        mutating func next(at now: Instant?) -> Int? {
            guard head < pairs.count else { return nil }
            if let now, pairs[head].until > now { return nil }
            defer {
                head += 1
                if head > 1_024 || head == pairs.count {
                    pairs.removeFirst(head)
                    head = 0
                }
            }
            return pairs[head].index
        }
    }

    private let firstPort: Int
    private let count: Int
    private let restingTime: Duration
    /// A bit for each pair that is free and rested, 64 a word.
    private var ready: [UInt64]
    /// Where the next search begins.
    private var cursor = 0
    private var resting = RestingQueue()
    /// What somebody else on this machine holds: tried again after a rest, never before.
    private var foreign = RestingQueue()

    /// The first port of the block that was begun last, to be remembered for the next run. A block is
    /// the 32nd part of all, so that little is written.
    public private(set) var reached: UInt16?
    /// Pairs that could be taken now without cutting a rest short.
    public private(set) var freeCount: Int

    /// - Parameter reached: what the run before gave last, as far as it is known
    ///   (``reached``): this one begins well beyond it.
    public init(
        ports: ClosedRange<UInt16>, restingTime: Duration, reached: UInt16? = nil
    ) {
        let first = max(Int(ports.lowerBound) + Int(ports.lowerBound) % 2, 2)
        firstPort = first
        count = max(0, (Int(ports.upperBound) + 1 - first) / 2)
        freeCount = count
        self.restingTime = restingTime
        ready = [UInt64](repeating: .max, count: (count + 63) / 64)
        if count % 64 != 0 { ready[ready.count - 1] = (1 << UInt64(count % 64)) - 1 }
        if let reached, ports.contains(reached), count > 0 {
            // The block that was begun, and one more, should the news of the last have been lost.
            cursor = ((Int(reached) - first) / 2 + 2 * blockSize) % count
        }
    }

    /// Takes a pair, by its RTP port; nil where none is left. Whether somebody else on this machine
    /// holds it shows when it is bound: then `setAside` it and take the next.
    public mutating func take(now: Instant) -> UInt16? {
        while let index = resting.next(at: now) ?? foreign.next(at: now) { free(index) }
        if freeCount == 0, let index = resting.next(at: nil) { free(index) }
        guard let index = nextReady() else { return nil }
        ready[index / 64] &= ~(1 << UInt64(index % 64))
        freeCount -= 1
        cursor = index + 1 == count ? 0 : index + 1
        let block = port(of: index / blockSize * blockSize)
        reached = block
        return port(of: index)
    }

    /// Gives a pair back; it rests first.
    public mutating func release(_ port: UInt16, now: Instant) {
        resting.append((Int(port) - firstPort) / 2, until: now + restingTime)
    }

    /// Gives a pair back that could not be bound.
    public mutating func setAside(_ port: UInt16, now: Instant) {
        foreign.append((Int(port) - firstPort) / 2, until: now + restingTime)
    }

    private func port(of index: Int) -> UInt16 { UInt16(firstPort + 2 * index) }

    private mutating func free(_ index: Int) {
        ready[index / 64] |= 1 << UInt64(index % 64)
        freeCount += 1
    }

    private var blockSize: Int { max(1, count / 32) }

    private func nextReady() -> Int? {
        guard freeCount > 0 else { return nil }
        let start = cursor / 64
        let above = ready[start] & (.max << UInt64(cursor % 64))
        if above != 0 { return start * 64 + above.trailingZeroBitCount }
        for step in 1...ready.count {
            let word = (start + step) % ready.count
            if ready[word] != 0 { return word * 64 + ready[word].trailingZeroBitCount }
        }
        return nil
    }
}
