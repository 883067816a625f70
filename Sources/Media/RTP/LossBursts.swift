/// Tells losses that come together from those that come alone, as reports of voice want it (RFC 3611
/// §4.7.2, the Markov model of its appendix A.2). Counts only; some nanoseconds a packet.
struct LossBursts: Equatable, Sendable {
    /// So many packets in a row end a burst; between two losses that are further apart is a gap.
    static var gapMinimum: UInt64 { 16 }

    /// What the counts come to.
    struct Densities: Equatable, Sendable {
        /// 256ths of what was expected within bursts, and within gaps, that was lost.
        var burst: UInt8 = 0
        var gap: UInt8 = 0
        /// Mean lengths in packets.
        var burstLength: Double = 0
        var gapLength: Double = 0
    }

    /// Packets since the last loss.
    private var since: UInt64 = 0
    /// Losses of the burst that is under way; one alone is none.
    private var together: UInt64 = 0
    /// Steps between the model's states: 1 received in a gap, 2 received in a burst, 3 lost in a burst,
    /// 4 lost in a gap.
    private var c11: UInt64 = 0
    private var c13: UInt64 = 0
    private var c14: UInt64 = 0
    private var c22: UInt64 = 0
    private var c23: UInt64 = 0
    private var c33: UInt64 = 0

    /// One packet came.
    @inline(__always)
    mutating func receive() { since &+= 1 }

    /// So many in a row were lost.
    @inline(never)
    mutating func lose(_ count: UInt64) {
        guard count > 0 else { return }
        if since >= Self.gapMinimum {
            // What was lost before it was alone, or the end of a burst, by now.
            if together == 1 { c14 &+= 1 }
            if together > 1 { c13 &+= 1 }
            together = 1
            c11 &+= since
        } else {
            together &+= 1
            if since == 0 {
                c33 &+= 1
            } else {
                c23 &+= 1
                c22 &+= since - 1
            }
        }
        together &+= count - 1
        c33 &+= count - 1
        since = 0
    }

    var densities: Densities {
        var result = Densities()
        // What came since the last loss belongs to a gap, once it is long enough for one.
        let received = Double(c11 &+ (since >= Self.gapMinimum ? since : 0))
        let alone = Double(c14)
        result.gap = Self.share(alone, of: received + alone)
        result.gapLength = received + alone
        guard c13 > 0 else { return result }
        // As many bursts end as begin.
        let (bursts, kept, again, runs) = (Double(c13), Double(c22), Double(c23), Double(c33))
        let toReceived = again / (bursts + again + runs)
        let toLost = kept + again < 1 ? 1 : 1 - kept / (kept + again)
        result.burst = Self.share(toLost, of: toLost + toReceived)
        result.gapLength = (received + alone + bursts) / bursts
        result.burstLength = (kept + 2 * again + runs + bursts) / bursts
        return result
    }

    private static func share(_ part: Double, of whole: Double) -> UInt8 {
        whole > 0 ? UInt8(clamping: Int(256 * part / whole)) : 0
    }
}
