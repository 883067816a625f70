/// The deadlines of one owner: a value per name, the earliest always at hand.
///
/// A binary heap with lazy removal: a replaced or cancelled entry stays until it surfaces, so
/// that setting and cancelling cost O(log n) without a search. Inlinable, so that every user's
/// module has it for its own names, unboxed: timers are set for every message.
public struct DeadlineTable<Name: Hashable & Sendable>: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline var deadline: Instant
        /// Orders equal deadlines by the time they were set: the same run gives the same order.
        @usableFromInline var sequence: UInt64
        @usableFromInline var name: Name

        @inlinable init(deadline: Instant, sequence: UInt64, name: Name) {
            self.deadline = deadline
            self.sequence = sequence
            self.name = name
        }
    }

    @usableFromInline var heap: [Entry] = []
    @usableFromInline var current: [Name: UInt64] = [:]
    @usableFromInline var lastSequence: UInt64 = 0

    @inlinable public init() {}

    /// How many names have a deadline.
    @inlinable public var count: Int { current.count }
    @inlinable public var isEmpty: Bool { current.isEmpty }

    /// Sets or moves the deadline of a name.
    @inlinable public mutating func set(_ name: Name, at deadline: Instant) {
        lastSequence += 1
        current[name] = lastSequence
        heap.append(Entry(deadline: deadline, sequence: lastSequence, name: name))
        siftUp(from: heap.count - 1)
        if heap.count > 64 && heap.count > 4 * current.count { compact() }
    }

    @inlinable public mutating func cancel(_ name: Name) {
        current[name] = nil
    }

    /// The deadline of that name; nil where none is set. Looks through all of them.
    @inlinable public func deadline(of name: Name) -> Instant? {
        guard let sequence = current[name] else { return nil }
        return heap.first { $0.sequence == sequence }?.deadline
    }

    /// The earliest deadline, or nil where none is set.
    public var earliest: Instant? {
        @inlinable mutating get {
            dropStale()
            return heap.first?.deadline
        }
    }

    /// Takes the next name whose deadline has come; call until nil.
    @inlinable public mutating func popDue(now: Instant) -> Name? {
        dropStale()
        guard let first = heap.first, first.deadline <= now else { return nil }
        current[first.name] = nil
        removeRoot()
        return first.name
    }

    @inlinable mutating func dropStale() {
        while let first = heap.first, current[first.name] != first.sequence { removeRoot() }
    }

    @inlinable mutating func compact() {
        heap.removeAll { current[$0.name] != $0.sequence }
        heap.sort(by: Self.isEarlier)
    }

    @inlinable static func isEarlier(_ one: Entry, _ other: Entry) -> Bool {
        one.deadline != other.deadline
            ? one.deadline < other.deadline : one.sequence < other.sequence
    }

    @inlinable mutating func removeRoot() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        let count = heap.count
        heap.withUnsafeMutableBufferPointer { heap in
            // The hole goes down to where the last entry belongs: each level moves one entry.
            var hole = 0
            while true {
                var child = 2 * hole + 1
                guard child < count else { break }
                if child + 1 < count, Self.isEarlier(heap[child + 1], heap[child]) { child += 1 }
                guard Self.isEarlier(heap[child], last) else { break }
                heap[hole] = heap[child]
                hole = child
            }
            heap[hole] = last
        }
    }

    @inlinable mutating func siftUp(from start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            let entry = heap[start]
            var hole = start
            while hole > 0 {
                let parent = (hole - 1) / 2
                guard Self.isEarlier(entry, heap[parent]) else { break }
                heap[hole] = heap[parent]
                hole = parent
            }
            heap[hole] = entry
        }
    }
}
