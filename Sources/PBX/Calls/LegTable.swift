/// The legs of one call, in the order of their numbers.
///
/// A call has two of them nearly always: no table of hashes finds one sooner.
struct LegTable<Value: Sendable>: Sendable {
    private(set) var keys: [LegNumber] = []
    /// Beside ``keys``; nil only while one is being removed.
    private var legs: [Value?] = []

    var values: some Sequence<Value> { legs.lazy.compactMap(\.self) }

    subscript(number: LegNumber) -> Value? {
        get {
            place(of: number).flatMap { legs[$0] }
        }
        _modify {
            if let index = place(of: number) {
                defer { if legs[index] == nil { remove(at: index) } }
                yield &legs[index]
            } else {
                var newcomer: Value?
                defer { if let newcomer { insert(newcomer, as: number) } }
                yield &newcomer
            }
        }
    }

    @discardableResult
    mutating func removeValue(forKey number: LegNumber) -> Value? {
        guard let index = place(of: number), let leg = legs[index] else { return nil }
        remove(at: index)
        return leg
    }

    private func place(of number: LegNumber) -> Int? { keys.firstIndex(of: number) }

    private mutating func insert(_ leg: Value, as number: LegNumber) {
        let index = keys.firstIndex { $0 > number } ?? keys.endIndex
        keys.insert(number, at: index)
        legs.insert(leg, at: index)
    }

    private mutating func remove(at index: Int) {
        keys.remove(at: index)
        legs.remove(at: index)
    }
}
