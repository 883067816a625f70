import CLinux
import Glibc
import Media
import Platform

/// The fax machines of this exchange, on a thread of their own: modems take CPU, a hundredth of a
/// processor each while they talk.
public final class FaxMachines: FaxPlane {
    private let room: FaxRoom
    private let thread: PlatformThread

    public init(time: SystemTime) throws {
        let room = FaxRoom(time: time)
        self.room = room
        thread = try PlatformThread(named: "fax") { room.work() }
    }

    deinit { room.close() }

    public func answer(
        _ line: FaxLine, as identity: String, tell: @escaping @Sendable (FaxNews) -> Void
    ) {
        if !room.add(line, identity, tell) { tell(.refused) }
    }

    /// Ends all calls, and the thread.
    public func shutdown() {
        room.close()
        thread.join()
    }
}

/// What the thread and those who send it work share.
private final class FaxRoom: @unchecked Sendable {
    /// At a time.
    private static var limit: Int { 64 }
    /// How often lines are looked at: a quarter of a frame.
    private static var interval: Duration { .milliseconds(5) }

    private struct Order {
        var line: FaxLine
        var identity: String
        var tell: @Sendable (FaxNews) -> Void
    }

    // Touched under the monitor only: hence @unchecked.
    private let monitor = Monitor()
    private let time: SystemTime
    private var arriving: [Order] = []
    private var count = 0
    private var isClosing = false

    init(time: SystemTime) {
        self.time = time
    }

    func add(
        _ line: FaxLine, _ identity: String, _ tell: @escaping @Sendable (FaxNews) -> Void
    ) -> Bool {
        monitor.locked {
            guard !isClosing, count < Self.limit else { return false }
            count += 1
            arriving.append(Order(line: line, identity: identity, tell: tell))
            monitor.signal()
            return true
        }
    }

    func close() {
        monitor.locked {
            isClosing = true
            monitor.signal()
        }
    }

    /// The thread's life.
    func work() {
        var machines: [FaxMachine] = []
        while true {
            let (orders, isOver) = wait(isIdle: machines.isEmpty)
            let now = time.now
            for order in orders {
                guard
                    let machine = FaxMachine(
                        order.line, as: order.identity, now: now, tell: order.tell)
                else {
                    order.tell(.refused)
                    monitor.locked { count -= 1 }
                    continue
                }
                machines.append(machine)
            }
            for machine in machines { machine.work(now: now) }
            machines.removeAll { machine in
                guard isOver || machine.isOver else { return false }
                machine.end()
                monitor.locked { count -= 1 }
                return true
            }
            if isOver, machines.isEmpty { return }
        }
    }

    private func wait(isIdle: Bool) -> (orders: [Order], isOver: Bool) {
        monitor.locked {
            while isIdle, arriving.isEmpty, !isClosing { monitor.wait() }
            if !isIdle, arriving.isEmpty, !isClosing {
                monitor.wait(untilMonotonic: time.monotonic(at: time.now + Self.interval))
            }
            defer { arriving = [] }
            return (arriving, isClosing)
        }
    }
}

/// One machine with its line: the thread's alone.
private final class FaxMachine {
    private let line: FaxLine
    private let receiver: FaxReceiver
    private let file: MemoryFile
    private var pages: FaxTIFFReader
    private let tell: @Sendable (FaxNews) -> Void
    private var frame = [Int16](repeating: 0, count: FaxLine.frameSize)
    private var tones = FaxToneDetector()
    /// By T.38: what goes out, what comes, and when the machine's next 20 ms are due.
    private var sender: UDPTLSender
    private var datagrams = UDPTLReceiver()
    private var nextFrame: Instant
    private var hasHeard = false
    private var hasToldHeard = false
    private var pageCount = 0
    private var byteCount = 0

    /// Nil where there is no memory for another one.
    init?(
        _ line: FaxLine, as identity: String, now: Instant,
        tell: @escaping @Sendable (FaxNews) -> Void
    ) {
        guard let file = MemoryFile(named: "fax"),
            let receiver = FaxReceiver(
                path: file.path, identity: identity, image: line.image)
        else { return nil }
        self.line = line
        self.file = file
        self.receiver = receiver
        self.tell = tell
        sender = UDPTLSender(
            line.image?.recovery ?? .redundancy(0), longest: line.image?.longest ?? 0)
        nextFrame = now
        pages = FaxTIFFReader { file.read(from: $0, count: $1) }
    }

    var isOver: Bool { line.isOver || receiver.isOver }

    func work(now: Instant) {
        guard !line.isOver else { return }
        if line.isImage { exchangeImage(now: now) } else { exchangeSound() }
        if hasHeard || receiver.hasHeard, !hasToldHeard {
            hasToldHeard = true
            tell(.heard)
        }
        takePages()
        if byteCount > FaxLimits.bytes { receiver.terminate() }
    }

    private func exchangeSound() {
        var samples = frame.mutableSpan
        while !receiver.isOver, line.heard.takeFrame(into: &samples) {
            if tones.hear(samples.span) == .calling { hasHeard = true }
            receiver.exchange(&samples)
            line.spoken.write(samples.span)
        }
    }

    private func exchangeImage(now: Instant) {
        while !receiver.isOver,
            line.heard.take({ bytes in
                datagrams.receive(bytes.bindMemory(to: UInt8.self).span) {
                    receiver.take($0, number: $1)
                }
            }) != nil
        {}
        // What is late by more is not made up for: a sender would be flooded.
        if now - nextFrame > Self.longestLateness { nextFrame = now }
        while nextFrame <= now, !receiver.isOver {
            nextFrame = nextFrame + .milliseconds(20)
            receiver.passFrame { packet in
                line.spoken.write(sender.datagram(Array(packet)).span)
            }
        }
    }

    private static var longestLateness: Duration { .milliseconds(200) }

    func end() {
        line.end()
        receiver.terminate()
        takePages()
        tell(.ended(receiver.outcome))
    }

    /// Those that have come since.
    private func takePages() {
        guard receiver.pageCount > pageCount else { return }
        while let page = pages.next() {
            pageCount += 1
            byteCount += page.bytes.count
            tell(.page(page))
        }
    }
}

/// A file without a name, in memory, which other libraries may open by a path.
private final class MemoryFile {
    private let descriptor: Int32

    init?(named name: String) {
        descriptor = clinux_memory_file(name)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Nil where fewer are there.
    func read(from place: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, place) }
        return got == count ? bytes : nil
    }
}
