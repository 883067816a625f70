import Glibc
import Platform
import Synchronization

/// The kernel's randomness, fetched a page at a time: a system call per number costs 200 ns.
public final class KernelRandom: RandomSource {
    /// How many numbers one system call brings: 256 bytes, the most that it gives at once.
    private static var poolSize: Int { 32 }

    private struct Pool {
        var numbers: [UInt64]
        var next: Int
    }

    private let pool: Mutex<Pool>

    public init() {
        pool = Mutex(
            Pool(numbers: Array(repeating: 0, count: Self.poolSize), next: Self.poolSize))
    }

    public func next() -> UInt64 {
        pool.withLock { pool in
            if pool.next == Self.poolSize {
                Self.fill(&pool.numbers)
                pool.next = 0
            }
            let drawn = pool.numbers[pool.next]
            // What was given out must not be found in memory later.
            pool.numbers[pool.next] = 0
            pool.next += 1
            return drawn
        }
    }

    private static func fill(_ numbers: inout [UInt64]) {
        numbers.withUnsafeMutableBytes { bytes in
            let result = getentropy(bytes.baseAddress, bytes.count)
            // Without randomness every tag and nonce could be foreseen: then a stop is better.
            precondition(result == 0, "the kernel gave no randomness")
        }
    }
}
