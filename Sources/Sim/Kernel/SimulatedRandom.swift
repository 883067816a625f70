import Platform
import Synchronization

/// A generator whose whole sequence follows from its seed (splitmix64).
struct SeededGenerator: Sendable {
    private var position: UInt64

    /// - Parameter purpose: each purpose has a sequence of its own, so that a draw more in one
    ///   place does not shift the draws of all others.
    init(seed: UInt64, purpose: String) {
        var hash = TraceHash()
        hash.mix(seed)
        hash.mix(purpose)
        position = hash.value
    }

    mutating func next() -> UInt64 {
        position &+= 0x9E37_79B9_7F4A_7C15
        var mixed = position
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number below the bound; the bias of 2^-32 does not matter to a simulation.
    mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }
}

/// The seed's randomness: what `World.random` is in a simulated world.
public final class SimulatedRandom: RandomSource {
    private let generator: Mutex<SeededGenerator>

    public init(seed: UInt64, purpose: String) {
        generator = Mutex(SeededGenerator(seed: seed, purpose: purpose))
    }

    public func next() -> UInt64 { generator.withLock { $0.next() } }
}

extension RandomSource {
    /// True that many times in a thousand.
    func happens(perThousand chance: Int) -> Bool {
        chance > 0 && below(1000) < UInt64(chance)
    }

    /// A whole number of the range.
    func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(below(UInt64(range.upperBound - range.lowerBound + 1)))
    }

    /// A duration between the two, in microseconds' steps.
    func duration(from least: Duration, to most: Duration) -> Duration {
        let span = max(0, (most - least).nanoseconds / 1000)
        return least + .microseconds(Int64(below(UInt64(span) + 1)))
    }
}
