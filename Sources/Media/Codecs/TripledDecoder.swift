/// A codec of a lower rate, heard at 48,000 samples a second: for a party of a room that speaks Opus and
/// sends something else for a while.
final class TripledDecoder: SoundDecoder {
    private let inner: any SoundDecoder
    private var tripling = Tripling(limit: SoundLimits.samplesInPacket)
    private let wide = FrameRoom(count: SoundLimits.samplesInPacket)

    /// - Parameter inner: at ``SoundKind/wide``.
    init?(_ inner: (any SoundDecoder)?) {
        guard let inner else { return nil }
        self.inner = inner
    }

    func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let target = wide.samples
        var room = target.mutableSpan
        let count = inner.decode(payload, into: &room)
        guard 3 * count <= samples.count else { return 0 }
        let source = UnsafeBufferPointer(rebasing: target[..<count])
        return samples.withUnsafeMutableBufferPointer { tripling.triple(source, into: $0) }
    }
}
