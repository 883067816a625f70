/// The phones that may be told to call or may be called, used in turn.
struct FreePhones: Sendable {
    /// A ring with room for every phone.
    private var ring: [Int]
    private var first = 0
    private(set) var count = 0

    init(capacity: Int) {
        ring = Array(repeating: 0, count: max(1, capacity))
    }

    mutating func add(_ phone: Int) {
        precondition(count < ring.count, "a phone is free once")
        ring[(first + count) % ring.count] = phone
        count += 1
    }

    mutating func take() -> Int? {
        guard count > 0 else { return nil }
        defer {
            first = (first + 1) % ring.count
            count -= 1
        }
        return ring[first]
    }
}
