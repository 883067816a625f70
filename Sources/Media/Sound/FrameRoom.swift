/// Room for one frame of samples, on its way from one place to another.
final class FrameRoom {
    let samples: UnsafeMutableBufferPointer<Int16>

    init(count: Int) {
        samples = .allocate(capacity: count)
        samples.initialize(repeating: 0)
    }

    deinit { samples.deallocate() }

    /// Hands over the first samples.
    func withSamples<Result>(_ count: Int, _ body: (Span<Int16>) -> Result) -> Result {
        body(UnsafeBufferPointer(rebasing: samples[..<min(count, samples.count)]).span)
    }
}
