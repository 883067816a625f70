import Platform
import PlatformLinux

/// Keeps every event of a network, for tests that wait for some of them.
final class Witness: NetworkSink {
    private let events: Arrivals<NetworkEvent>
    /// Called for each event, before it is kept.
    private let answer: @Sendable (NetworkEvent) -> Void

    init(answer: @escaping @Sendable (NetworkEvent) -> Void = { _ in }) throws {
        events = try Arrivals()
        self.answer = answer
    }

    func receive(_ event: NetworkEvent) {
        answer(event)
        events.add(event)
    }

    var all: [NetworkEvent] { events.values }

    func wait<Found: Sendable>(
        for what: String, _ find: @escaping @Sendable ([NetworkEvent]) -> Found?
    ) async throws -> Found {
        try await events.wait(for: what, find)
    }

    /// The first datagram or bytes that came, and their flow.
    func received(_ number: Int = 1) async throws -> (bytes: [UInt8], flow: Flow) {
        try await wait(for: "bytes") { events in
            let received = events.compactMap { event -> ([UInt8], Flow)? in
                if case .received(let bytes, let flow, _) = event { (bytes, flow) } else { nil }
            }
            return received.count >= number ? received[number - 1] : nil
        }
    }

    /// All bytes of a stream, as soon as there are that many.
    func bytes(_ count: Int, on flow: Flow) async throws -> [UInt8] {
        try await wait(for: "\(count) bytes on \(flow)") { events in
            var bytes: [UInt8] = []
            for case .received(let part, on: flow, _) in events { bytes += part }
            return bytes.count >= count ? bytes : nil
        }
    }

    /// The flow of an accepted stream, the first unless said otherwise.
    func accepted(_ number: Int = 1) async throws -> Flow {
        try await wait(for: "accepted stream \(number)") { events in
            let flows = events.compactMap { event -> Flow? in
                if case .opened(let flow, nil) = event { flow } else { nil }
            }
            return flows.count >= number ? flows[number - 1] : nil
        }
    }

    /// The flow of a stream that was asked for, or why there is none.
    func outcome(of attempt: ConnectionAttempt) async throws -> Result<Flow, NotInTime> {
        try await wait(for: "an outcome of \(attempt)") { events in
            for event in events {
                switch event {
                case .opened(let flow, attempt): return .success(flow)
                case .refused(attempt, let reason):
                    return .failure(NotInTime(description: reason))
                case .opened, .refused, .received, .closed, .sendFailed: break
                }
            }
            return nil
        }
    }

    func closed(_ flow: Flow) async throws {
        _ = try await wait(for: "the end of \(flow)") { events -> Bool? in
            for case .closed(flow) in events { return true }
            return nil
        }
    }

    /// Why a flow failed.
    func failure(on flow: Flow) async throws -> String {
        try await wait(for: "a failure on \(flow)") { events in
            for case .sendFailed(flow, let reason) in events { return reason }
            return nil
        }
    }
}

/// A network under test with its witness, started.
struct Site: Sendable {
    let network: LinuxSignalling
    let witness: Witness

    /// Where its first listener is.
    var address: SocketAddress { network.addresses[0] }

    /// A flow of its first listener, a datagram one, to an address.
    func datagramFlow(to remote: SocketAddress) -> Flow {
        Flow(transport: .udp, listener: 0, local: address, remote: remote, connection: 0)
    }

    /// Starts a network, lends it, and shuts it down.
    static func with<Result: Sendable>(
        _ configuration: SignallingConfiguration, witness: Witness? = nil,
        _ body: (Site) async throws -> Result
    ) async throws -> Result {
        let network = LinuxSignalling(configuration: configuration, time: SystemTime())
        let witness = try witness ?? Witness()
        try await network.start(sink: witness)
        do {
            let result = try await body(Site(network: network, witness: witness))
            await network.shutdown()
            return result
        } catch {
            await network.shutdown()
            throw error
        }
    }

    static func with<Result: Sendable>(
        _ transport: TransportKind, _ address: String = "127.0.0.1:0",
        limits: SignallingLimits = .standard, _ body: (Site) async throws -> Result
    ) async throws -> Result {
        try await with(
            SignallingConfiguration(
                listeners: [SignallingListener(transport, try parsed(address))], limits: limits),
            body)
    }

    static func parsed(_ text: String) throws -> SocketAddress {
        guard let address = SocketAddress(text) else {
            throw NotInTime(description: "\(text) is no address")
        }
        return address
    }
}
