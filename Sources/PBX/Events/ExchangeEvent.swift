import Platform

/// One thing that changed in the exchange: the one source of lamps, lists, CTI and history.
///
/// Numbers rise by one from 1 for as long as the exchange runs; another run counts anew, which its
/// ``EventPosition`` tells.
public struct ExchangeEvent: Hashable, Sendable, Codable {
    public var number: UInt64
    public var instant: Instant
    public var at: WallTime
    public var news: News

    public init(number: UInt64, instant: Instant, at: WallTime, news: News) {
        self.number = number
        self.instant = instant
        self.at = at
        self.news = news
    }

    /// What changed. Whoever applies every piece of news to a ``ExchangePicture`` in order has what
    /// the exchange has.
    public enum News: Hashable, Sendable, Codable {
        case callBegan(call: CallPicture)
        /// Somebody's phone rings for it.
        case callRang(call: CallID)
        case callAnswered(call: CallID, at: WallTime)
        /// One party goes on with somebody else.
        case callTransferred(call: CallID, transfer: TransferPicture)
        /// The call waits in a slot.
        case callParked(call: CallID, parking: ParkingPicture)
        /// It waits there no longer.
        case callUnparked(call: CallID, slot: ParkingSlot)
        /// Nobody talks any more; legs may still say goodbye.
        case callEnded(call: CallID, reason: EndReason)
        /// A leg came: invited, or from another call.
        case legBegan(call: CallID, leg: LegPicture)
        /// Its phone has answered, so that its dialog has a name, or another one than before.
        case legNamed(call: CallID, leg: LegID, dialog: DialogPicture)
        case legRang(call: CallID, leg: LegID)
        case legAnswered(call: CallID, leg: LegID)
        /// That party holds the call.
        case legHeld(call: CallID, leg: LegID)
        case legResumed(call: CallID, leg: LegID)
        /// A leg is gone: hung up, refused, or off to another call.
        case legEnded(call: CallID, leg: LegID)
        /// An extension that had no phone has one.
        case extensionRegistered(ExtensionPicture)
        /// It has more phones than before, or fewer.
        case extensionChanged(ExtensionPicture)
        /// Its last phone is gone.
        case extensionUnregistered(ExtensionPicture)
        /// By the configuration.
        case extensionRemoved(extensionID: ExtensionID)
        /// A trunk is registered, answers, has failed, or is back.
        case trunkChanged(TrunkPicture)
        /// By the configuration.
        case trunkRemoved(trunkID: TrunkID, name: String)
        /// A source gets no answer for a while. Nothing of it stands in the picture.
        case sourceBanned(BanPicture)
        /// An administrator took a ban back.
        case banLifted(source: String)
        /// Who calls is a fax machine, by its tone, in an ordinary call. Nothing of it stands in the
        /// picture.
        case faxHeard(call: CallID, leg: LegID)
        /// A fax came, or did not come to its end. Nothing of it stands in the picture.
        case faxEnded(FaxPicture)
        /// Something was recorded for an extension, heard or removed.
        case recordingsChanged(extensionID: ExtensionID, counts: RecordingCounts)
    }
}

/// Up to where somebody has read the events.
public struct EventPosition: Hashable, Sendable, Codable {
    /// Names one run of the exchange.
    public var run: String
    /// Of the last event that was read; 0 before the first.
    public var number: UInt64

    public init(run: String, number: UInt64) {
        self.run = run
        self.number = number
    }
}

/// What a reader gets: the events after its position, or, where those are not kept any more, how
/// things are.
public struct EventBatch: Hashable, Sendable, Codable {
    /// Where the next reading goes on.
    public var position: EventPosition
    /// In order, without a gap.
    public var events: [ExchangeEvent]
    /// How things are at that position; nil where the events go on from the reader's position.
    public var picture: ExchangePicture?

    /// Nothing new.
    public var isEmpty: Bool { events.isEmpty && picture == nil }

    public init(
        position: EventPosition, events: [ExchangeEvent] = [], picture: ExchangePicture? = nil
    ) {
        self.position = position
        self.events = events
        self.picture = picture
    }
}
