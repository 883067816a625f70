/// What an administrator can ask for: one line of JSON on the control socket, or a call in tests.
public enum AdministrationCommand: Hashable, Sendable, Codable {
    case addExtension(NewExtension)
    /// The text of a CSV file with the header `number,name,password,pin,email,group`.
    case importExtensions(csv: String)
    case listExtensions
    case showExtension(number: String)
    case changeExtension(number: String, ExtensionEdit)
    case renumberExtension(number: String, newNumber: String)
    case removeExtension(number: String)
    case listRegistrations
    case listCalls
    case listFinishedCalls(limit: Int)
    /// Waits up to that long for the first event; nil position: how things are now.
    case readEvents(after: EventPosition?, patienceInSeconds: Int)
    case showCall(callID: String)
    case hangUp(callID: String)
    case recordCall(callID: String, isOn: Bool)
    case muteCall(callID: String, isOn: Bool)
    case listRecordings
    case listFaxes(limit: Int)
    case showFax(callID: String)
    case addTrunk(NewTrunk)
    case changeTrunk(name: String, TrunkEdit)
    case removeTrunk(name: String)
    case listTrunks
    case showTrunk(name: String)
    case addRoute(RouteDraft)
    case changeRoute(RouteDraft)
    case removeRoute(prefix: String)
    case listRoutes
    /// Takes no new calls, until it is taken back.
    case drain(isOn: Bool)
    case listBans
    case liftBan(source: String)
    case check
    case listRevisions
    /// Nil: the last one that still counts.
    case undo(revision: Int64?)
}

/// A command and who gives it: what travels over the control socket.
public struct AdministrationRequest: Hashable, Sendable, Codable {
    public var author: String
    public var command: AdministrationCommand

    public init(author: String, command: AdministrationCommand) {
        self.author = author
        self.command = command
    }
}

/// An extension to be made, as it was typed. What is not given is drawn or left empty.
public struct NewExtension: Hashable, Sendable, Codable {
    public var number: String
    public var name: String
    public var password: String?
    public var pin: String?
    public var email: String?
    public var group: String?

    public init(
        number: String, name: String, password: String? = nil, pin: String? = nil,
        email: String? = nil, group: String? = nil
    ) {
        self.number = number
        self.name = name
        self.password = password
        self.pin = pin
        self.email = email
        self.group = group
    }
}

/// What to change of an extension; nil leaves as it is, an empty text removes.
public struct ExtensionEdit: Hashable, Sendable, Codable {
    public var name: String?
    public var password: String?
    public var pin: String?
    public var email: String?
    public var group: String?
    public var digest: DigestPolicy?
    public var encryption: EncryptionPolicy?
    public var nat: NATPolicy?
    public var codecs: [String]?
    public var recording: RecordingPolicy?
    /// Whether the exchange answers its calls as a fax machine.
    public var takesFaxes: Bool?
    public var faxDetection: FaxDetection?
    /// Draws a new password for the extension's first device.
    public var drawsPassword: Bool

    public init(
        name: String? = nil, password: String? = nil, pin: String? = nil, email: String? = nil,
        group: String? = nil, digest: DigestPolicy? = nil, encryption: EncryptionPolicy? = nil,
        nat: NATPolicy? = nil, codecs: [String]? = nil, recording: RecordingPolicy? = nil,
        takesFaxes: Bool? = nil, faxDetection: FaxDetection? = nil, drawsPassword: Bool = false
    ) {
        self.faxDetection = faxDetection
        self.takesFaxes = takesFaxes
        self.recording = recording
        self.name = name
        self.password = password
        self.pin = pin
        self.email = email
        self.group = group
        self.digest = digest
        self.encryption = encryption
        self.nat = nat
        self.codecs = codecs
        self.drawsPassword = drawsPassword
    }
}
