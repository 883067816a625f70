import Platform

/// Many timers in little time: a hierarchical wheel of eight levels with 64 slots.
///
/// A slot of level *n* spans 64ⁿ ticks. A timer lies at the level of the highest base-64 digit in
/// which its tick differs from the wheel's, in the slot of that digit; when the wheel comes to a
/// slot above level 0, its timers move down. So arming, disarming and firing are O(1), and the
/// lowest occupied slot of the lowest occupied level comes next.
///
/// ```
///  level 0   | | |x| | … |   64 ticks: what fires within 67 ms
///  level 1   | |x| | | … |   64 × 64 ticks: within 4.3 s
///  level 2   | | | |x| … |   64 × 64 × 64: within 4.6 min; … level 7: 292 years
/// ```
///
/// A timer never fires early, and late by less than a tick.
struct TimerWheel: Sendable {
    /// Names a timer until it is removed.
    struct TimerID: Hashable, Sendable {
        fileprivate var index: Int32
    }

    /// A tick is 2²⁰ ns, 1.05 ms: finer than any SIP timer needs, and division is a shift.
    private static var tickShift: Int64 { 20 }
    private static var levelCount: Int { 8 }
    private static var none: Int32 { -1 }

    private struct Node: Sendable {
        var tick: Int64 = 0
        var previous = TimerWheel.none
        var next = TimerWheel.none
        /// Level × 64 + slot, or `none` where it is not armed.
        var slot = TimerWheel.none
        /// Distinguishes the living from those on the free list.
        var isInUse = false
    }

    private struct Slot: Sendable {
        var first = TimerWheel.none
        var last = TimerWheel.none
    }

    private var nodes: [Node] = []
    private var slots = [Slot](repeating: Slot(), count: TimerWheel.levelCount * 64)
    /// Bit *n* of a level's word: its slot *n* is not empty.
    private var occupied = [UInt64](repeating: 0, count: TimerWheel.levelCount)
    private var firstFree = TimerWheel.none
    /// The tick up to which everything has fired.
    private var elapsed: Int64

    /// How many timers are armed.
    private(set) var armedCount = 0
    /// How many timers exist, armed or not.
    private(set) var count = 0

    init(now: Instant) {
        elapsed = Self.tickBefore(now)
    }

    /// Makes a timer, not armed.
    mutating func makeTimer() -> TimerID {
        count += 1
        guard firstFree != Self.none else {
            nodes.append(Node(isInUse: true))
            return TimerID(index: Int32(nodes.count - 1))
        }
        let index = firstFree
        firstFree = nodes[Int(index)].next
        nodes[Int(index)] = Node(isInUse: true)
        return TimerID(index: index)
    }

    /// Disarms and forgets a timer; its name may come again for another.
    mutating func remove(_ timer: TimerID) {
        precondition(nodes[Int(timer.index)].isInUse, "a timer is removed once")
        disarm(timer)
        nodes[Int(timer.index)].isInUse = false
        nodes[Int(timer.index)].next = firstFree
        firstFree = timer.index
        count -= 1
    }

    /// Sets or moves a timer. A deadline in the past fires at the next advance.
    mutating func arm(_ timer: TimerID, at deadline: Instant) {
        unlink(timer.index)
        // Nothing may lie at or before the elapsed tick: that slot is behind.
        nodes[Int(timer.index)].tick = max(Self.tickAfter(deadline), elapsed + 1)
        link(timer.index)
    }

    mutating func disarm(_ timer: TimerID) {
        unlink(timer.index)
    }

    /// When `advance` has to be called next at the latest: at or before the earliest deadline.
    var nextWake: Instant? {
        guard let (level, slot) = nextSlot else { return nil }
        return Instant(nanoseconds: start(of: slot, level: level) << Self.tickShift)
    }

    /// Moves to an instant and appends the timers whose deadlines have come, the earliest first.
    /// They are disarmed then.
    mutating func advance(to now: Instant, into fired: inout [TimerID]) {
        let target = Self.tickBefore(now)
        while let (level, slot) = nextSlot {
            let begin = start(of: slot, level: level)
            guard begin <= target else { break }
            elapsed = begin
            empty(slot, level: level, into: &fired)
        }
        elapsed = max(elapsed, target)
    }

    // MARK: Ticks

    private static func tickBefore(_ instant: Instant) -> Int64 {
        max(0, instant.nanoseconds) >> tickShift
    }

    private static func tickAfter(_ instant: Instant) -> Int64 {
        let nanoseconds = max(0, instant.nanoseconds)
        let whole = nanoseconds >> tickShift
        return nanoseconds & ((1 << tickShift) - 1) == 0 ? whole : whole + 1
    }

    // MARK: Slots

    private var nextSlot: (level: Int, slot: Int)? {
        for level in 0..<Self.levelCount where occupied[level] != 0 {
            return (level, occupied[level].trailingZeroBitCount)
        }
        return nil
    }

    /// The first tick of a slot: the digits above its level are the wheel's own.
    private func start(of slot: Int, level: Int) -> Int64 {
        let shift = Int64(6 * level)
        return (elapsed >> (shift + 6)) << (shift + 6) | Int64(slot) << shift
    }

    /// Fires what is due in a slot whose first tick has come, and moves the rest down.
    private mutating func empty(_ slot: Int, level: Int, into fired: inout [TimerID]) {
        let place = level * 64 + slot
        var index = slots[place].first
        slots[place] = Slot()
        occupied[level] &= ~(1 << UInt64(slot))
        while index != Self.none {
            let next = nodes[Int(index)].next
            nodes[Int(index)].slot = Self.none
            armedCount -= 1
            if nodes[Int(index)].tick <= elapsed {
                fired.append(TimerID(index: index))
            } else {
                link(index)
            }
            index = next
        }
    }

    private mutating func link(_ index: Int32) {
        let tick = nodes[Int(index)].tick
        let differing = UInt64(bitPattern: tick ^ elapsed)
        let level = (63 - differing.leadingZeroBitCount) / 6
        let slot = Int(tick >> Int64(6 * level) & 63)
        let place = level * 64 + slot
        let last = slots[place].last
        nodes[Int(index)].slot = Int32(place)
        nodes[Int(index)].previous = last
        nodes[Int(index)].next = Self.none
        slots[place].last = index
        if last == Self.none {
            slots[place].first = index
            occupied[level] |= 1 << UInt64(slot)
        } else {
            nodes[Int(last)].next = index
        }
        armedCount += 1
    }

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        guard node.slot != Self.none else { return }
        let place = Int(node.slot)
        if node.previous == Self.none {
            slots[place].first = node.next
        } else {
            nodes[Int(node.previous)].next = node.next
        }
        if node.next == Self.none {
            slots[place].last = node.previous
        } else {
            nodes[Int(node.next)].previous = node.previous
        }
        if slots[place].first == Self.none {
            occupied[place >> 6] &= ~(1 << UInt64(place & 63))
        }
        nodes[Int(index)].slot = Self.none
        armedCount -= 1
    }
}

extension TimerWheel.TimerID {
    /// Its place in a table beside the wheel: dense, from 0.
    var place: Int { Int(index) }
}
