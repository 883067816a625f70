import Platform
import Synchronization

/// A hash over all that happened, in order (FNV-1a by words, with a fold).
struct TraceHash: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 29
    }

    /// Eight bytes a step, then the rest, then the count.
    mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest = UInt64(truncatingIfNeeded: bytes.count)
        for byte in bytes[offset...] { rest = rest << 8 | UInt64(byte) }
        mix(rest)
    }

    mutating func mix(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { mix($0) }
    }

    mutating func mix(_ text: String) {
        var text = text
        text.withUTF8 { mix(UnsafeRawBufferPointer($0)) }
    }
}

/// What happened in a simulated world: always as a hash, as readable lines where asked.
///
/// Two runs are the same when their hashes are: every choice of the scheduler, every datagram and
/// every recorded event is in it.
public final class Trace: Sendable {
    private struct Record {
        var hash = TraceHash()
        var eventCount = 0
    }

    private let record = Mutex(Record())
    private let output: (@Sendable (String) -> Void)?
    /// Who else hears of every recorded event.
    let observer = Mutex<EventObserver?>(nil)

    /// - Parameter output: takes each line of the readable trace; nil composes none.
    public init(output: (@Sendable (String) -> Void)?) {
        self.output = output
    }

    public var isReadable: Bool { output != nil }
    public var hash: UInt64 { record.withLock { $0.hash.value } }
    public var eventCount: Int { record.withLock { $0.eventCount } }

    func mix(_ word: UInt64) {
        record.withLock { $0.hash.mix(word) }
    }

    func mix(_ bytes: [UInt8], at now: Instant) {
        record.withLock { record in
            record.hash.mix(UInt64(bitPattern: now.nanoseconds))
            record.hash.mix(bytes)
        }
    }

    /// Adds an event of one owner.
    func add(_ event: RecordedEvent, from source: String, at now: Instant) {
        record.withLock { record in
            record.eventCount += 1
            record.hash.mix(UInt64(bitPattern: now.nanoseconds))
            record.hash.mix(source)
            record.hash.mix(event.name)
            for detail in event.details {
                record.hash.mix(detail.key)
                record.hash.mix(detail.value)
            }
        }
        if let observer = observer.withLock({ $0 }) { observer.see(event, source) }
        guard output != nil else { return }
        let details = event.details.map { " \($0.key)=\($0.value)" }.joined()
        note("\(event.name)\(details)", from: source, at: now)
    }

    /// Writes a line for the reader only; it is not part of the hash.
    func note(_ text: @autoclosure () -> String, from source: String, at now: Instant) {
        guard let output else { return }
        output("\(Self.seconds(now)) \(source): \(text())")
    }

    /// Seconds with six decimals, aligned for ten days.
    private static func seconds(_ instant: Instant) -> String {
        let microseconds = instant.nanoseconds / 1000
        let whole = String(microseconds / 1_000_000)
        let fraction = String(microseconds % 1_000_000)
        return String(repeating: " ", count: max(0, 6 - whole.count)) + whole + "."
            + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

/// Sees each event and who recorded it.
///
/// A struct around the closure: a bare one would be wrapped once more at every access of the mutex.
struct EventObserver: Sendable {
    let see: @Sendable (_ event: RecordedEvent, _ source: String) -> Void
}

/// Records the events of one owner of the world, say one host, into the trace.
public struct TraceRecorder: EventRecorder {
    private let trace: Trace
    private let source: String
    private let time: any TimeSource

    public init(trace: Trace, source: String, time: any TimeSource) {
        self.trace = trace
        self.source = source
        self.time = time
    }

    public var level: RecordedEvent.Level { .debug }

    public func record(_ event: RecordedEvent) {
        trace.add(event, from: source, at: time.now)
    }
}
