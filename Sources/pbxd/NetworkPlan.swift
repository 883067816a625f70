import Media
import Platform
import PlatformLinux
import Settings

/// Which of our addresses we use and name towards whom, made of the settings once.
struct NetworkPlan: Sendable {
    /// The media plane's networks; calls name one by its index.
    let mediaNetworks: [MediaNetwork]
    private let settings: Settings
    private let signalling: LinuxSignalling

    /// - Parameter local: the machine's addresses, for settings that name none.
    init(_ settings: Settings, local: [IPAddress], signalling: LinuxSignalling) {
        self.settings = settings
        self.signalling = signalling
        if !settings.networks.isEmpty {
            mediaNetworks = settings.networks.map {
                MediaNetwork(bind: $0.bind, advertised: $0.advertise)
            }
        } else if let address = settings.media.address, !address.isUnspecified {
            mediaNetworks = [MediaNetwork(bind: address)]
        } else {
            mediaNetworks = local.map { MediaNetwork(bind: $0) }
        }
    }

    /// How a party at that remote address shall call us, whom it reached at that local one.
    func advertised(_ local: SocketAddress, to remote: SocketAddress) -> SocketAddress {
        guard let network = network(reaching: remote.address) else { return local }
        return SocketAddress(
            address: settings.networks[network].advertise, port: local.port)
    }

    /// The media network for a party: the one that reaches it, else the one that routing uses.
    func mediaNetwork(for remote: IPAddress) -> Int {
        if let network = network(reaching: remote) { return network }
        guard mediaNetworks.count > 1 else { return 0 }
        let flow = signalling.datagramFlow(to: SocketAddress(address: remote, port: 5060))
        let index = mediaNetworks.firstIndex { $0.bind == flow?.local.address }
        return index ?? mediaNetworks.firstIndex { $0.bind.isIPv4 == remote.isIPv4 } ?? 0
    }

    /// The network of the other family beside that one: as public as it is.
    func alternateNetwork(to index: Int) -> Int? {
        let bind = mediaNetworks[index].bind
        return mediaNetworks.firstIndex {
            $0.bind.isIPv4 != bind.isIPv4 && $0.bind.isLoopback == bind.isLoopback
        }
    }

    /// The network with the longest prefix that holds the address.
    private func network(reaching remote: IPAddress) -> Int? {
        var best: (index: Int, length: Int)?
        for (index, network) in settings.networks.enumerated() {
            for block in network.reach
            where block.contains(remote) && block.prefixLength > best?.length ?? -1 {
                best = (index, block.prefixLength)
            }
        }
        return best?.index
    }
}
