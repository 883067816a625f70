import Media
import PBX
import Platform
import SIPStack

/// What the daemon is told by its settings file, every part found good.
public struct Settings: Sendable, Equatable {
    /// Where database, control socket and the self-signed certificate live.
    public var dataFolder: String
    /// The SIP domain, and the realm of digest challenges.
    public var domain: Domain
    /// In the order of the file; ``Flow/listener`` counts along this list.
    public var listeners: [SIPListener]
    /// Nil: a self-signed pair is made in the data folder.
    public var certificate: CertificateFiles?
    /// Whose signature on a provider's certificate counts: a PEM file; nil: the system's.
    public var authorities: String?
    public var media: MediaSettings
    /// Nil where the file names none: the machine's routing decides.
    public var networks: [NetworkSettings]
    public var logLevel: RecordedEvent.Level
    public var controlPath: String
    /// How long a call may go on unless both ends say that it still does (RFC 4028); nil: no such
    /// limit is asked for.
    public var callRefresh: Duration? = .seconds(1800)
    /// Numbers at which the exchange itself answers.
    public var house = HouseNumbers()
    /// Where recorded prompts are, a folder a language.
    public var promptFolder = "/usr/share/asterisk/sounds"
    /// In which the exchange speaks.
    public var language = SpokenLanguage.english
    /// Where music on hold is; nil: the folder `music` of the data folder.
    public var ownMusicFolder: String?
    /// All who wait hear the same at the same time.
    public var isMusicShared = false
    /// Whose tones are heard; nil: those of the language.
    public var toneCountry: ToneCountry?
    public var recordings = RecordingSettings()
    public var fax = FaxSettings()
    /// Calls that one extension may have begun at a time.
    public var callsPerExtension = 10
    /// How long a parked party waits before who parked it is rung.
    public var parkReturn = Duration.seconds(180)
    /// People in one conference.
    public var conferenceSize = 32
    /// Calls at a time; nil: as many as the machine bears.
    public var callLimit: Int?
    /// Numbers that are never refused for overload.
    public var emergencyNumbers: Set<String> = Admission().emergencyNumbers
    /// How long calls may go on once the daemon is asked to end.
    public var drainPatience = Duration.seconds(60)
    /// What sources of messages may do.
    public var abuse = AbuseLimits()

    /// Where figures are served by HTTP; nil: nowhere.
    public var metricsAddress: SocketAddress?

    /// The realm of digest challenges.
    public var realm: String { domain.name }

    public var musicFolder: String { ownMusicFolder ?? dataFolder + "/music" }

    public var databasePath: String { dataFolder + "/exchange.db" }
}

/// Where and how recordings are kept.
public struct RecordingSettings: Sendable, Hashable {
    /// Nil: the folder `recordings` of the data folder.
    public var folder: String?
    public var format = RecordingFormat()
    /// What a person presses in a call to have it recorded; nil: nothing.
    public var keys: String?
    /// Both parties of a recorded call hear the record tone.
    public var hasTone = false
    /// Megabytes of the disk that recordings leave free.
    public var keptMegabytes = 500
}

/// How faxes are taken and kept: where recordings are.
public struct FaxSettings: Sendable, Hashable {
    public var format = FaxFormat.tiff
    /// Whether T.38 is taken and asked for.
    public var allowsImage = true
}

/// An address to take SIP at.
public struct SIPListener: Sendable, Hashable {
    public var transport: TransportKind
    public var address: SocketAddress
    /// Which digest algorithms to challenge with, in this order.
    public var digest: [DigestName]

    public init(transport: TransportKind, address: SocketAddress, digest: [DigestName]? = nil) {
        self.transport = transport
        self.address = address
        self.digest = digest ?? DigestName.usual(for: transport)
    }
}

/// A digest algorithm as settings name it.
public enum DigestName: String, Sendable, Hashable, CaseIterable {
    case md5 = "md5"
    case sha256 = "sha-256"

    /// Old phones give up at a challenge that they do not know, so that only TLS, which old phones
    /// lack, names SHA-256 (RFC 8760).
    public static func usual(for transport: TransportKind) -> [DigestName] {
        transport.isSecure ? [.sha256, .md5] : [.md5]
    }
}

/// A certificate chain and its key, both PEM.
public struct CertificateFiles: Sendable, Hashable {
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Where audio goes.
public struct MediaSettings: Sendable, Hashable {
    /// Where media sockets are bound; nil: where the signalling of the call goes.
    public var address: IPAddress?
    /// Even ones for RTP, odd ones for RTCP.
    public var ports: ClosedRange<UInt16>

    public init(address: IPAddress? = nil, ports: ClosedRange<UInt16>) {
        self.address = address
        self.ports = ports
    }
}

/// One of several ways out: which of our addresses whom we talk to from.
public struct NetworkSettings: Sendable, Hashable {
    /// Our address on that network, or the unspecified one for all of a family.
    public var bind: IPAddress
    /// What we call ourselves there: the address of a NAT router, else `bind`.
    public var advertise: IPAddress
    /// Who is reached by it. The longest prefix wins.
    public var reach: [IPNetwork]

    public init(bind: IPAddress, advertise: IPAddress? = nil, reach: [IPNetwork]) {
        self.bind = bind
        self.advertise = advertise ?? bind
        self.reach = reach
    }
}

extension Settings {
    /// What holds where there is no file, and for every key that a file leaves out.
    public static var standard: Settings {
        Settings(
            dataFolder: "./data", domain: standardDomain,
            listeners: standardListeners, certificate: nil,
            media: MediaSettings(ports: 20_000...29_999), networks: [], logLevel: .info,
            controlPath: "./data/control.sock")
    }

    /// Fixed, not the machine's name: passwords are hashed with it, and extensions belong to it.
    private static var standardDomain: Domain {
        guard let domain = Domain("strowger.local") else {
            preconditionFailure("the standard domain is a domain")
        }
        return domain
    }

    private static var standardListeners: [SIPListener] {
        [TransportKind.udp, .tcp, .tls].map { transport in
            SIPListener(
                transport: transport,
                address: SocketAddress(address: .anyV4, port: transport.defaultPort))
        }
    }
}
