import Platform

/// The way a message came by, as kept over a restart.
public struct FlowRecord: Hashable, Sendable, Codable {
    public var transport: TransportKind
    /// Index of the listener in the order of configuration.
    public var listener: UInt16
    /// `address:port` of our end.
    public var local: String
    /// `address:port` of the far end.
    public var remote: String
    /// Names the stream while the process lives; 0 for UDP. Means nothing after a restart.
    public var connection: UInt64

    public init(
        transport: TransportKind, listener: UInt16, local: String, remote: String,
        connection: UInt64
    ) {
        self.transport = transport
        self.listener = listener
        self.local = local
        self.remote = remote
        self.connection = connection
    }

    public init(_ flow: Flow) {
        self.init(
            transport: flow.transport, listener: flow.listener, local: flow.local.description,
            remote: flow.remote.description, connection: flow.connection)
    }

    /// The flow, where both addresses read well.
    public var flow: Flow? {
        guard let local = SocketAddress(local), let remote = SocketAddress(remote) else {
            return nil
        }
        return Flow(
            transport: transport, listener: listener, local: local, remote: remote,
            connection: connection)
    }
}

/// Where a device of an extension is now (RFC 3261 §10.3): a row of table `binding`.
public struct BindingRecord: Hashable, Sendable, Codable {
    public var domain: Domain
    public var extensionID: ExtensionID
    /// Which device registered, as its credentials told.
    public var deviceID: DeviceID?
    /// The Contact URI as sent: what goes into the Request-URI of a call.
    public var contact: String
    /// Path URIs in order (RFC 3327).
    public var path: [String]
    public var flow: FlowRecord
    /// True where the device can be reached only by this very stream; dead after a restart.
    public var isConnectionBound: Bool
    /// `+sip.instance` without its angle brackets.
    public var instanceID: String?
    /// RFC 5626 §4.2: flows of one instance are alternatives.
    public var regID: UInt32?
    /// Preference in thousandths: `q=0.7` is 700.
    public var qThousandths: Int
    public var expires: WallTime
    /// Call-ID and CSeq of the REGISTER: an older one must not undo a newer one (RFC 3261 §10.3).
    public var sipCallID: String
    public var cSeq: UInt32
    public var userAgent: String?
    public var registeredAt: WallTime

    public init(
        domain: Domain, extensionID: ExtensionID, deviceID: DeviceID? = nil, contact: String,
        path: [String] = [], flow: FlowRecord, isConnectionBound: Bool = false,
        instanceID: String? = nil, regID: UInt32? = nil, qThousandths: Int = 1000,
        expires: WallTime, sipCallID: String, cSeq: UInt32, userAgent: String? = nil,
        registeredAt: WallTime
    ) {
        self.domain = domain
        self.extensionID = extensionID
        self.deviceID = deviceID
        self.contact = contact
        self.path = path
        self.flow = flow
        self.isConnectionBound = isConnectionBound
        self.instanceID = instanceID
        self.regID = regID
        self.qThousandths = qThousandths
        self.expires = expires
        self.sipCallID = sipCallID
        self.cSeq = cSeq
        self.userAgent = userAgent
        self.registeredAt = registeredAt
    }

    public var key: BindingKey {
        BindingKey(
            domain: domain, extensionID: extensionID,
            name: BindingKey.name(
                contact: contact, deviceID: deviceID, instanceID: instanceID, regID: regID))
    }
}

/// What makes two registrations the same binding: instance-id and reg-id where both are given
/// (RFC 5626 §6), else the contact; of one device.
public struct BindingKey: Hashable, Sendable, Codable {
    public var domain: Domain
    public var extensionID: ExtensionID
    public var name: String

    public init(domain: Domain, extensionID: ExtensionID, name: String) {
        self.domain = domain
        self.extensionID = extensionID
        self.name = name
    }

    /// - Parameter contact: compared as text here; the registrar gives equal URIs one text.
    public static func name(
        contact: String, deviceID: DeviceID?, instanceID: String?, regID: UInt32?
    ) -> String {
        let device = deviceID.map { "device \($0.number) " } ?? ""
        guard let instanceID, let regID else { return device + contact }
        return device + "\(instanceID);reg-id=\(regID)"
    }
}
