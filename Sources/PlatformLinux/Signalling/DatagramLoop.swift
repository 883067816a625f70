import CLinux
import Glibc
import Platform
import Synchronization

/// All UDP listeners on one epoll thread: receives, sends what had to wait, reports failures, and
/// runs the jobs of the owners who take what came.
final class DatagramLoop: Sendable {
    /// Datagrams taken from one socket before the others have their turn.
    private static var budget: Int { 64 }
    /// From batch to batch under steady traffic, where this loop is host to the owners: no person at a
    /// telephone notices it, and a call costs a quarter less.
    private static var pace: Duration { .milliseconds(4) }
    /// In microseconds: beyond it a datagram's sender has sent it again several times.
    private static var longestWait: Int64 { 10_000_000 }
    /// The largest datagram that IP can carry, and one more byte.
    private static var bufferSize: Int { 65_536 }
    /// Failures that wait to be reported; more are only counted, and a timer finds out.
    private static var reportLimit: Int { 4096 }

    private struct Pending {
        var reports: [NetworkEvent] = []
        var isStopping = false
    }

    private let sockets: [DatagramSocket]
    private let routes: RouteTable
    private let sink: any NetworkSink
    private let time: any TimeSource
    private let count: SignallingCount
    private let executor: OwnersExecutor?
    private let epoll: Int32
    /// Wakes the loop: an eventfd.
    private let bell: Int32
    private let pending = Mutex(Pending())
    private let thread = Mutex<PlatformThread?>(nil)

    init(
        sockets: [DatagramSocket], routes: RouteTable, sink: any NetworkSink,
        time: any TimeSource, count: SignallingCount, executor: OwnersExecutor?
    ) throws(SignallingError) {
        self.executor = executor
        self.sockets = sockets
        self.routes = routes
        self.sink = sink
        self.time = time
        self.count = count
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard epoll >= 0, bell >= 0 else { throw .noFilesLeft }
        watch(bell, index: sockets.count, EPOLL_CTL_ADD, EPOLLIN.rawValue)
        for (index, socket) in sockets.enumerated() {
            watch(socket.descriptor, index: index, EPOLL_CTL_ADD, EPOLLIN.rawValue)
        }
    }

    deinit {
        close(epoll)
        close(bell)
    }

    func start() throws(SignallingError) {
        do {
            let started = try PlatformThread(
                named: "sip-udp", stackSize: OwnersExecutor.stackSize
            ) { [self] in run() }
            thread.withLock { $0 = started }
        } catch {
            throw .threadRefused(error)
        }
    }

    /// Sends on the caller's thread. A failure is reported from the loop's.
    func send(_ bytes: [UInt8], on flow: Flow) {
        guard let index = sockets.firstIndex(where: { $0.listener == flow.listener }) else {
            return report(flow, "no such listener")
        }
        switch sockets[index].send(bytes, on: flow) {
        case .sent:
            count.datagramsSent.increment()
        case .waiting:
            watch(
                sockets[index].descriptor, index: index, EPOLL_CTL_MOD,
                EPOLLIN.rawValue | EPOLLOUT.rawValue)
        case .lost:
            count.datagramsLost.increment()
        case .failed(let code):
            count.datagramsFailed.increment()
            report(flow, systemErrorText(code))
        }
    }

    /// Ends the thread and closes the sockets. What was sent before has left, as far as the card
    /// takes it at once.
    func shutdown() {
        pending.withLock { $0.isStopping = true }
        ring()
        thread.withLock { $0 }?.join()
        for socket in sockets {
            _ = socket.flush()
            socket.close()
        }
    }

    // MARK: The loop's thread

