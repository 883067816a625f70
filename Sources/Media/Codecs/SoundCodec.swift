/// Payloads into samples: 16-bit, mono, at the rate it was made for. One per source; nothing is
/// allocated after it was made.
protocol SoundDecoder: AnyObject {
    /// True where ``conceal(_:into:)`` goes on with the noise behind a voice that has stopped, as
    /// its encoder leaves out what is silent.
    var hasNoise: Bool { get }
    /// Decodes one payload to the start of `samples`.
    ///
    /// - Returns: how many samples; 0 where the payload is malformed or does not fit.
    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int
    /// True where a payload holds a copy of the one before it, for ``recover(_:before:into:)``.
    func hasCopy(_ payload: Span<UInt8>) -> Bool
    /// Makes `count` samples of a lost packet out of what its successor says about it.
    ///
    /// - Returns: `count`, or 0 where the codec carries nothing of that kind.
    func recover(
        _ count: Int, before payload: Span<UInt8>, into samples: inout MutableSpan<Int16>
    ) -> Int
    /// True where ``absorb(_:)`` makes a difference.
    var absorbs: Bool { get }
    /// Takes what was heard instead of a lost packet, so that the decoder's memory is what that would
    /// have left: ``SoundLimits/absorbedBefore`` samples before it, it, and
    /// ``SoundLimits/absorbedAfter`` after it.
    func absorb(_ samples: Span<Int16>)
    /// Makes `count` samples up for a lost packet.
    ///
    /// - Returns: `count`, or 0 where ``Concealment`` shall do it.
    func conceal(_ count: Int, into samples: inout MutableSpan<Int16>) -> Int
}

extension SoundDecoder {
    var hasNoise: Bool { false }

    var absorbs: Bool { false }

    func hasCopy(_ payload: Span<UInt8>) -> Bool { false }

    func absorb(_ samples: Span<Int16>) {}

    func recover(
        _ count: Int, before payload: Span<UInt8>, into samples: inout MutableSpan<Int16>
    ) -> Int { 0 }

    func conceal(_ count: Int, into samples: inout MutableSpan<Int16>) -> Int { 0 }
}

/// Samples into payloads; the same holds.
protocol SoundEncoder: AnyObject {
    /// True where a payload depends on none before it: it may be sent to several parties, and to
    /// one who heard another encoder before.
    var isShareable: Bool { get }
    /// So many of its packets in a hundred are expected to be lost: a codec that can do something about
    /// it does. Called where that changes.
    func expectLoss(percent: Int)
    /// Encodes all samples to the start of `payload`, which has room for two bytes a sample.
    ///
    /// - Returns: how many bytes; 0 where it could not be done.
    func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int
}

extension SoundEncoder {
    func expectLoss(percent: Int) {}
}

/// The limits of one packet of sound.
enum SoundLimits {
    /// RFC 7587 §4.2 and usual practice: no packet holds more.
    static var longestPacket: Duration { .milliseconds(120) }
    /// 120 ms at ``SoundKind/wide``.
    static var samplesInPacket: Int { 1_920 }
    /// 120 ms; below ``SoundKind/wide`` no less than there.
    static func samplesInPacket(at sampleRate: Int) -> Int {
        max(samplesInPacket, sampleRate * 120 / 1_000)
    }
    /// 120 ms of G.711 or G.722 are 960 bytes, 40 ms of wide L16 1280, one Opus frame 1275.
    static var bytesInPayload: Int { 1_280 }
    /// G.722's filters look back 24 samples, and what they give is 22 samples late.
    static var absorbedBefore: Int { 2 }
    static var absorbedAfter: Int { 22 }
    /// The beat of everything that is mixed or encoded here.
    static var frame: Duration { .milliseconds(20) }
    static var framesASecond: Int { 50 }
}
