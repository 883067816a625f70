import Platform

/// The pairs of ports of one address: the even one for RTP, the odd one above for RTCP
/// (RFC 3550 §11).
///
/// Freed pairs rest, so that late packets of the former call reach nobody, and go to the end of the
/// line: a pair is used again as late as possible.
public struct PortPool: Equatable, Sendable {
    private struct Resting: Equatable, Sendable {
        var port: UInt16
        var until: Instant
    }

    private let restingTime: Duration
    /// Free pairs from `head` on, the one longest unused first; by the RTP port.
    private var free: [UInt16]
    private var head = 0
    /// In the order of their end, because all rest equally long.
    private var resting: [Resting] = []
    private var restingHead = 0

    public init(ports: ClosedRange<UInt16>, restingTime: Duration) {
        self.restingTime = restingTime
        let first = Int(ports.lowerBound) + Int(ports.lowerBound) % 2
        free = stride(from: max(first, 2), to: Int(ports.upperBound), by: 2).map { UInt16($0) }
    }

    /// Pairs that could be taken now, resting ones left out.
    public var freeCount: Int { free.count - head }

    /// Takes a pair, by its RTP port; nil where none is free. Whether somebody else on this machine
    /// holds it shows when it is bound: then `release` it and take the next.
    public mutating func take(now: Instant) -> UInt16? {
        wake(now: now)
        guard head < free.count else { return nil }
        defer { head += 1 }
        return free[head]
    }

    /// Gives a pair back; it rests first.
    public mutating func release(_ port: UInt16, now: Instant) {
        resting.append(Resting(port: port, until: now + restingTime))
    }

    private mutating func wake(now: Instant) {
        while restingHead < resting.count, resting[restingHead].until <= now {
            free.append(resting[restingHead].port)
            restingHead += 1
        }
        if restingHead > 1_024 || restingHead == resting.count {
            resting.removeFirst(restingHead)
            restingHead = 0
        }
        if head > 4_096 {
            free.removeFirst(head)
            head = 0
        }
    }
}
