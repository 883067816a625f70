/// Where randomness comes from. Live: the kernel's. Simulated: the seed's.
public protocol RandomSource: Sendable {
    /// 64 bits that nobody outside can foresee.
    func next() -> UInt64
}

extension RandomSource {
    /// That many random bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 7)
        while result.count < count {
            withUnsafeBytes(of: next()) { result.append(contentsOf: $0) }
        }
        result.removeLast(result.count - count)
        return result
    }

    /// A random token of lower-case letters and digits: tags, branches, Call-IDs, nonces.
    ///
    /// Each character carries 5 bits (`0`–`9`, `a`–`v`), so 16 of them are 80 bits.
    public func token(_ length: Int) -> String {
        let alphabet: StaticString = "0123456789abcdefghijklmnopqrstuv"
        return String(unsafeUninitializedCapacity: length) { buffer in
            var bits: UInt64 = 0
            for index in 0..<length {
                if index % 12 == 0 { bits = next() }
                buffer[index] = alphabet.utf8Start[Int(bits & 31)]
                bits >>= 5
            }
            return length
        }
    }

    /// A whole number below the bound, without bias. The bound is at least 1.
    public func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0, "a bound of 0 leaves nothing to draw")
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let drawn = next()
            if drawn < limit { return drawn % bound }
        }
    }
}
