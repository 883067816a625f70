import COpus

/// What a party's `fmtp` asks of an Opus encoder (RFC 7587 §6.1).
public struct OpusParameters: Hashable, Sendable {
    /// `useinbandfec`: it can use the copy of a lost packet that lies in the next one.
    public var usesErrorCorrection: Bool
    /// `usedtx`: silence need not be sent.
    public var usesSilence: Bool
    /// `maxaveragebitrate`, 6,000…510,000 bits a second; nil where it says nothing.
    public var maximumBitRate: Int?

    public static let usual = OpusParameters()

    public init(
        usesErrorCorrection: Bool = true, usesSilence: Bool = false, maximumBitRate: Int? = nil
    ) {
        self.usesErrorCorrection = usesErrorCorrection
        self.usesSilence = usesSilence
        self.maximumBitRate = maximumBitRate
    }

    /// Reads an `fmtp`; what it does not say is as RFC 7587 has it.
    public init(parameters: String?) {
        self.init(usesErrorCorrection: false)
        for part in (parameters ?? "").split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let value = Int(pair[1].filter { $0 != " " }) else { continue }
            switch pair[0].filter({ $0 != " " }).lowercased() {
            case "useinbandfec": usesErrorCorrection = value == 1
            case "usedtx": usesSilence = value == 1
            case "maxaveragebitrate" where (6_000...510_000).contains(value):
                maximumBitRate = value
            default: break
            }
        }
    }
}

/// Opus (RFC 6716), mono; a stereo payload is mixed down by the library.
final class OpusDecoder: SoundDecoder {
    private let decoder: OpaquePointer
    var hasNoise: Bool { true }

    init?(sampleRate: Int) {
        guard let decoder = opus_decoder_create(Int32(sampleRate), 1, nil) else { return nil }
        self.decoder = decoder
    }

    deinit { opus_decoder_destroy(decoder) }

    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        guard payload.count > 0 else { return 0 }
        return decode(payload, count: samples.count, isRecovery: false, into: &samples)
    }

    func hasCopy(_ payload: Span<UInt8>) -> Bool { OpusPayload.hasCopy(payload) }

    func recover(
        _ count: Int, before payload: Span<UInt8>, into samples: inout MutableSpan<Int16>
    ) -> Int {
        guard payload.count > 0, count <= samples.count else { return 0 }
        return decode(payload, count: count, isRecovery: true, into: &samples)
    }

    func conceal(_ count: Int, into samples: inout MutableSpan<Int16>) -> Int {
        guard count <= samples.count else { return 0 }
        let made = samples.withUnsafeMutableBufferPointer { samples -> Int32 in
            guard let start = samples.baseAddress else { return 0 }
            return copus_decode(decoder, nil, 0, start, Int32(count), 0)
        }
        return max(0, Int(made))
    }

    private func decode(
        _ payload: Span<UInt8>, count: Int, isRecovery: Bool,
        into samples: inout MutableSpan<Int16>
    ) -> Int {
        let made = payload.withUnsafeBufferPointer { bytes in
            samples.withUnsafeMutableBufferPointer { samples -> Int32 in
                guard let start = samples.baseAddress else { return 0 }
                return copus_decode(
                    decoder, bytes.baseAddress, Int32(bytes.count), start, Int32(count),
                    isRecovery ? 1 : 0)
            }
        }
        return max(0, Int(made))
    }
}

/// Opus as speech is sent best: mono, at the bit rate that speech needs.
final class OpusEncoder: SoundEncoder {
    /// Half of the library's best costs half and is hardly told apart in speech.
    private static var complexity: Int32 { 5 }
    /// Bits a second where the remote party names no limit: speech at each rate.
    private static func usualBitRate(at sampleRate: Int) -> Int {
        switch sampleRate {
        case SoundKind.narrow: 16_000
        case SoundKind.wide: 28_000
        default: 36_000
        }
    }

    private let encoder: OpaquePointer
    private let sendsCopies: Bool
    /// Its decoder settles within a packet on whatever comes.
    var isShareable: Bool { true }

    init?(sampleRate: Int, parameters: OpusParameters) {
        guard
            let encoder = opus_encoder_create(
                Int32(sampleRate), 1, OPUS_APPLICATION_VOIP, nil)
        else { return nil }
        self.encoder = encoder
        let usual = Self.usualBitRate(at: sampleRate)
        _ = copus_set_complexity(encoder, Self.complexity)
        _ = copus_set_voice(encoder)
        _ = copus_set_bitrate(
            encoder, Int32(min(usual, parameters.maximumBitRate ?? usual)))
        _ = copus_set_dtx(encoder, parameters.usesSilence ? 1 : 0)
        if parameters.usesErrorCorrection {
            _ = copus_set_fec(encoder, 1)
            // Without an expected loss the encoder sends no copies.
            _ = copus_set_expected_loss(encoder, Int32(SoundSender.leastExpectedLoss))
        }
        sendsCopies = parameters.usesErrorCorrection
    }

    deinit { opus_encoder_destroy(encoder) }

    /// The more losses, the better are the copies, at the cost of the sound itself.
    func expectLoss(percent: Int) {
        if sendsCopies { _ = copus_set_expected_loss(encoder, Int32(percent)) }
    }

    func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int {
        let count = samples.withUnsafeBufferPointer { samples in
            payload.withUnsafeMutableBufferPointer { payload -> Int32 in
                guard let start = samples.baseAddress, let bytes = payload.baseAddress else {
                    return 0
                }
                return copus_encode(
                    encoder, start, Int32(samples.count), bytes,
                    Int32(min(payload.count, SoundLimits.bytesInPayload)))
            }
        }
        return max(0, Int(count))
    }
}
