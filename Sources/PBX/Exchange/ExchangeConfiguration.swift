import Media
import Platform
import SIPStack

/// What the exchange is told at its start, besides the directory.
public struct ExchangeConfiguration: Sendable {
    /// The domain of every extension, and the realm of every challenge.
    public var domain: Domain
    /// The digest algorithms of each listener, in the order of challenging; by listener index.
    public var digest: [UInt16: [DigestAlgorithm]]
    /// How a party that reaches us by that local address, from that remote one, shall call us.
    public var advertised:
        @Sendable (_ local: SocketAddress, _ remote: SocketAddress) -> SocketAddress
    /// The port of each transport's listener: what Via says on a stream that we opened.
    public var listeningPorts: [TransportKind: UInt16]
    /// Which of the media plane's networks serves that remote address.
    public var mediaNetwork: @Sendable (_ remote: IPAddress) -> Int
    /// Which of them serves the other family beside that one, for those who find their way by checks
    /// (ICE); nil where none does.
    public var alternateNetwork: @Sendable (_ network: Int) -> Int? = { _ in nil }
    /// What we say in Server and User-Agent.
    public var productName: String
    /// The session timer that is asked for on every leg (RFC 4028); nil for none.
    public var sessionTimer: SessionTimerTerms? = SessionTimerTerms()
    /// Numbers at which the exchange itself answers.
    public var house = HouseNumbers()
    /// People in one conference (CO-1), 2…32.
    public var conferenceLimit = 32
    /// What it says there.
    public var speech = Speech()
    /// What those hear who wait; nil: a melody of the exchange's own.
    public var music: (any MusicShelf)?
    /// Whose tones are heard while a call is on its way.
    public var toneCountry = ToneCountry.us

    /// What takes faxes; nil: none are taken.
    public var fax: FaxPlan?
    /// Where recordings are kept; nil: nothing is recorded.
    public var recordings: RecordingPlan?
    /// What a person presses in a call to have it recorded, and again to end that; nil: nothing.
    public var recordingKeys: String?
    /// Whose record tone both parties of a recorded call hear; nil: none.
    public var recordingTone: ToneCountry?

    /// Of the certificate that handshakes for keys are made with (DTLS-SRTP); nil: none are made.
    public var fingerprint: CertificateFingerprint?
    /// How long a parked party waits before who parked it is rung (FC-6).
    public var parkReturn = Duration.seconds(180)

    /// What sources may do.
    public var abuse = AbuseLimits()
    /// Calls that one extension may have begun at a time: what is stolen from it stays small.
    public var callsPerExtension = 10

    /// Calls at a time; a further one is refused with 503. Nil: as many as there is room for.
    public var callLimit: Int?
    /// When calls are refused because messages wait.
    public var admission = Admission()
    let load = LoadGauge()

    public init(
        domain: Domain, digest: [UInt16: [DigestAlgorithm]],
        advertised: @escaping @Sendable (SocketAddress, SocketAddress) -> SocketAddress,
        listeningPorts: [TransportKind: UInt16] = [:],
        mediaNetwork: @escaping @Sendable (IPAddress) -> Int, productName: String = "Strowger"
    ) {
        self.domain = domain
        self.digest = digest
        self.advertised = advertised
        self.listeningPorts = listeningPorts
        self.mediaNetwork = mediaNetwork
        self.productName = productName
    }

    /// What the SIP stack must know of this.
    var transport: SIPTransportConfiguration {
        var configuration = SIPTransportConfiguration()
        configuration.advertised = advertised
        configuration.listeningPorts = listeningPorts
        configuration.methods = Exchange.methods
        configuration.supportedExtensions = Exchange.supportedExtensions
        configuration.productName = productName
        configuration.admission = admission
        configuration.load = load
        return configuration
    }

    /// The Contact that a party on that flow can reach us by.
    public func contact(on flow: Flow, name: String) -> NameAddress {
        let address = advertised(flow.local, flow.remote)
        var parameters = Parameters()
        if flow.transport != .udp { parameters["transport"] = flow.transport.rawValue }
        let uri = SIPURI(
            user: name, host: .ip(address.address), port: address.port, parameters: parameters)
        return NameAddress(uri: .sip(uri))
    }
}
