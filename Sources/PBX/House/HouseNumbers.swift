import Media

/// Numbers at which the exchange itself answers; nil for one that is off.
///
/// An extension of the same number comes first.
public struct HouseNumbers: Sendable, Equatable {
    /// Each word comes back: how good is my line?
    public var echo: String?
    /// A melody.
    public var melody: String?
    /// The time, to the second.
    public var clock: String?
    /// What is said there is heard again.
    public var playback: String?
    /// 1004 Hz at −10 dBm0, to measure by.
    public var levelTone: String?
    /// Takes faxes by sound (FX-1).
    public var fax: String?
    /// Conferences (CO-3, CO-4): its digits, then the conference's ID and `#`. Dialled at once as
    /// `700*ID` it leads there without asking.
    public var conference: String?
    /// Picks up the longest-ringing call; followed by a number, the one that rings there.
    public var pickup: String?
    /// Followed by a slot's digit: where a blind transfer parks a call.
    public var park: String?
    /// Followed by a slot's digit, and by the parker's number or not: talks with who waits there.
    public var retrieve: String?

    public init(
        echo: String? = "*80", melody: String? = "*81", clock: String? = "*82",
        playback: String? = "*83", levelTone: String? = "*84", fax: String? = "*85",
        conference: String? = "700",
        pickup: String? = "*20*", park: String? = "*0", retrieve: String? = "*1"
    ) {
        self.echo = echo
        self.melody = melody
        self.clock = clock
        self.playback = playback
        self.levelTone = levelTone
        self.fax = fax
        self.conference = conference
        self.pickup = pickup
        self.park = park
        self.retrieve = retrieve
    }

    /// Each number with the name that its key has.
    public var named: [(name: String, number: String?)] {
        [
            ("echo", echo), ("melody", melody), ("clock", clock), ("playback", playback),
            ("level-tone", levelTone), ("fax", fax), ("conference", conference), ("pickup", pickup),
            ("park", park), ("retrieve", retrieve),
        ]
    }

    /// Changes the number of one of ``named``.
    public mutating func set(_ name: String, to number: String?) {
        switch name {
        case "echo": echo = number
        case "melody": melody = number
        case "clock": clock = number
        case "playback": playback = number
        case "level-tone": levelTone = number
        case "fax": fax = number
        case "conference": conference = number
        case "pickup": pickup = number
        case "park": park = number
        case "retrieve": retrieve = number
        default: break
        }
    }

    /// 1…12 of the keys of a phone.
    public static func isDiallable(_ text: String) -> Bool {
        (1...12).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || $0 == 42 || $0 == 35 }
    }

    /// What those digits ask for.
    func feature(of digits: String) -> Feature? {
        if let pickup, digits.hasPrefix(pickup) {
            let rest = digits.dropFirst(pickup.count)
            return .pickUp(at: rest.isEmpty ? nil : String(rest))
        }
        if let park, digits.hasPrefix(park), digits.count == park.count + 1,
            let slot = digits.last.flatMap(ParkingSlot.init)
        {
            return .park(slot)
        }
        guard let retrieve, digits.hasPrefix(retrieve) else { return nil }
        let rest = digits.dropFirst(retrieve.count)
        guard let slot = rest.first.flatMap(ParkingSlot.init) else { return nil }
        let parker = rest.dropFirst()
        return .retrieve(slot, parkedBy: parker.isEmpty ? nil : String(parker))
    }

    /// What answers at that number.
    func place(of digits: String) -> HousePlace? {
        if digits == echo { return .echo }
        if digits == melody { return .melody }
        if digits == clock { return .clock }
        if digits == playback { return .playback }
        if digits == levelTone { return .levelTone }
        if digits == fax { return .fax }
        guard let conference, digits.hasPrefix(conference) else { return nil }
        let rest = digits.dropFirst(conference.count)
        if rest.isEmpty { return .conference(nil) }
        guard rest.first == "*", let conferenceID = ConferenceID(String(rest.dropFirst())) else {
            return nil
        }
        return .conference(conferenceID)
    }
}

/// What the exchange does at a number of its own.
public enum HousePlace: Sendable, Equatable {
    case echo, melody, levelTone, clock, playback, fax
    /// Nil while its ID is not known yet.
    case conference(ConferenceID?)

    /// What lists and phones show.
    var shownName: String {
        switch self {
        case .echo: "Echo"
        case .melody: "Music"
        case .levelTone: "Level tone"
        case .clock: "Clock"
        case .playback: "Playback"
        case .fax: "Fax"
        case .conference(nil): "Conference"
        case .conference(let conferenceID?): "Conference \(conferenceID.digits)"
        }
    }
}

/// The digits of a conference: whoever enters the same ones meets there.
public struct ConferenceID: Hashable, Sendable {
    static var longest: Int { 12 }

    let digits: String

    /// 1…12 digits.
    init?(_ digits: String) {
        guard (1...Self.longest).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        self.digits = digits
    }

    /// The room of the media plane: the same digits, the same room.
    var roomID: MediaRoomID {
        MediaRoomID(
            number: digits.utf8.reduce(0xCBF2_9CE4_8422_2325) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01B3
            })
    }
}
