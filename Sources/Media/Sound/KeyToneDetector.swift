import CSpandsp

/// Hears the tones of keys in the sound itself (ITU-T Q.24), for phones that send no telephone
/// events. Works on what the codec gave, before anything is made up: a lost packet is passed over
/// and is neither the end of a key nor the beginning of another.
///
/// A key is told when its tone has sounded for 25 ms. Nothing is allocated after it was made.
final class KeyToneDetector {
    /// No finger presses more of them in one packet.
    private static var keysInPacket: Int { 8 }

    /// What has been heard of the key that sounds.
    private final class Memory {
        let detector: OpaquePointer

        init?() {
            guard let made = dtmf_rx_init(nil, nil, nil) else { return nil }
            detector = made
        }

        deinit { _ = dtmf_rx_free(detector) }
    }

    private let memory: Memory
    private var detector: OpaquePointer { memory.detector }
    private var halving: HalfBandHalving?
    private var thirding: Thirding?
    /// One packet at the wide rate, where it comes at the full one.
    private let wide: FrameRoom
    /// One packet at the narrow rate.
    private let narrow: UnsafeMutableBufferPointer<Int16>
    private let found: UnsafeMutableBufferPointer<CChar>
    /// Keys that were heard and not taken yet; the oldest is dropped where nobody takes them.
    private let keys: UnsafeMutableBufferPointer<UInt8>
    private var keyCount = 0

    /// - Parameters:
    ///   - sampleRate: ``SoundKind/narrow``, ``SoundKind/wide`` or ``SoundKind/full``.
    ///   - former: who listened to the same party before, at another rate: a key that sounds on is
    ///     none of its own.
    init?(sampleRate: Int, after former: KeyToneDetector? = nil) {
        guard let memory = former?.memory ?? Memory() else { return nil }
        self.memory = memory
        halving = sampleRate == SoundKind.narrow ? nil : HalfBandHalving()
        let isFull = sampleRate == SoundKind.full
        thirding =
            isFull ? Thirding(limit: SoundLimits.samplesInPacket(at: sampleRate)) : nil
        wide = FrameRoom(count: isFull ? SoundLimits.samplesInPacket : 0)
        narrow = .allocate(capacity: SoundLimits.samplesInPacket)
        narrow.initialize(repeating: 0)
        found = .allocate(capacity: Self.keysInPacket + 1)
        found.initialize(repeating: 0)
        keys = .allocate(capacity: Self.keysInPacket)
        keys.initialize(repeating: 0)
    }

    deinit {
        narrow.deallocate()
        found.deallocate()
        keys.deallocate()
    }

    /// A key sounds at the moment.
    var isSounding: Bool {
        let status = dtmf_rx_status(detector)
        return status != 0 && status != Int32(UInt8(ascii: "x"))
    }

    /// The next key that was heard, as RFC 4733 numbers it.
    func take() -> UInt8? {
        guard keyCount > 0 else { return nil }
        let code = keys[0]
        keyCount -= 1
        for index in 0..<keyCount { keys[index] = keys[index + 1] }
        return code
    }

    /// Takes decoded samples of one packet.
    func hear(_ samples: Span<Int16>) {
        guard thirding != nil else { return hearThere(samples) }
        let room = wide.samples
        let count = samples.withUnsafeBufferPointer { thirding?.third($0, into: room) ?? 0 }
        hearThere(UnsafeBufferPointer(rebasing: wide.samples[..<count]).span)
    }

    private func hearThere(_ samples: Span<Int16>) {
        let narrow = narrow
        var count = min(samples.count, narrow.count)
        if halving != nil {
            count = halving?.halve(samples) { narrow[$0] = $1 } ?? 0
        } else {
            for index in 0..<count { narrow[index] = samples[index] }
        }
        detect(count)
    }

    /// A packet is missing: what was heard before it goes on.
    func passOver() { _ = dtmf_rx_fillin(detector, 0) }

    /// Nothing was said for so many samples at the narrow rate.
    func rest(_ count: Int) {
        let count = min(count, narrow.count)
        for index in 0..<count { narrow[index] = 0 }
        detect(count)
    }

    private func detect(_ count: Int) {
        _ = dtmf_rx(detector, narrow.baseAddress, Int32(count))
        let foundCount = dtmf_rx_get(detector, found.baseAddress, Int32(Self.keysInPacket))
        for index in 0..<min(foundCount, Self.keysInPacket) {
            let scalar = Unicode.Scalar(UInt8(bitPattern: found[index]))
            guard let code = TelephoneEvent.code(of: Character(scalar)) else { continue }
            if keyCount == keys.count { _ = take() }
            keys[keyCount] = code
            keyCount += 1
        }
    }
}