    private func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let host = beginHosting()
        defer { host?.endHosting() }
        var pace = BatchPace(Self.pace)
        while true {
            let mayWait = host?.hostMayWait() ?? true
            let ready = epoll_wait(epoll, &events, Int32(events.count), mayWait ? -1 : 0)
            host?.hostIsBack()
            if mayWait { pace.begin(at: Monitor.monotonicNow) }
            for event in events.prefix(Int(max(0, ready))) {
                let index = Int(event.data.u32)
                if index == sockets.count {
                    var value: UInt64 = 0
                    _ = read(bell, &value, 8)
                } else {
                    serve(sockets[index], index, event.events, buffer)
                }
            }
            if deliverReports() { return }
            guard let host else { continue }
            host.runSome()
            if !host.hasJobs, let end = pace.end(now: Monitor.monotonicNow) {
                PlatformThread.sleep(untilMonotonic: end)
            }
        }
    }

    /// The owners' jobs run here from now on, unless another loop has them.
    private func beginHosting() -> OwnersExecutor? {
        guard let executor, executor.beginHosting({ [weak self] in self?.ring() }) else {
            return nil
        }
        return executor
    }

    private func serve(
        _ socket: DatagramSocket, _ index: Int, _ events: UInt32,
        _ buffer: UnsafeMutableRawBufferPointer
    ) {
        if events & EPOLLERR.rawValue != 0 { takeErrors(socket) }
        if events & EPOLLOUT.rawValue != 0 {
            let (isWaiting, failed) = socket.flush()
            for (flow, code) in failed { fail(flow, code) }
            if !isWaiting { watchIdle(socket, index) }
        }
        if events & EPOLLIN.rawValue != 0 { takeDatagrams(socket, buffer) }
    }

    /// Waits for datagrams only, unless a sender came in between.
    private func watchIdle(_ socket: DatagramSocket, _ index: Int) {
        watch(socket.descriptor, index: index, EPOLL_CTL_MOD, EPOLLIN.rawValue)
        if socket.isWaiting {
            watch(
                socket.descriptor, index: index, EPOLL_CTL_MOD,
                EPOLLIN.rawValue | EPOLLOUT.rawValue)
        }
    }

    private func takeDatagrams(_ socket: DatagramSocket, _ buffer: UnsafeMutableRawBufferPointer) {
        var datagram = clinux_datagram()
        for _ in 0..<Self.budget {
            let code = -clinux_datagram_receive(
                socket.descriptor, buffer.baseAddress, buffer.count, &datagram)
            if code == EAGAIN { return }
            // Anything else is an error of an earlier datagram, cleared by being told.
            guard code == 0, datagram.length > 0, datagram.length <= buffer.count else { continue }
            let now = time.now
            guard sink.admits(datagram.remote.socketAddress.address, at: now) else {
                count.datagramsTurnedAway.increment()
                continue
            }
            let bytes = [UInt8](UnsafeRawBufferPointer(rebasing: buffer[..<datagram.length]))
            if datagram.remote.scope != 0 {
                socket.learn(datagram.remote.ipAddress, scope: datagram.remote.scope)
            }
            count.datagramsReceived.increment()
            let arrival = Self.arrival(
                arrived: datagram.arrived, now: now, wallTime: time.wallTime)
            sink.receive(.received(bytes, on: flow(of: datagram, on: socket), at: arrival))
        }
    }

    /// Since when a datagram waits: while this loop is busy, in the kernel, and there the most of them.
    ///
    /// - Parameter arrived: microseconds of the wall clock; 0: unknown. That clock may have been set
    ///   meanwhile, so that no wait of more than ten seconds is believed.
    static func arrival(arrived: Int64, now: Instant, wallTime: WallTime) -> Instant {
        guard arrived > 0 else { return now }
        let (waited, isAbsurd) = wallTime.microseconds.subtractingReportingOverflow(arrived)
        guard !isAbsurd, waited > 0 else { return now }
        return now + .nanoseconds(-min(waited, Self.longestWait) * 1000)
    }

    /// Empties the error queue; the socket would be ready for ever otherwise.
    private func takeErrors(_ socket: DatagramSocket) {
        var datagram = clinux_datagram()
        var taken = 0
        while taken < Self.budget {
            guard clinux_datagram_error(socket.descriptor, &datagram) == 0 else { break }
            taken += 1
            // 0: a report that RFC 3261 §18.4 has us ignore.
            guard datagram.error != 0 else { continue }
            fail(flow(of: datagram, on: socket), Int32(datagram.error))
        }
        if taken == 0 { _ = clinux_pending_error(socket.descriptor) }
    }

    private func flow(of datagram: clinux_datagram, on socket: DatagramSocket) -> Flow {
        let remote = datagram.remote.socketAddress
        var local = socket.bound
        if local.address.isUnspecified {
            local.address =
                datagram.has_local
                ? datagram.local.ipAddress
                : routes.flow(to: remote)?.local.address ?? local.address
        }
        return Flow(
            transport: .udp, listener: socket.listener, local: local, remote: remote,
            connection: 0)
    }

    private func fail(_ flow: Flow, _ code: Int32) {
        count.datagramsFailed.increment()
        sink.receive(.sendFailed(flow, reason: systemErrorText(code)))
    }

    /// True when the loop has to end.
    private func deliverReports() -> Bool {
        let (reports, isStopping) = pending.withLock { pending in
            let reports = pending.reports
            pending.reports = []
            return (reports, pending.isStopping)
        }
        for report in reports { sink.receive(report) }
        return isStopping
    }

    // MARK: Any thread

    /// Never tells the sink from within `send`: the caller may hold what the sink needs.
    private func report(_ flow: Flow, _ reason: String) {
        let isNew = pending.withLock { pending -> Bool in
            guard pending.reports.count < Self.reportLimit else { return false }
            pending.reports.append(.sendFailed(flow, reason: reason))
            return pending.reports.count == 1
        }
        if isNew { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func watch(_ descriptor: Int32, index: Int, _ operation: Int32, _ events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.u32 = UInt32(index)
        epoll_ctl(epoll, operation, descriptor, &event)
    }
}
