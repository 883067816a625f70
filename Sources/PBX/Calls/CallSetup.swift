import Media
import Platform
import SIPStack

/// What a call begins with: the INVITE, who sent it, and whom it is for.
struct CallSetup: Sendable {
    var request: Request
    var transaction: ServerTransactionID
    var flow: Flow
    /// The caller's device; nil where the call came in by a trunk.
    var device: DeviceRecord?
    var caller: Party
    var dialled: String
    /// Nil where nobody has that number.
    var callee: Party?
    /// The callee's devices, for their policies; none of somebody outside.
    var calleeDevices: [DeviceRecord]
    /// What the exchange itself does there; nil where somebody else is called.
    var house: HousePlace?
    /// The caller wants a place in a call of others.
    var isClaim = false
    /// Where the call came in from outside.
    var trunk: IncomingTrunk?
    /// What the caller's side says that callees shall see: Diversion.
    var passedFields = HeaderFields()
}

/// The trunk that a call came in by.
struct IncomingTrunk: Sendable {
    var name: String
    var seat: TrunkSeat
    var policy: DevicePolicy
    /// How the provider sees us through a NAT, where it differs from what we'd say.
    var publicAddress: IPAddress?
}

/// What a call works with.
struct CallSurroundings: Sendable {
    var world: World
    var transport: SIPTransport
    var media: any MediaPlane
    var store: Store
    var configuration: ExchangeConfiguration
    var exchange: Mailbox<Exchange>
    var events: EventStream
    var journal: CallJournal
    /// Of the configuration that was in force when the call began.
    var revision: Int64
    /// Nil where nothing can be recorded.
    var recordings: RecordingDesk?
    /// Nil where no faxes are taken.
    var faxes: FaxDesk?
    /// Counts the calls that live.
    var liveCalls = LiveCount()
}

/// How far a call is, as lists show it.
enum CallPhase: String, Sendable {
    case seeking, ringing, talking, ending
}
