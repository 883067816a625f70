import Platform

/// Puts SRV records in the order of trying (RFC 2782, "The format of the SRV RR").
enum WeightedOrder {
    /// Lower priorities first; within one, each next record is drawn with a probability in
    /// proportion to its weight among those that are left.
    static func ordered(_ records: [SRVRecord], seed: UInt64) -> [SRVRecord] {
        var draw = Draw(seed: seed)
        var result: [SRVRecord] = []
        // Equal sets of records give equal orders, however the answer was turned.
        for priority in Set(records.map(\.priority)).sorted() {
            var rest = records.filter { $0.priority == priority }.sorted(by: isEarlier)
            while !rest.isEmpty {
                result.append(rest.remove(at: draw.index(by: rest.map(\.weight))))
            }
        }
        return result
    }

    /// Weightless records first: theirs is the small chance that a drawn 0 gives.
    private static func isEarlier(_ one: SRVRecord, _ other: SRVRecord) -> Bool {
        (one.weight == 0 ? 0 : 1, one.target, one.port, one.weight)
            < (other.weight == 0 ? 0 : 1, other.target, other.port, other.weight)
    }

    /// Numbers from a seed (SplitMix64): the core itself has no randomness.
    private struct Draw {
        var seed: UInt64

        init(seed: UInt64) {
            self.seed = seed
        }

        mutating func next() -> UInt64 {
            seed &+= 0x9E37_79B9_7F4A_7C15
            var mixed = seed
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        /// A place in the list; the weights' sum is below 2³², so that it can't overflow.
        mutating func index(by weights: [UInt16]) -> Int {
            let sum = weights.reduce(UInt64(0)) { $0 + UInt64($1) }
            // From 0 to the sum, both included.
            let (high, _) = (sum + 1).multipliedFullWidth(by: next())
            var running: UInt64 = 0
            for (index, weight) in weights.enumerated() {
                running += UInt64(weight)
                if running >= high { return index }
            }
            return weights.count - 1
        }
    }
}
