import CLinux
import Glibc
import Media
import Platform
import Synchronization

/// Why the media plane can't start.
public enum MediaLoopsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No network, an advertised address that nobody can send to, or no pair in the port range.
    case badConfiguration(String)
    /// The address is not one of this machine's.
    case addressNotAvailable(IPAddress, code: Int32)
    /// The system refused a descriptor or a thread.
    case system(String, code: Int32)

    public var description: String {
        switch self {
        case .badConfiguration(let what): "media: \(what)"
        case .addressNotAvailable(let address, let code):
            "media: cannot bind to \(address): \(String(cString: clinux_error_text(code)));"
                + " is it an address of this machine?"
        case .system(let what, let code):
            "media: \(what): \(String(cString: clinux_error_text(code)))"
        }
    }
}

/// The live media plane: one epoll thread per core, each with a ``MediaCore`` of its own.
///
/// Legs are spread over the loops by their `callKey`, so that both legs of a call meet on one. Each
/// loop takes commands from one ordered mailbox; events come from the loop's thread.
public final class MediaLoops: MediaPlane {
    private let loops: [MediaLoop]
    private let places: LegPlaces
    private let handshakes: HandshakeDesk?
    private let threads: Mutex<[PlatformThread]>

    /// Starts the loops.
    ///
    /// - Parameters:
    ///   - ports: what ports are taken from; nil for a pool that remembers nothing.
    ///   - loopCount: threads; nil for one per core.
    ///   - time: stamps packets and deadlines.
    ///   - handshakes: makes keys (DTLS-SRTP); nil where no description may ask for that.
    ///   - owners: whose jobs post here.
    public init(
        configuration: MediaConfiguration, ports: SharedPorts? = nil, loopCount: Int? = nil,
        time: any TimeSource, handshakes: HandshakeDesk? = nil, owners: OwnersExecutor? = nil
    ) throws(MediaLoopsError) {
        try Self.check(configuration)
        let cores = loopCount ?? Int(clinux_processor_count())
        let ports = ports ?? SharedPorts(configuration: configuration)
        places = LegPlaces()
        var loops: [MediaLoop] = []
        for _ in 0..<max(1, cores) {
            loops.append(
                try MediaLoop(
                    configuration: configuration, ports: ports, places: places,
                    time: time, handshakes: handshakes, owners: owners))
        }
        self.loops = loops
        threads = Mutex([])
        self.handshakes = handshakes
        handshakes?.open { [weak self] command in self?.post(command) }
        for (index, loop) in loops.enumerated() {
            do {
                let thread = try PlatformThread(named: "media-\(index)") { loop.run() }
                threads.withLock { $0.append(thread) }
            } catch {
                stop()
                throw .system("starting a thread", code: error.code)
            }
        }
    }

    deinit { stop() }

    public func post(_ command: MediaCommand) {
        switch command {
        case .open(let leg, let setup, let sink):
            let index = loopIndex(for: setup.callKey)
            guard places.add(leg, on: index) else {
                return sink.post(.refused(leg, .badSetup))
            }
            guard loops[index].post(command) else {
                places.remove(leg)
                return sink.post(.refused(leg, .full))
            }
        case .move(let leg, let callKey):
            let index = loopIndex(for: callKey)
            if let former = places.depart(leg, to: index) {
                loops[former].post(.release(leg, to: loops[index]))
            } else if let index = places.loop(for: command, of: leg) {
                loops[index].post(command)
            }
        case .announce(let roomID, _), .recordRoom(let roomID, _):
            loops[loopIndex(for: roomID.number)].post(command)
        case .describe(let leg, _, _), .bridge(let leg, _, _), .attend(let leg, _),
            .record(let leg, _, _, _), .listenForFax(let leg), .unbridge(let leg),
            .transmit(let leg, _, _), .secure(let leg, _, _, _), .close(let leg):
            guard let index = places.loop(for: command, of: leg) else { return }
            loops[index].post(command)
        }
    }

    /// What all loops have done; reading begins a new measure of lateness.
    public var counters: MediaCounters {
        var sum = MediaCounters()
        for loop in loops { loop.count.add(to: &sum) }
        return sum
    }

    /// Closes every leg (`closed` comes for each) and ends the threads. Nothing is relayed after.
    public func stop() {
        for loop in loops { loop.stop() }
        handshakes?.close()
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in running { thread.join() }
    }

    private func loopIndex(for callKey: UInt64) -> Int {
        // Keys may be counted up in steps: spread all their bits (Fibonacci hashing).
        let spread = callKey &* 0x9E37_79B9_7F4A_7C15 >> 32
        return Int(spread % UInt64(loops.count))
    }

    private static func check(_ configuration: MediaConfiguration) throws(MediaLoopsError) {
        guard !configuration.networks.isEmpty else {
            throw .badConfiguration("no address to bind to")
        }
        let pool = PortPool(ports: configuration.ports, restingTime: configuration.restingTime)
        guard pool.freeCount > 0 else {
            throw .badConfiguration(
                "no even port with the odd one above it in \(configuration.ports)")
        }
        for network in configuration.networks {
            guard !network.advertised.isUnspecified, !network.advertised.isMulticast else {
                throw .badConfiguration("\(network.advertised) cannot be advertised")
            }
            guard network.advertised.isIPv4 == network.bind.isIPv4 else {
                throw .badConfiguration(
                    "\(network.bind) and \(network.advertised) are of different families")
            }
            var address = clinux_media_address(
                high: network.bind.high, low: network.bind.low, port: 0)
            let descriptor = clinux_media_open(&address)
            guard descriptor >= 0 else {
                throw .addressNotAvailable(network.bind, code: -descriptor)
            }
            clinux_media_close(descriptor)
        }
    }
}
