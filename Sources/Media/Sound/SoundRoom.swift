/// Names a room of the media plane; drawn by the exchange, never reused.
public struct MediaRoomID: Hashable, Sendable {
    public var number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// Who is in a room, and what is said there in this beat.
///
/// Those who speak are mixed, each at its codec's own rate; each of them hears the others. All who only
/// listen hear one and the same, which is encoded once for each codec. Of those whose codec is dear to
/// encode the loudest are heard, so that few have a sound of their own. Voices that are too quiet or too
/// loud are evened out.
struct SoundRoom {
    /// CO-1.
    static var memberLimit: Int { 32 }
    /// What waits to be announced: three for everybody who comes at once. More is not said.
    static var announcementLimit: Int { 16 }
    /// More voices at once nobody tells apart.
    static var dearLimit: Int { 4 }

    struct Member {
        let slot: Int
        var role: RoomRole
        var activity = VoiceActivity()
        var level = AutomaticLevel()
        /// It is heard by the others in this beat, or by whom it whispers to.
        var isMixed = false
        /// How it is in the sum of this beat; fading where it begins or ends to be heard.
        var gain = Gain.none
        /// It speaks in a codec that is dear to encode.
        var isDear = false

        /// It is heard by all, which is dear.
        var isDearlyMixed: Bool { isMixed && isDear && role == .speaker }

        /// In the sum of this beat, and taken out of what it hears itself.
        var isSummed: Bool { role.confidant == nil && !gain.isNone }

        init(slot: Int, role: RoomRole = .speaker) {
            self.slot = slot
            self.role = role
        }

        /// From how loud it was at the end of the last beat to what it shall be at the end of this.
        mutating func fade() {
            gain = Gain(start: gain.end, end: isMixed ? level.gain : 0)
        }
    }

    let roomID: MediaRoomID
    var members: [Member] = []
    var mix = RoomMix()
    /// Encoders of what all listeners hear, one for each way to encode it.
    var voices: [SharedVoice] = []
    /// Somebody says something in this beat that one alone hears.
    var isWhispering = false
    /// What tells that somebody came or went, while it sounds.
    var chime: SoundGenerator?
    /// What is said to all, one after the other; the first is being said.
    var announcements: [ClipPlayer] = []
    /// What the first hears until another comes (CO-7).
    var melody = SoundGenerator(.melody, sampleRate: SoundKind.wide)

    init(roomID: MediaRoomID) {
        self.roomID = roomID
    }

    /// Those whom the others know of.
    var seenCount: Int { members.count { $0.role.isSeen } }

    /// Of those who speak in dear codecs only the loudest stay mixed; who is heard already has the
    /// advantage, so that nobody comes and goes by the syllable.
    ///
    /// - Parameter wasMixed: bit n: so it was of member n in the beat before.
    mutating func keepLoudest(wasMixed: UInt64) {
        let dearCount = members.count(where: \.isDearlyMixed)
        guard dearCount > Self.dearLimit else { return }
        func weight(_ number: Int) -> Int64 {
            let loudness = Int64(members[number].activity.loudness)
            let isHeard = wasMixed >> UInt64(number & 63) & 1 == 1
            return (isHeard ? 2 : 1) * loudness * 64 - Int64(number)
        }
        var dropped: UInt64 = 0
        for number in members.indices where members[number].isDearlyMixed {
            let own = weight(number)
            var louder = 0
            for other in members.indices
            where members[other].isDearlyMixed && weight(other) > own { louder += 1 }
            if louder >= Self.dearLimit { dropped |= 1 << UInt64(number & 63) }
        }
        for number in members.indices where dropped >> UInt64(number & 63) & 1 == 1 {
            members[number].isMixed = false
        }
    }
}

/// What all listeners of one codec hear, encoded once in a beat.
final class SharedVoice {
    let format: SoundFormat
    let sampleRate: Int
    private let encoder: any SoundEncoder
    private let payload: UnsafeMutableBufferPointer<UInt8>
    private var count = 0
    /// The beat whose sound is in ``payload``.
    private var beat: Int64 = -1

    init?(format: SoundFormat) {
        sampleRate = format.kind.roomRate
        guard let encoder = format.kind.makeEncoder(sampleRate: sampleRate, opus: format.opus)
        else { return nil }
        self.format = format
        self.encoder = encoder
        payload = .allocate(capacity: SoundLimits.bytesInPayload)
        payload.initialize(repeating: 0)
    }

    deinit { payload.deallocate() }

    /// True where a party of that format can hear this, whatever number it has for it.
    func fits(_ other: SoundFormat) -> Bool {
        other.kind == format.kind && other.opus == format.opus
            && other.packetTime == format.packetTime
    }

    /// Encodes the frame, unless that was done in this beat; hands the payload over.
    func withPayload(
        of frame: Span<Int16>, beat: Int64, _ body: (Span<UInt8>) -> Void
    ) {
        if beat != self.beat {
            var bytes = payload.mutableSpan
            count = encoder.encode(frame, into: &bytes)
            self.beat = beat
        }
        body(UnsafeBufferPointer(rebasing: payload[..<max(0, count)]).span)
    }
}
