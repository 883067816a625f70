import Media
import Platform
import Synchronization

/// The exchange's fax machines in a simulated world. They speak no T.30: whoever sends for two seconds,
/// by sound or by T.38, has sent a page, and three pages are a fax.
final class SimulatedFaxMachines: FaxPlane {
    /// What a whole fax has.
    static let pageCount = 3

    private let world: World
    /// Those that work, by their number.
    private let machines = Mutex<(last: Int, working: [Int: SimulatedFaxMachine])>((0, [:]))

    /// - Parameter world: the exchange's own seams: with its process its machines are gone.
    init(world: World) {
        self.world = world
    }

    func answer(
        _ line: FaxLine, as identity: String, tell: @escaping @Sendable (FaxNews) -> Void
    ) {
        let number = machines.withLock { machines in
            machines.last += 1
            return machines.last
        }
        let machine = SimulatedFaxMachine(line, tell) { [weak self] in
            _ = self?.machines.withLock { $0.working.removeValue(forKey: number) }
        }
        machines.withLock { $0.working[number] = machine }
        machine.begin(in: world)
    }
}

private final class SimulatedFaxMachine: Sendable {
    private struct Work {
        var alarm: (any Alarm)?
        var sender = UDPTLSender(.redundancy(3))
        var receiver = UDPTLReceiver()
        var frames = 0
        /// Frames or datagrams since the last page.
        var heardCount = 0
        var pageCount = 0
        var hasToldHeard = false
        var isOver = false
    }

    private static let frame = Duration.milliseconds(20)
    private static let framesOfPage = 100
    /// Who hears nothing for so many frames gives up.
    private static let patience = 1_000

    private let line: FaxLine
    private let tell: @Sendable (FaxNews) -> Void
    private let ended: @Sendable () -> Void
    private let work = Mutex(Work())

    init(
        _ line: FaxLine, _ tell: @escaping @Sendable (FaxNews) -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        self.line = line
        self.tell = tell
        self.ended = ended
    }

    func begin(in world: World) {
        let alarm = world.timers.makeAlarm { [weak self] in self?.passFrame(in: world) }
        work.withLock { $0.alarm = alarm }
        alarm.set(world.time.now + Self.frame)
    }

    private func passFrame(in world: World) {
        let news = work.withLock { work -> [FaxNews] in
            guard !work.isOver else { return [] }
            exchange(&work)
            return judge(&work)
        }
        for each in news { tell(each) }
        let alarm = work.withLock { $0.isOver ? $0.alarm.take() : nil }
        if let alarm {
            alarm.set(nil)
            return ended()
        }
        work.withLock { $0.alarm }?.set(world.time.now + Self.frame)
    }

    /// Takes what came, and answers.
    private func exchange(_ work: inout Work) {
        if line.isImage {
            var count = 0
            while line.heard.take({ bytes in
                work.receiver.receive(bytes.bindMemory(to: UInt8.self).span) { _, _ in count += 1 }
            }) != nil {}
            work.heardCount += count
            line.spoken.write(work.sender.datagram([0x06]).span)
            return
        }
        var frame = [Int16](repeating: 0, count: FaxLine.frameSize)
        var samples = frame.mutableSpan
        while line.heard.takeFrame(into: &samples) {
            if (0..<samples.count).contains(where: { samples[$0] != 0 }) { work.heardCount += 1 }
        }
        for index in 0..<samples.count { samples[index] = index % 2 == 0 ? 4_000 : -4_000 }
        line.spoken.write(samples.span)
    }

    private func judge(_ work: inout Work) -> [FaxNews] {
        var news: [FaxNews] = []
        work.frames += 1
        if work.heardCount > 0, !work.hasToldHeard {
            work.hasToldHeard = true
            news.append(.heard)
        }
        if work.frames % Self.framesOfPage == 0, work.heardCount > 0 {
            work.heardCount = 0
            work.pageCount += 1
            news.append(
                .page(
                    FaxPage(
                        width: 1_728, height: 100 + work.pageCount,
                        bytes: [UInt8](repeating: UInt8(work.pageCount), count: 40))))
        }
        let isComplete = work.pageCount == SimulatedFaxMachines.pageCount
        guard line.isOver || isComplete || work.frames > Self.patience else { return news }
        work.isOver = true
        line.end()
        news.append(
            .ended(
                FaxOutcome(
                    pageCount: work.pageCount, bitRate: 9_600, sender: "simulated",
                    isComplete: isComplete, words: isComplete ? "OK" : "the call ended")))
        return news
    }
}
