/// Estimates loss by sequence numbers (RFC 3550 §A.1, §A.3), over changes of source.
struct ReceptionCounter: Equatable, Sendable {
    /// A jump further than this is a restart, not loss.
    private static var maximumDropout: UInt16 { 3_000 }

    private var ssrc: UInt32 = 0
    private var hasBegun = false
    private var first: UInt64 = 0
    private var highest: UInt64 = 0
    private var received: UInt64 = 0
    private var lostBefore: UInt64 = 0
    /// How often packets were missing, one or several in a row.
    private(set) var lossRuns: UInt64 = 0

    /// Packets that should have come and did not.
    var lost: UInt64 { lostBefore &+ lostNow }

    private var lostNow: UInt64 {
        let expected = hasBegun ? highest - first + 1 : 0
        return expected > received ? expected - received : 0
    }

    /// True for the source that was counted last.
    func isCounting(_ ssrc: UInt32) -> Bool { hasBegun && ssrc == self.ssrc }

    @inline(__always)
    mutating func receive(_ sequenceNumber: UInt16, ssrc: UInt32) {
        let step = sequenceNumber &- UInt16(truncatingIfNeeded: highest)
        if hasBegun && ssrc == self.ssrc && step < Self.maximumDropout {
            highest &+= UInt64(step)
            // A repeat does not make up for a loss.
            if step != 0 { received &+= 1 }
            if step > 1 { lossRuns &+= 1 }
        } else {
            receiveUnusual(sequenceNumber, ssrc: ssrc, step: step)
        }
    }

    @inline(never)
    private mutating func receiveUnusual(_ sequenceNumber: UInt16, ssrc: UInt32, step: UInt16) {
        let behind = 0 &- step
        if hasBegun && ssrc == self.ssrc && behind <= 100 {
            received &+= 1
            return
        }
        lostBefore = lost
        hasBegun = true
        self.ssrc = ssrc
        first = UInt64(sequenceNumber)
        highest = first
        received = 1
    }
}
