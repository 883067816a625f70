import Platform

/// Holds packets of one source until their turn, in the order of their sequence numbers.
///
/// It waits as long as packets were late lately, 20…200 ms, and no longer. Nothing is allocated
/// after it was made.
struct JitterBuffer: ~Copyable {
    /// A power of two; 640 ms of usual packets. What is further ahead begins anew.
    static var slotCount: Int { 32 }
    static var leastDelay: Duration { SoundLimits.frame }
    static var greatestDelay: Duration { .milliseconds(200) }
    /// A packet further behind than this is another beginning, not a late one.
    private static var mostBehind: Int { 100 }

    /// A packet that waits.
    struct Waiting {
        var timestamp: UInt32
        var payloadType: UInt8
        var length: Int
    }

    /// What is next.
    enum Turn {
        /// Its place in the buffer: read it with ``payload(_:_:)``, then ``advance()``.
        case packet(Int)
        /// It is not here, but one after it: the place of the first that is.
        case lost(first: Int)
        /// Nothing is here.
        case empty
    }

    private var slots: [Waiting?]
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private var next: Int64 = 0
    private var ssrc: UInt32 = 0
    /// Counts packets that wait.
    private(set) var count = 0
    private(set) var hasBegun = false
    /// Came after their turn, twice, or too long.
    private(set) var dropped: UInt64 = 0
    private var spread = DelaySpread()

    init() {
        slots = Array(repeating: nil, count: Self.slotCount)
        bytes = .allocate(capacity: Self.slotCount * SoundLimits.bytesInPayload)
        bytes.initialize(repeating: 0)
    }

    deinit { bytes.deallocate() }

    /// How long the first packet of a talk waits.
    var delay: Duration { min(max(spread.spread, Self.leastDelay), Self.greatestDelay) }
    /// The longest that it was of this source.
    var longestDelay: Duration {
        min(max(spread.greatest, Self.leastDelay), Self.greatestDelay)
    }

    /// Takes a packet.
    ///
    /// - Parameter clockRate: of its timestamp; nil where that does not go on with time (RFC 4733).
    /// - Returns: false where it is another source, or another beginning of this one, from here on.
    mutating func insert(
        _ packet: Span<UInt8>, _ header: RTPHeader, clockRate: Int?, now: Instant
    ) -> Bool {
        var step = steps(to: header.sequenceNumber)
        var goesOn = true
        if !hasBegun || header.ssrc != ssrc || step >= Self.slotCount || step < -Self.mostBehind {
            goesOn = !hasBegun
            restart(header)
            step = 0
        }
        if let clockRate { spread.note(header.timestamp, clockRate: clockRate, now: now) }
        guard step >= 0 else {
            dropped &+= 1
            return true
        }
        let place = Int(truncatingIfNeeded: next + Int64(step)) & (Self.slotCount - 1)
        guard slots[place] == nil, header.payload.count <= SoundLimits.bytesInPayload else {
            dropped &+= 1
            return goesOn
        }
        let start = place * SoundLimits.bytesInPayload
        for index in 0..<header.payload.count {
            bytes[start + index] = packet[header.payload.lowerBound + index]
        }
        slots[place] = Waiting(
            timestamp: header.timestamp, payloadType: header.payloadType,
            length: header.payload.count)
        count += 1
        return goesOn
    }

    private func steps(to sequenceNumber: UInt16) -> Int {
        Int(Int16(bitPattern: sequenceNumber &- UInt16(truncatingIfNeeded: next)))
    }

    private mutating func restart(_ header: RTPHeader) {
        clear()
        hasBegun = true
        ssrc = header.ssrc
        next = Int64(header.sequenceNumber)
        spread = DelaySpread()
    }

    /// Forgets what waits.
    mutating func clear() {
        for place in slots.indices { slots[place] = nil }
        count = 0
    }

    /// The sequence number whose turn it is, counted on over its 16 bits.
    var sequence: Int64 { next }

    /// Whose turn it is.
    func turn() -> Turn {
        guard count > 0 else { return .empty }
        let place = Int(truncatingIfNeeded: next) & (Self.slotCount - 1)
        if slots[place] != nil { return .packet(place) }
        for step in 1..<Int64(Self.slotCount) {
            let later = Int(truncatingIfNeeded: next + step) & (Self.slotCount - 1)
            if slots[later] != nil { return .lost(first: later) }
        }
        return .empty
    }

    func waiting(_ place: Int) -> Waiting? { slots[place] }

    /// The packet of that place is the one right after whose turn it is.
    func isNext(_ place: Int) -> Bool {
        Int(truncatingIfNeeded: next + 1) & (Self.slotCount - 1) == place
    }

    /// Hands a waiting packet's bytes over.
    func payload<Result>(_ place: Int, _ read: (Span<UInt8>) -> Result) -> Result {
        let length = min(slots[place]?.length ?? 0, SoundLimits.bytesInPayload)
        let start = place * SoundLimits.bytesInPayload
        return read(UnsafeBufferPointer(rebasing: bytes[start..<start + length]).span)
    }

    /// Goes on to the first packet that is here.
    mutating func skipMissing() {
        guard count > 0 else { return }
        while slots[Int(truncatingIfNeeded: next) & (Self.slotCount - 1)] == nil { next += 1 }
    }

    /// The turn is over: the packet was read, or is given up.
    mutating func advance() {
        let place = Int(next) & (Self.slotCount - 1)
        if slots[place] != nil { count -= 1 }
        slots[place] = nil
        next += 1
    }
}

/// How much later than the earliest ones the latest packets came, lately.
struct DelaySpread {
    private static var window: Duration { .seconds(2) }
    private static var longestLateness: Duration { .milliseconds(500) }

    private var base = Duration.zero
    private var earliest: Duration?
    private var earliestNow: Duration?
    private var windowEnd = Instant.start
    /// The last timestamp, and all of them together: 32 bits may wrap within a call.
    private var last: UInt32?
    private var units: Int64 = 0
    private(set) var spread = Duration.zero
    private(set) var greatest = Duration.zero

    mutating func note(_ timestamp: UInt32, clockRate: Int, now: Instant) {
        units += Int64(Int32(bitPattern: timestamp &- (last ?? timestamp)))
        last = timestamp
        let elapsed = Duration.microseconds(units * 1_000_000 / Int64(clockRate))
        let transit = (now - Instant.start) - elapsed
        if now >= windowEnd {
            // The clocks drift: what counts as early is what was early in the last two windows.
            earliest = earliestNow
            earliestNow = nil
            windowEnd = now + Self.window
        }
        earliestNow = min(earliestNow ?? transit, transit)
        let least = min(earliest ?? transit, earliestNow ?? transit)
        if transit - least > Self.longestLateness {
            // Time stood still there, as on hold: from here on it goes on.
            earliest = nil
            earliestNow = transit
            return
        }
        let lateness = min(transit - least, JitterBuffer.greatestDelay)
        // Up at once, down by a 256th a packet: half of it is forgotten in 3.5 s.
        spread = lateness > spread ? lateness : spread - (spread - lateness) / 256
        if spread > greatest { greatest = spread }
    }
}
