import Platform

/// What waits for its time to come: actions that run once, and those of alarms, which stay.
///
/// A heap of small entries over a table of places. An alarm that is set anew leaves its old entry in
/// the heap, where its sequence number tells that it is stale. No hashing: every datagram and every
/// alarm goes through here.
struct WaitingActions: Sendable {
    typealias Run = @Sendable () -> Void

    private struct Entry: Sendable {
        var deadline: Instant
        /// Orders equal deadlines by the time they were set.
        var sequence: UInt64
        var place: Int

        func isBefore(_ other: Entry) -> Bool {
            deadline != other.deadline
                ? deadline < other.deadline : sequence < other.sequence
        }
    }

    private struct Place: Sendable {
        var run: Run?
        /// An alarm's action stays when it has run, until the alarm goes.
        var isKept = false
        /// Of the entry that counts; 0: it waits for nothing.
        var sequence: UInt64 = 0
    }

    private var heap: [Entry] = []
    private var places: [Place] = []
    private var freePlaces: [Int] = []
    private var lastSequence: UInt64 = 0
    /// How many wait for a deadline.
    private(set) var count = 0

    /// Adds an action that runs once.
    mutating func add(_ run: @escaping Run, at deadline: Instant) {
        let place = takePlace(run, isKept: false)
        set(place, at: deadline)
    }

    /// Names an action that stays until it is withdrawn.
    mutating func keep(_ run: @escaping Run) -> Int {
        takePlace(run, isKept: true)
    }

    /// Sets or moves the deadline of a kept action.
    mutating func set(_ place: Int, at deadline: Instant) {
        if places[place].sequence == 0 { count += 1 }
        lastSequence += 1
        places[place].sequence = lastSequence
        push(Entry(deadline: deadline, sequence: lastSequence, place: place))
        if heap.count > 64 && heap.count > 4 * count { dropAllStale() }
    }

    mutating func disarm(_ place: Int) {
        if places[place].sequence != 0 { count -= 1 }
        places[place].sequence = 0
    }

    /// Forgets a kept action, whose name is then given to another. What it held goes with the result.
    mutating func withdraw(_ place: Int) -> Run? {
        disarm(place)
        freePlaces.append(place)
        return places[place].run.take()
    }

    /// The earliest deadline; nil where nothing waits.
    var earliest: Instant? {
        mutating get {
            while let first = heap.first, isStale(first) { removeFirst() }
            return heap.first?.deadline
        }
    }

    /// Takes the action whose deadline is the earliest; call after ``earliest``.
    mutating func takeFirst() -> Run? {
        guard let first = heap.first else { return nil }
        removeFirst()
        disarm(first.place)
        if places[first.place].isKept { return places[first.place].run }
        freePlaces.append(first.place)
        return places[first.place].run.take()
    }

    private mutating func takePlace(_ run: @escaping Run, isKept: Bool) -> Int {
        guard let place = freePlaces.popLast() else {
            places.append(Place(run: run, isKept: isKept))
            return places.count - 1
        }
        places[place].run = run
        places[place].isKept = isKept
        return place
    }

    private func isStale(_ entry: Entry) -> Bool {
        places[entry.place].sequence != entry.sequence
    }

    private mutating func dropAllStale() {
        heap.removeAll(where: isStale)
        heap.sort { $0.isBefore($1) }
    }

    // MARK: The heap

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        heap.withUnsafeMutableBufferPointer { heap in
            var hole = heap.count - 1
            while hole > 0 {
                let parent = (hole - 1) / 2
                guard entry.isBefore(heap[parent]) else { break }
                heap[hole] = heap[parent]
                hole = parent
            }
            heap[hole] = entry
        }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap.withUnsafeMutableBufferPointer { heap in
            var hole = 0
            while true {
                var child = 2 * hole + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
                guard heap[child].isBefore(last) else { break }
                heap[hole] = heap[child]
                hole = child
            }
            heap[hole] = last
        }
    }
}
