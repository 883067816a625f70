import CSpandsp

/// ITU-T G.722 at 64 kbit/s: 16,000 samples a second in 8,000 bytes. At the narrow rate the upper
/// band is left out, and with it the filters between the bands.
final class G722Decoder: SoundDecoder {
    private let decoder: OpaquePointer
    private let samplesInByte: Int

    init?(sampleRate: Int) {
        let isNarrow = sampleRate == SoundKind.narrow
        guard
            let decoder = g722_decode_init(
                nil, 64_000, isNarrow ? Int32(G722_SAMPLE_RATE_8000) : 0)
        else { return nil }
        self.decoder = decoder
        samplesInByte = isNarrow ? 1 : 2
    }

    deinit { _ = g722_decode_free(decoder) }

    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        guard payload.count > 0, payload.count * samplesInByte <= samples.count else { return 0 }
        let count = payload.withUnsafeBufferPointer { bytes in
            samples.withUnsafeMutableBufferPointer {
                g722_decode(decoder, $0.baseAddress, bytes.baseAddress, Int32(bytes.count))
            }
        }
        return max(0, Int(count))
    }

    var absorbs: Bool { true }

    func absorb(_ samples: Span<Int16>) {
        let isNarrow = samplesInByte == 1
        let before = isNarrow ? SoundLimits.absorbedBefore : 0
        let after = isNarrow ? SoundLimits.absorbedAfter : 0
        samples.withUnsafeBufferPointer {
            guard let start = $0.baseAddress, $0.count > before + after else { return }
            cspandsp_g722_absorb(decoder, start + before, Int32($0.count - before - after))
        }
    }
}

/// The way back.
final class G722Encoder: SoundEncoder {
    private let encoder: OpaquePointer
    private let samplesInByte: Int
    /// Each byte says how the sound goes on from the one before.
    var isShareable: Bool { false }

    init?(sampleRate: Int) {
        let isNarrow = sampleRate == SoundKind.narrow
        guard
            let encoder = g722_encode_init(
                nil, 64_000, isNarrow ? Int32(G722_SAMPLE_RATE_8000) : 0)
        else { return nil }
        self.encoder = encoder
        samplesInByte = isNarrow ? 1 : 2
    }

    deinit { _ = g722_encode_free(encoder) }

    func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int {
        guard samples.count / samplesInByte <= payload.count else { return 0 }
        let count = samples.withUnsafeBufferPointer { samples in
            payload.withUnsafeMutableBufferPointer {
                g722_encode(encoder, $0.baseAddress, samples.baseAddress, Int32(samples.count))
            }
        }
        return max(0, Int(count))
    }
}
