/// L16 (RFC 3551 §4.5.11): the samples as they are, most significant byte first.
final class LinearDecoder: SoundDecoder {
    private var doubling: HalfBandDoubling?
    private var halving: HalfBandHalving?

    init(carriedRate: Int, sampleRate: Int) {
        doubling = carriedRate < sampleRate ? HalfBandDoubling() : nil
        halving = carriedRate > sampleRate ? HalfBandHalving() : nil
    }

    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let count = payload.count / 2
        guard payload.count & 1 == 0, count * (doubling == nil ? 1 : 2) <= samples.count else {
            return 0
        }
        let start = doubling == nil ? 0 : count
        for index in 0..<count {
            samples[start + index] = Int16(
                bitPattern: UInt16(payload[2 * index]) << 8 | UInt16(payload[2 * index + 1]))
        }
        if doubling != nil {
            doubling?.double(from: start, count: count, in: &samples)
            return count * 2
        }
        guard halving != nil else { return count }
        return halving?.halve(count: count, in: &samples) ?? 0
    }
}

/// The way back.
final class LinearEncoder: SoundEncoder {
    private var doubling: HalfBandDoubling?
    private var halving: HalfBandHalving?
    var isShareable: Bool { true }

    init(carriedRate: Int, sampleRate: Int) {
        doubling = carriedRate > sampleRate ? HalfBandDoubling() : nil
        halving = carriedRate < sampleRate ? HalfBandHalving() : nil
    }

    func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int {
        if halving != nil {
            guard samples.count <= payload.count else { return 0 }
            let count = halving?.halve(samples) { Self.write($1, at: $0, to: &payload) } ?? 0
            return count * 2
        }
        if doubling != nil {
            guard samples.count * 4 <= payload.count else { return 0 }
            doubling?.double(samples) { Self.write($1, at: $0, to: &payload) }
            return samples.count * 4
        }
        guard samples.count * 2 <= payload.count else { return 0 }
        for index in 0..<samples.count { Self.write(samples[index], at: index, to: &payload) }
        return samples.count * 2
    }

    private static func write(
        _ sample: Int16, at index: Int, to payload: inout MutableSpan<UInt8>
    ) {
        payload[2 * index] = UInt8(truncatingIfNeeded: sample >> 8)
        payload[2 * index + 1] = UInt8(truncatingIfNeeded: sample)
    }
}
