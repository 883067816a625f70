import Platform

/// What the transactions of a shard must know, all of it constant.
struct TransactionSettings: Sendable {
    var shard: UInt16
    var timing: TransactionTiming
    var limits: TransactionLimits
    var admission: Admission
    /// What Allow names.
    var methods: [Method]
    var supportedExtensions: Set<String>
    var productName: String?
    /// What Via names as the sender of a request by that flow.
    var sentBy: @Sendable (Flow) -> SocketAddress
    /// Makes the To tags of stateless answers the same for the same request, and nobody else's.
    var tagKey: [UInt8]

    init(
        shard: UInt16, configuration: SIPTransportConfiguration = SIPTransportConfiguration(),
        tagKey: [UInt8]
    ) {
        self.shard = shard
        timing = configuration.timing
        limits = configuration.limits
        admission = configuration.admission
        methods = configuration.methods
        supportedExtensions = Set(configuration.supportedExtensions.map { $0.lowercased() })
        productName = configuration.productName
        self.tagKey = tagKey
        let advertised = configuration.advertised
        let ports = configuration.listeningPorts
        sentBy = { flow in
            var local = flow.local
            if flow.transport != .udp, let port = ports[flow.transport] { local.port = port }
            return advertised(local, flow.remote)
        }
    }
}
