import Platform
import PlatformLinux
import SIPStack
import Sim
import Synchronization

/// Where a phone of the load stands: this machine, its sockets shared with the others.
struct LivePlace: PhonePlace {
    let name: String
    let network: LoadNetwork
    let sound: LiveSound

    func signallingAddress(_ transport: TransportKind) -> SocketAddress {
        network.contactAddress
    }

    /// The phones of a load write as the stack does: none has an accent.
    func makeTransport(
        number: String, world: World, sink: any SIPSink, accent: PhoneAccent?
    ) -> SIPTransport {
        network.transport(for: number, sink: sink)
    }

    func openSound(_ hear: @escaping SoundReceiver) -> (any SoundSocket)? { sound.open(hear) }

    var soundTimers: (any Timers)? { sound.timers }
}

/// The sound of all phones: a socket for each call, or none where nothing is said.
final class LiveSound: Sendable {
    let timers: (any Timers)?
    private let local: IPAddress
    private let isPublicAllowed: Bool
    private let sockets: SoundSockets?
    private let withheld = Atomic<Int>(0)

    /// - Parameters:
    ///   - sockets: nil where nothing is said: the descriptions then name a port where nobody
    ///     listens.
    ///   - timers: say when to speak, apart from those of the signalling.
    init(
        local: IPAddress, sockets: SoundSockets?, timers: (any Timers)?, isPublicAllowed: Bool
    ) {
        self.local = local
        self.sockets = sockets
        self.timers = timers
        self.isPublicAllowed = isPublicAllowed
    }

    /// Packets that were not sent because of where they should have gone.
    var withheldCount: Int { withheld.load(ordering: .relaxed) }

    func open(_ hear: @escaping SoundReceiver) -> (any SoundSocket)? {
        guard let sockets else {
            return SilentSocket(address: SocketAddress(address: local, port: SilentSocket.port))
        }
        guard let socket = sockets.open(on: local, hear) else { return nil }
        return LiveSocket(socket: socket, sound: self)
    }

    /// A description names any address: what may not be loaded gets no sound either.
    fileprivate func permits(_ remote: SocketAddress) -> Bool {
        if Reach(of: remote.address).permits(public: isPublicAllowed) { return true }
        withheld.add(1, ordering: .relaxed)
        return false
    }
}

private struct LiveSocket: SoundSocket {
    let socket: OpenSoundSocket
    let sound: LiveSound

    var address: SocketAddress { socket.address }

    func send(_ packet: [UInt8], to remote: SocketAddress) {
        if sound.permits(remote) { socket.send(packet, to: remote) }
    }

    func close() { socket.close() }
}

private struct SilentSocket: SoundSocket {
    /// Where nobody listens (RFC 863).
    static let port: UInt16 = 9

    let address: SocketAddress

    func send(_ packet: [UInt8], to remote: SocketAddress) {}
    func close() {}
}
