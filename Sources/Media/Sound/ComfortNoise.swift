/// The noise of a room in which nobody speaks at the moment, as a party describes it instead of
/// sending it (RFC 3389): a level, and how it sounds. Nothing is allocated after it was made.
struct ComfortNoise {
    /// Ten reflection coefficients are what encoders use; more are not heard.
    static var orderLimit: Int { 10 }
    /// Of a sample, where a level of 0 dBov is the square wave of the greatest size.
    private static var overload: Float { 32_767 }

    /// It was told that nobody speaks, and has not spoken since.
    private(set) var isOn = false
    private var order = 0
    /// Of the noise that the filter is fed with: as great as what shall come out of it wants.
    private var size: Float = 0
    private var reflections = [Float](repeating: 0, count: orderLimit)
    private var memory = [Float](repeating: 0, count: orderLimit + 1)
    private var seed: UInt32 = 0x9E37_79B9
    private var doubling: HalfBandDoubling?

    /// - Parameter sampleRate: at ``SoundKind/full`` it is brighter than described: no codec of that rate
    ///   has it.
    init(sampleRate: Int) {
        doubling = sampleRate == SoundKind.wide ? HalfBandDoubling() : nil
    }

    /// The party speaks again.
    mutating func end() { isOn = false }

    /// Takes a payload: −level in dBov, then coefficients (RFC 3389 §3). An empty one says nothing.
    mutating func take(_ payload: Span<UInt8>) {
        guard payload.count > 0 else { return }
        isOn = true
        order = min(payload.count - 1, Self.orderLimit)
        var power: Float = 1
        for index in 0..<order {
            // §3.2: −1 to 1 in steps of 258 / 32,768.
            let value = Float(Int(payload[index + 1]) - 127) * 258 / 32_768
            reflections[index] = min(max(value, -0.95), 0.95)
            power *= 1 - reflections[index] * reflections[index]
        }
        for index in memory.indices { memory[index] = 0 }
        // Even noise of −1…1 has a power of a third.
        let level = Self.overload * Self.ratio(decibelsDown: Int(payload[0] & 0x7F))
        size = level * (3 * power).squareRoot()
    }

    /// 10 to the power of −decibels / 20, by repeated multiplication: no mathematics library here.
    private static func ratio(decibelsDown: Int) -> Float {
        var ratio: Float = 1
        for _ in 0..<decibelsDown { ratio *= 0.891_250_94 }
        return ratio
    }

    /// Makes `count` samples.
    mutating func make(_ count: Int, into samples: inout MutableSpan<Int16>) {
        let count = min(count, samples.count)
        guard doubling != nil else {
            for index in 0..<count { samples[index] = next() }
            return
        }
        let half = (count + 1) / 2
        guard half * 2 <= samples.count else { return }
        let start = samples.count - half
        for index in 0..<half { samples[start + index] = next() }
        doubling?.double(from: start, count: half, in: &samples)
    }

    private mutating func next() -> Int16 {
        seed = seed &* 1_664_525 &+ 1_013_904_223
        var value = size * Float(Int32(bitPattern: seed)) / 2_147_483_648
        // A lattice without zeros: 1 / (1 + k₁z⁻¹ + …).
        var stage = order
        while stage > 0 {
            value -= reflections[stage - 1] * memory[stage - 1]
            memory[stage] = memory[stage - 1] + reflections[stage - 1] * value
            stage -= 1
        }
        memory[0] = value
        return Int16(clamping: Int(value))
    }
}
