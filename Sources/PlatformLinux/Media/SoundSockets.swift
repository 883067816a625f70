import CLinux
import Glibc
import Platform
import Synchronization

/// Sockets for the sound of virtual phones: thousands of them, received on one epoll thread.
///
/// Each has an even port of its own, as RTP wants (RFC 3550 §11). Sending happens on the caller's
/// thread.
public final class SoundSockets: Sendable {
    /// Takes what arrives, on the receiving thread.
    public typealias Receiver =
        @Sendable (_ packet: [UInt8], _ source: SocketAddress, _ now: Instant) -> Void

    /// Ready sockets taken at once.
    private static var batchSize: Int { 128 }
    /// An RTP packet of a phone; longer ones are cut and dropped.
    static var packetLimit: Int { 2048 }
    private static var bellToken: UInt64 { .max }

    private struct Table {
        var sockets: [UInt64: OpenSoundSocket] = [:]
        var lastToken: UInt64 = 0
        var nextPort: UInt16
        var isStopping = false
    }

    private let ports: ClosedRange<UInt16>
    private let time: any TimeSource
    private let poll: Int32
    private let bell: Int32
    private let table: Mutex<Table>
    private let thread = Mutex<PlatformThread?>(nil)

    /// - Parameter ports: where to look for free ones; the even ones count.
    public init(
        ports: ClosedRange<UInt16>, time: any TimeSource
    ) throws(MediaLoopsError) {
        self.ports = ports
        self.time = time
        poll = clinux_media_poll_open()
        guard poll >= 0 else { throw .system("opening an epoll", code: -poll) }
        bell = clinux_media_bell_open()
        guard bell >= 0 else {
            clinux_media_close(poll)
            throw .system("opening an eventfd", code: -bell)
        }
        table = Mutex(Table(nextPort: ports.lowerBound))
        let code = clinux_media_poll_add(poll, bell, Self.bellToken)
        guard code >= 0 else { throw .system("watching an eventfd", code: -code) }
    }

    deinit {
        clinux_media_close(poll)
        clinux_media_close(bell)
    }

    /// Starts the receiving thread.
    public func start() throws(PlatformThread.Failure) {
        let started = try PlatformThread(named: "sound") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Ends the thread and closes what is open.
    public func shutdown() {
        let open = table.withLock { table in
            table.isStopping = true
            return Array(table.sockets.values)
        }
        clinux_media_bell_ring(bell)
        thread.withLock { $0 }?.join()
        for socket in open { socket.close() }
    }

    /// How many are open.
    public var openCount: Int { table.withLock { $0.sockets.count } }

    /// Opens a socket on that address; nil where no port or no file is left.
    public func open(
        on address: IPAddress, _ receive: @escaping Receiver
    ) -> OpenSoundSocket? {
        let choiceCount = (Int(ports.upperBound) - Int(ports.lowerBound)) / 2 + 1
        for _ in 0..<choiceCount {
            let (port, token) = table.withLock { nextChoice(&$0) }
            var bound = clinux_media_address(high: address.high, low: address.low, port: port)
            let descriptor = clinux_media_open(&bound)
            if descriptor == -EADDRINUSE { continue }
            guard descriptor >= 0 else { return nil }
            let socket = OpenSoundSocket(
                address: SocketAddress(address: address, port: port), descriptor: descriptor,
                receive: receive, forget: { [weak self] in self?.forget(token) })
            table.withLock { $0.sockets[token] = socket }
            guard clinux_media_poll_add(poll, descriptor, token) >= 0 else {
                socket.close()
                return nil
            }
            return socket
        }
        return nil
    }

    private func nextChoice(_ table: inout Table) -> (port: UInt16, token: UInt64) {
        let port = table.nextPort | 1 == table.nextPort ? table.nextPort &+ 1 : table.nextPort
        let next = port.addingReportingOverflow(2)
        let isPast = next.overflow || next.partialValue > ports.upperBound
        table.nextPort = isPast ? ports.lowerBound : next.partialValue
        table.lastToken += 1
        return (port, table.lastToken)
    }

    private func forget(_ token: UInt64) {
        table.withLock { $0.sockets[token] = nil }
    }

    private func run() {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.packetLimit)
        defer { buffer.deallocate() }
        var tokens = [UInt64](repeating: 0, count: Self.batchSize)
        while true {
            let count = clinux_media_poll(poll, &tokens, Int32(Self.batchSize), -1)
            let now = time.now
            for token in tokens.prefix(Int(max(0, count))) {
                if token == Self.bellToken {
                    clinux_media_bell_silence(bell)
                    if table.withLock({ $0.isStopping }) { return }
                } else {
                    table.withLock { $0.sockets[token] }?.take(into: buffer, now: now)
                }
            }
        }
    }
}
