import Platform
import SIPStack

/// A phone on a machine of its own in the simulated network.
extension SimulatedHost: PhonePlace {
    private static var signallingPort: UInt16 { 5060 }
    /// Below the exchange's ephemeral ports, above what services use.
    private static var soundPorts: ClosedRange<UInt16> { 10_000...60_000 }

    public func signallingAddress(_ transport: TransportKind) -> SocketAddress {
        SocketAddress(address: Translators.claimed(address), port: Self.signallingPort)
    }

    public func makeTransport(
        number: String, world: World, sink: any SIPSink
    ) -> SIPTransport {
        for kind in [TransportKind.udp, .tcp] { listen(kind, port: Self.signallingPort) }
        var configuration = SIPTransportConfiguration()
        configuration.listeningPorts = [.udp: Self.signallingPort, .tcp: Self.signallingPort]
        configuration.advertised = { local, _ in
            SocketAddress(address: Translators.claimed(local.address), port: local.port)
        }
        let transport = SIPTransport(
            world: world, network: self, shardCount: 1, configuration: configuration,
            defaultSink: sink)
        attach(transport)
        keepAlive?.begin(world: world)
        return transport
    }

    public func openSound(_ hear: @escaping SoundReceiver) -> (any SoundSocket)? {
        let port = takeSoundPort(in: Self.soundPorts)
        guard bind(port: port, hear) else { return nil }
        return SimulatedSoundSocket(
            host: self, local: SocketAddress(address: address, port: port))
    }

    public var boxLife: Int { Translators.isInside(address) ? network.translators.life : 0 }

    public func goDown(isPowerLost: Bool) {
        cutOff()
        if isPowerLost {
            keepAlive?.end()
            stopListening(resettingStreams: false)
        }
    }

    public func comeUp() {
        reconnect()
    }

    public func move(to address: IPAddress) {
        reconnect()
        take(address)
        cutOff()
    }
}

private struct SimulatedSoundSocket: SoundSocket {
    let host: SimulatedHost
    let local: SocketAddress

    /// What the phone believes, and says.
    var address: SocketAddress {
        SocketAddress(address: Translators.claimed(local.address), port: local.port)
    }

    func send(_ packet: [UInt8], to remote: SocketAddress) {
        host.network.transmit(packet, from: local, to: remote)
    }

    func close() {
        host.network.unbind(local)
    }
}
