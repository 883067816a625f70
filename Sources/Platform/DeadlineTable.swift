/// The deadlines of one owner: a value per name, the earliest always at hand.
///
/// A binary heap with lazy removal: a replaced or cancelled entry stays until it surfaces, so
/// that setting and cancelling cost O(log n) without a search.
public struct DeadlineTable<Name: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var deadline: Instant
        /// Orders equal deadlines by the time they were set: the same run gives the same order.
        var sequence: UInt64
        var name: Name
    }

    private var heap: [Entry] = []
    private var current: [Name: UInt64] = [:]
    private var lastSequence: UInt64 = 0

    public init() {}

    /// How many names have a deadline.
    public var count: Int { current.count }
    public var isEmpty: Bool { current.isEmpty }

    /// Sets or moves the deadline of a name.
    public mutating func set(_ name: Name, at deadline: Instant) {
        lastSequence += 1
        current[name] = lastSequence
        heap.append(Entry(deadline: deadline, sequence: lastSequence, name: name))
        siftUp(from: heap.count - 1)
        if heap.count > 64 && heap.count > 4 * current.count { compact() }
    }

    public mutating func cancel(_ name: Name) {
        current[name] = nil
    }

    /// The earliest deadline, or nil where none is set.
    public var earliest: Instant? {
        mutating get {
            dropStale()
            return heap.first?.deadline
        }
    }

    /// Takes the next name whose deadline has come; call until nil.
    public mutating func popDue(now: Instant) -> Name? {
        dropStale()
        guard let first = heap.first, first.deadline <= now else { return nil }
        current[first.name] = nil
        removeRoot()
        return first.name
    }

    private mutating func dropStale() {
        while let first = heap.first, current[first.name] != first.sequence { removeRoot() }
    }

    private mutating func compact() {
        heap.removeAll { current[$0.name] != $0.sequence }
        heap.sort(by: Self.isEarlier)
    }

    private static func isEarlier(_ one: Entry, _ other: Entry) -> Bool {
        one.deadline != other.deadline
            ? one.deadline < other.deadline : one.sequence < other.sequence
    }

    private mutating func removeRoot() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Self.isEarlier(heap[child], heap[least]) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isEarlier(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }
}
