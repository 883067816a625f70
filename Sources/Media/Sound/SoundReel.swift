import Synchronization

/// What is recorded, on its way from a media loop to the disk: frames of 20 ms in one or two tracks,
/// 16,000 samples a second.
///
/// One media loop writes, one other thread takes. It holds ``capacity``; what comes while it is full,
/// because the disk is slow, is counted and becomes silence. Nobody waits.
public final class SoundReel: @unchecked Sendable {
    // Frames between `taken` and `written` are the taker's, all others the writer's: hence @unchecked.
    /// Samples of a frame, one track.
    public static var frameSize: Int { SoundKind.wide / SoundLimits.framesASecond }
    /// In frames: eight seconds, for a disk that takes its time.
    public static var capacity: Int { 8 * SoundLimits.framesASecond }

    /// 1 or 2.
    public let trackCount: Int
    private let samples: UnsafeMutableBufferPointer<Int16>
    private let written = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)

    /// What was taken from it.
    public struct Stretch: Sendable {
        /// Frame by frame, of each its tracks one after the other.
        public var samples: [Int16]
        public var frameCount: Int
        /// Frames that were dropped after these: nobody took any.
        public var droppedCount: Int
    }

    public init(trackCount: Int) {
        self.trackCount = min(max(1, trackCount), 2)
        let count = Self.capacity * Self.frameSize * self.trackCount
        // Pages that are never written to take no memory, and each frame is written before it is read.
        samples = .allocate(capacity: count)
    }

    deinit { samples.deallocate() }

    /// Nothing is to be written to it any more.
    public var isClosed: Bool { closed.load(ordering: .acquiring) }

    public func close() { closed.store(true, ordering: .releasing) }

    /// Room for the next frame, all tracks of it; nil where it is full: then that frame is dropped.
    /// The media loop's alone; ``commit()`` follows.
    func next() -> UnsafeMutableBufferPointer<Int16>? {
        let place = written.load(ordering: .relaxed)
        guard place - taken.load(ordering: .acquiring) < Self.capacity else {
            dropped.wrappingAdd(1, ordering: .relaxed)
            return nil
        }
        let size = Self.frameSize * trackCount
        let start = place % Self.capacity * size
        return UnsafeMutableBufferPointer(rebasing: samples[start..<start + size])
    }

    /// The frame is whole.
    func commit() { written.wrappingAdd(1, ordering: .releasing) }

    /// Takes all that stands on it; the taker's alone.
    public func take() -> Stretch {
        // Those were dropped after what stands on it now, because there was no room.
        let droppedCount = dropped.exchange(0, ordering: .relaxed)
        let end = written.load(ordering: .acquiring)
        let start = taken.load(ordering: .relaxed)
        let size = Self.frameSize * trackCount
        var stretch = Stretch(
            samples: [], frameCount: end - start, droppedCount: droppedCount)
        stretch.samples.reserveCapacity((end - start) * size)
        for frame in start..<end {
            let place = frame % Self.capacity * size
            stretch.samples += samples[place..<place + size]
        }
        taken.store(end, ordering: .releasing)
        return stretch
    }
}

extension SoundReel: Hashable {
    public static func == (one: SoundReel, other: SoundReel) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
