/// ITU-T G.711: a logarithm in eight bits.
enum G711Law: Sendable {
    case a, mu

    /// What each byte means.
    func makeDecodingTable() -> [Int16] {
        (0...255).map { self == .a ? Self.expandedA($0) : Self.expandedMu($0) }
    }

    /// The byte of each sample, by its bit pattern: 64 kB, looked up once a sample.
    func makeEncodingTable() -> [UInt8] {
        (0...65_535).map { pattern in
            let sample = Int(Int16(bitPattern: UInt16(pattern)))
            return self == .a ? Self.compressedA(sample) : Self.compressedMu(sample)
        }
    }

    private static func expandedA(_ byte: Int) -> Int16 {
        let code = byte ^ 0x55
        let segment = code >> 4 & 7
        var size = (code & 0x0F) << 4 + 8
        if segment > 0 { size = (size + 0x100) << (segment - 1) }
        return Int16(code & 0x80 != 0 ? size : -size)
    }

    private static func expandedMu(_ byte: Int) -> Int16 {
        let code = ~byte & 0xFF
        let size = ((code & 0x0F) << 3 + 0x84) << (code >> 4 & 7) - 0x84
        return Int16(code & 0x80 != 0 ? -size : size)
    }

    private static func compressedA(_ sample: Int) -> UInt8 {
        let mask = sample >= 0 ? 0xD5 : 0x55
        let size = sample >= 0 ? sample : -sample - 1
        let segment = max(0, highestBit(size | 0xFF) - 7)
        let step = segment == 0 ? 4 : segment + 3
        return UInt8((segment << 4 | (size >> step & 0x0F)) ^ mask)
    }

    private static func compressedMu(_ sample: Int) -> UInt8 {
        let mask = sample >= 0 ? 0xFF : 0x7F
        let size = min(abs(sample), 32_635) + 0x84
        let segment = highestBit(size | 0xFF) - 7
        return UInt8((segment << 4 | (size >> (segment + 3) & 0x0F)) ^ mask)
    }

    private static func highestBit(_ value: Int) -> Int {
        Int.bitWidth - 1 - value.leadingZeroBitCount
    }
}

/// The tables of both laws, made once for the process.
private enum G711Tables {
    static let decodingA = G711Law.a.makeDecodingTable()
    static let decodingMu = G711Law.mu.makeDecodingTable()
    static let encodingA = G711Law.a.makeEncodingTable()
    static let encodingMu = G711Law.mu.makeEncodingTable()
}

/// A byte is a sample.
final class G711Decoder: SoundDecoder {
    private let table: [Int16]
    private var doubling: HalfBandDoubling?

    init(law: G711Law, sampleRate: Int) {
        table = law == .a ? G711Tables.decodingA : G711Tables.decodingMu
        doubling = sampleRate == SoundKind.wide ? HalfBandDoubling() : nil
    }

    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let factor = doubling == nil ? 1 : 2
        guard payload.count * factor <= samples.count else { return 0 }
        let values = table
        let table = values.span
        // Doubled in place: the narrow samples lie in the second half and are read before they
        // are written over.
        let start = payload.count * (factor - 1)
        for index in 0..<payload.count { samples[start + index] = table[Int(payload[index])] }
        doubling?.double(from: start, count: payload.count, in: &samples)
        return payload.count * factor
    }
}

/// A sample is a byte.
final class G711Encoder: SoundEncoder {
    private let table: [UInt8]
    private var halving: HalfBandHalving?
    var isShareable: Bool { true }

    init(law: G711Law, sampleRate: Int) {
        table = law == .a ? G711Tables.encodingA : G711Tables.encodingMu
        halving = sampleRate == SoundKind.wide ? HalfBandHalving() : nil
    }

    func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int {
        let bytes = table
        let table = bytes.span
        if halving != nil {
            guard samples.count / 2 <= payload.count else { return 0 }
            return halving?.halve(samples) { payload[$0] = table[Int(UInt16(bitPattern: $1))] } ?? 0
        }
        guard samples.count <= payload.count else { return 0 }
        for index in 0..<samples.count {
            payload[index] = table[Int(UInt16(bitPattern: samples[index]))]
        }
        return samples.count
    }
}
