import CLinux
import Glibc
import Media
import Platform
import Synchronization

/// Takes events from the loops' threads and lets a test wait for them.
final class EventTrap: MediaSink {
    private let events = Mutex<[MediaEvent]>([])
    /// An eventfd: `poll` waits on it, with a deadline.
    private let bell = clinux_media_bell_open()

    deinit { clinux_media_close(bell) }

    func post(_ event: MediaEvent) {
        events.withLock { $0.append(event) }
        clinux_media_bell_ring(bell)
    }

    /// The first event that fits, taken out; nil after ten seconds.
    func wait<T>(_ fits: (MediaEvent) -> T?) -> T? {
        while true {
            let found = events.withLock { events -> T? in
                for (index, event) in events.enumerated() {
                    guard let found = fits(event) else { continue }
                    events.remove(at: index)
                    return found
                }
                return nil
            }
            if let found { return found }
            guard isReadable(bell, within: 10_000) else { return nil }
            clinux_media_bell_silence(bell)
        }
    }

    /// The ports of a leg once it is open.
    func opened(_ leg: MediaLegID) -> [LocalStream]? {
        wait { if case .opened(leg, let local) = $0 { local } else { nil } }
    }

    func closed(_ leg: MediaLegID) -> MediaCounters? {
        wait { if case .closed(leg, let counters) = $0 { counters } else { nil } }
    }

    func refusal(_ leg: MediaLegID) -> MediaRefusal? {
        wait { if case .refused(leg, let reason) = $0 { reason } else { nil } }
    }
}

/// Waits for a descriptor with a deadline.
func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
}

/// A socket on loopback that plays a phone's media.
final class LoopbackPhone {
    let address: SocketAddress
    private let descriptor: Int32
    private let isV6: Bool

    init?(_ ip: IPAddress = .loopbackV4) {
        var address = clinux_media_address(high: ip.high, low: ip.low, port: 0)
        descriptor = clinux_media_open(&address)
        isV6 = !ip.isIPv4
        let port = descriptor >= 0 ? clinux_media_port(descriptor) : -1
        guard port > 0 else { return nil }
        self.address = SocketAddress(address: ip, port: UInt16(port))
    }

    deinit { clinux_media_close(descriptor) }

    @discardableResult
    func send(_ bytes: [UInt8], to remote: SocketAddress) -> Bool {
        var to = clinux_media_address(
            high: remote.address.high, low: remote.address.low, port: remote.port)
        return clinux_media_send(descriptor, bytes, bytes.count, &to, isV6) == Int32(bytes.count)
    }

    /// The next packet and its source; nil where none comes in time.
    func receive(within milliseconds: Int32 = 10_000) -> (bytes: [UInt8], from: SocketAddress)? {
        guard isReadable(descriptor, within: milliseconds) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 10_000)
        var source = clinux_media_address()
        let count = clinux_media_receive(descriptor, &buffer, buffer.count, &source)
        guard count >= 0 else { return nil }
        let address = IPAddress(high: source.high, low: source.low)
        return (
            Array(buffer[..<Int(count)]), SocketAddress(address: address, port: source.port)
        )
    }
}
