import Platform

/// What came of a command.
public enum AdministrationReply: Hashable, Sendable, Codable {
    case added([ExtensionCredentials], revision: Int64)
    /// Done; `credentials` holds what was drawn.
    case changed(String, revision: Int64, credentials: ExtensionCredentials?)
    case extensions([ExtensionListing])
    case registrations([RegistrationListing])
    case calls([CallListing])
    case finishedCalls([FinishedCallListing])
    case events(EventBatch)
    case story(CallStory)
    case hungUp(callID: String)
    case recording(callID: String, isOn: Bool)
    case muted(callID: String, isOn: Bool)
    case recordings([RecordingListing])
    case faxes([FaxListing])
    case fax(FaxListing)
    case trunks([TrunkListing])
    case routes([RouteListing])
    /// New calls are refused, or no longer; so many are up.
    case draining(isOn: Bool, callCount: Int)
    case bans([BanPicture])
    case banLifted(source: String)
    case checked(StoreCheck)
    case revisions([RevisionListing])
    case refused(Refusal)
}

/// Why a command was not carried out. Nothing was changed.
public struct Refusal: Hashable, Sendable, Codable, Error {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// What was typed cannot be right.
        case input
        case notFound
        /// Right by itself, but it clashes with what is there.
        case conflict
        /// Needs the running exchange.
        case notRunning
        /// The store failed.
        case storage
    }

    public var kind: Kind
    /// One line each: what is wrong and what to do.
    public var reasons: [String]

    public init(_ kind: Kind, _ reasons: [String]) {
        self.kind = kind
        self.reasons = reasons
    }
}

extension Refusal {
    init(_ error: StoreError) {
        switch error {
        case .configuration(let error):
            switch error {
            case .noSuchExtension, .noSuchRevision, .noSuchTrunk, .noSuchRule:
                self.init(.notFound, [error.description])
            case .clashes(let reasons): self.init(.conflict, reasons)
            case .numberTaken, .trunkExists, .trunkInUse, .nothingToUndo, .alreadyUndone,
                .changedSince, .contradiction:
                self.init(.conflict, [error.description])
            }
        case .corrupt, .diskFull, .readOnly, .inUse, .cannotOpen, .madeByNewerVersion, .foreign,
            .inputOutput, .overloaded, .closed, .fault:
            self.init(.storage, [error.description])
        }
    }
}

/// What a phone and its owner need to know, shown once: secrets that were drawn are kept nowhere.
public struct ExtensionCredentials: Hashable, Sendable, Codable {
    public var number: String
    public var name: String
    /// What the phone sends as user and authentication name.
    public var authName: String
    /// Only where it was drawn.
    public var password: String?
    /// Only where it was drawn.
    public var pin: String?

    public init(
        number: String, name: String, authName: String, password: String? = nil,
        pin: String? = nil
    ) {
        self.number = number
        self.name = name
        self.authName = authName
        self.password = password
        self.pin = pin
    }
}

/// An extension as lists show it.
public struct ExtensionListing: Hashable, Sendable, Codable {
    public struct Device: Hashable, Sendable, Codable {
        public var name: String
        public var authName: String
        public var instanceID: String?
        public var digest: DigestPolicy
        public var encryption: EncryptionPolicy
        public var nat: NATPolicy
        public var codecs: [String]
        public var recording: RecordingPolicy
        public var takesFaxes: Bool
        public var faxDetection: FaxDetection
    }

    public var number: String
    public var name: String
    public var email: String?
    public var group: String?
    public var extensionID: ExtensionID
    public var hasPIN: Bool
    public var devices: [Device]
}

/// A binding as lists show it; times in ISO 8601.
public struct RegistrationListing: Hashable, Sendable, Codable {
    public var number: String
    public var name: String
    public var contact: String
    public var transport: String
    public var remote: String
    public var userAgent: String?
    public var instanceID: String?
    public var expires: String
}

/// A call that is up, as lists show it; times in ISO 8601.
public struct CallListing: Hashable, Sendable, Codable {
    public struct Leg: Hashable, Sendable, Codable {
        public var legID: String
        public var role: LegRole
        public var number: String
        /// `ringing`, `answered`, `held` …
        public var phase: String
        public var contact: String?
        public var codec: String?

        public init(
            legID: LegID, role: LegRole, number: String, phase: String, contact: String? = nil,
            codec: String? = nil
        ) {
            self.legID = legID.description
            self.role = role
            self.number = number
            self.phase = phase
            self.contact = contact
            self.codec = codec
        }
    }

    public var callID: String
    public var caller: String
    public var callerName: String?
    public var callee: String
    public var phase: String
    public var startedAt: String
    public var answeredAt: String?
    public var legs: [Leg]

    public init(
        callID: CallID, caller: String, callerName: String? = nil, callee: String, phase: String,
        startedAt: WallTime, answeredAt: WallTime? = nil, legs: [Leg] = []
    ) {
        self.callID = callID.description
        self.caller = caller
        self.callerName = callerName
        self.callee = callee
        self.phase = phase
        self.startedAt = startedAt.description
        self.answeredAt = answeredAt?.description
        self.legs = legs
    }
}

/// A call record as lists show it; times in ISO 8601.
public struct FinishedCallListing: Hashable, Sendable, Codable {
    public var callID: String
    public var caller: String
    public var callerName: String?
    public var callee: String
    public var startedAt: String
    public var answeredAt: String?
    public var endedAt: String
    /// From answer to end; 0 where nobody answered.
    public var talkSeconds: Int64
    public var reason: EndReason
    public var words: String

    init?(_ call: CallRecord) {
        guard let endedAt = call.endedAt, let reason = call.endReason else { return nil }
        callID = call.callID.description
        caller = call.caller.text
        callerName = call.callerName
        callee = call.callee.text
        startedAt = call.startedAt.description
        answeredAt = call.answeredAt?.description
        self.endedAt = endedAt.description
        talkSeconds =
            call.answeredAt.map {
                max(0, endedAt.microseconds - $0.microseconds) / 1_000_000
            } ?? 0
        self.reason = reason
        words = reason.words
    }
}

/// A revision as lists show it; the time in ISO 8601.
public struct RevisionListing: Hashable, Sendable, Codable {
    public var number: Int64
    public var author: String
    public var at: String
    public var comment: String
    public var undoes: Int64?
    public var isInForce: Bool

    init(_ row: RevisionRow) {
        number = row.number
        author = row.author
        at = row.at.description
        comment = row.comment
        undoes = row.undoes
        isInForce = row.isInForce
    }
}
