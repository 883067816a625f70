import Platform
import Synchronization

/// One fax call between a media loop and the machine that works on a thread of its own.
///
/// By sound: frames of 20 ms at 8,000 samples a second. By T.38: datagrams (UDPTL).
public final class FaxLine: Sendable {
    /// What the remote machine sends.
    public let heard: FaxRing
    /// What ours sends.
    public let spoken: FaxRing
    /// By T.38: what the remote machine's side says of itself; nil: by sound.
    public let image: UDPTLTerms?
    private let over = Atomic<Bool>(false)

    public init(image: UDPTLTerms? = nil) {
        self.image = image
        // A third of a second of sound; of datagrams far more than any machine has under way.
        let room =
            image != nil
            ? (count: 64, size: UDPTLLimits.datagram, cushion: 1)
            : (count: 16, size: Self.frameSize * 2, cushion: 3)
        heard = FaxRing(capacity: room.count, size: room.size, cushion: 1)
        spoken = FaxRing(capacity: room.count, size: room.size, cushion: room.cushion)
    }

    public var isImage: Bool { image != nil }

    /// Samples of a frame of sound.
    public static var frameSize: Int { SoundKind.narrow / SoundLimits.framesASecond }

    /// Nobody listens any more, or nothing is to be said.
    public var isOver: Bool { over.load(ordering: .acquiring) }

    public func end() { over.store(true, ordering: .releasing) }
}

extension FaxLine: Hashable {
    public static func == (one: FaxLine, other: FaxLine) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Pieces on their way from one thread to one other; what comes while it is full is dropped. No locks,
/// and nothing is allocated after it was made.
public final class FaxRing: @unchecked Sendable {
    // Places between `taken` and `written` are the taker's, all others the writer's; `isFlowing` is the
    // taker's alone: hence @unchecked.
    private let capacity: Int
    private let size: Int
    private let cushion: Int
    private let bytes: UnsafeMutableRawBufferPointer
    private let lengths: UnsafeMutableBufferPointer<Int>
    private let written = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)
    private var isFlowing = false

    /// - Parameters:
    ///   - size: of the longest piece, in bytes.
    ///   - cushion: so many have to be there before the first is taken, and again after it was empty:
    ///     a writer that is late by a moment is not heard to be.
    init(capacity: Int, size: Int, cushion: Int) {
        self.capacity = capacity
        self.size = size
        self.cushion = cushion
        bytes = .allocate(byteCount: capacity * size, alignment: 16)
        lengths = .allocate(capacity: capacity)
        lengths.initialize(repeating: 0)
    }

    deinit {
        bytes.deallocate()
        lengths.deallocate()
    }

    /// Pieces that found no room, or were too long.
    public var droppedCount: Int { dropped.load(ordering: .relaxed) }

    /// The writer's alone. False where there is no room.
    @discardableResult
    public func write(_ piece: Span<UInt8>) -> Bool {
        piece.withUnsafeBytes { write($0) }
    }

    /// The writer's alone. False where there is no room.
    @discardableResult
    public func write(_ frame: Span<Int16>) -> Bool {
        frame.withUnsafeBytes { write($0) }
    }

    private func write(_ piece: UnsafeRawBufferPointer) -> Bool {
        let place = written.load(ordering: .relaxed)
        guard place - taken.load(ordering: .acquiring) < capacity, piece.count <= size else {
            dropped.wrappingAdd(1, ordering: .relaxed)
            return false
        }
        let index = place % capacity
        if piece.count > 0 {
            UnsafeMutableRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
                .copyMemory(from: piece)
        }
        lengths[index] = piece.count
        written.store(place + 1, ordering: .releasing)
        return true
    }

    /// The taker's alone; nil where there is none, or the cushion is not full yet.
    public func take<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        let place = taken.load(ordering: .relaxed)
        let count = written.load(ordering: .acquiring) - place
        if count == 0 { isFlowing = false }
        guard isFlowing ? count > 0 : count >= cushion else { return nil }
        isFlowing = true
        let index = place % capacity
        let piece = UnsafeRawBufferPointer(
            rebasing: bytes[index * size..<index * size + lengths[index]])
        let value = body(piece)
        taken.store(place + 1, ordering: .releasing)
        return value
    }

    /// The next frame of sound; silence where there is none. The taker's alone.
    @discardableResult
    public func takeFrame(into frame: inout MutableSpan<Int16>) -> Bool {
        let count = min(FaxLine.frameSize, frame.count)
        let isThere: Bool = frame.withUnsafeMutableBytes { room in
            let taken: Bool? = take { piece in
                let length = min(piece.count, count * 2)
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[..<length]))
                return true
            }
            return taken ?? false
        }
        guard !isThere else { return true }
        for index in 0..<count { frame[index] = 0 }
        return false
    }
}
