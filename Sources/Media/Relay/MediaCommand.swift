import Platform

/// What the exchange tells the media plane. Commands on unknown legs are ignored: the leg has
/// gone, and `closed` is on its way.
public enum MediaCommand: Sendable {
    /// Opens a leg's ports; `opened` or `refused` answers.
    case open(MediaLegID, MediaLegSetup, sink: any MediaSink)
    /// Says where a stream's remote party is and what it sends. Every `describe` re-arms the latch.
    case describe(MediaLegID, stream: Int, StreamDescription)
    /// Relays between two legs; ends whatever bridges either had.
    case bridge(MediaLegID, MediaLegID, MediaBridge)
    /// Has the exchange itself talk with a leg, in its first stream; ends whatever bridges it had.
    case attend(MediaLegID, Attendance)
    /// Has clips said to all who are in a room, after what was announced there before. Nobody hears
    /// them where nobody is there.
    case announce(MediaRoomID, SoundPlaylist)
    /// Takes what a leg says, and what another one does, to a reel: a track each where it has two. Goes
    /// on over bridges and descriptions until the reel is closed; the same reel again follows other
    /// legs. A leg that moves away is silent there. Where a country is named, each hears that country's
    /// record tone over what the other says, which is then decoded and encoded though both speak one
    /// codec; the reel has no tone on it.
    case record(MediaLegID, with: MediaLegID?, on: SoundReel, tone: ToneCountry? = nil)
    /// The same of all that is said in a room, to one track.
    case recordRoom(MediaRoomID, on: SoundReel)
    /// Listens for a minute to whether a leg's party is a fax machine that calls, whomever it talks
    /// with; `faxTone` follows once where it is.
    case listenForFax(MediaLegID)
    /// Stops relaying between this leg and the one it is bridged to; both stay open.
    case unbridge(MediaLegID)
    /// Takes the leg, with its ports, to the loop of that call's legs; `moved` answers. Its bridge
    /// ends. Commands that come meanwhile are carried out there, after the move.
    case move(MediaLegID, callKey: UInt64)
    /// Sends a datagram of a handshake to the party of a stream.
    case transmit(MediaLegID, stream: Int, [UInt8])
    /// The handshake on those terms is over: the keys, or nil where it failed. `secured` answers.
    case secure(MediaLegID, stream: Int, HandshakeTerms, SRTPKeyPair?)
    /// Closes the leg's ports; `closed` answers with the counters.
    case close(MediaLegID)
}

/// What the exchange does with a leg that talks with nobody else.
public enum Attendance: Hashable, Sendable {
    /// Each word comes back.
    case echo
    case tune(SoundGenerator.Tune)
    /// Clips are said, one after the other; `finished` follows the last. The same playlist again
    /// goes on where it is.
    case clips(SoundPlaylist)
    /// What the party says is kept; `finished` follows when the tape is full, or nothing was said
    /// for a while. The same tape again goes on.
    case tape(SoundTape)
    /// A fax machine on another thread hears the party and answers it, by sound or by T.38 as the
    /// stream's description has it; `finished` follows when the line is over. The same line again goes
    /// on.
    case fax(FaxLine)
    /// All who are in a room hear each other, 32 of them at most; legs opened with, or moved to, the
    /// room's number as their call key, or to the loop that this key would have meant. The same room
    /// again changes the part that it takes there.
    case room(MediaRoomID, RoomRole = .speaker)
}

/// What the media plane tells the exchange about a leg.
public enum MediaEvent: Equatable, Sendable {
    /// The ports are open: one ``LocalStream`` per stream asked for.
    case opened(MediaLegID, [LocalStream])
    /// The leg could not be opened, or a bridge not be made.
    case refused(MediaLegID, MediaRefusal)
    /// From here on packets of this stream come from, and go to, this address alone.
    case latched(MediaLegID, stream: Int, SocketAddress)
    /// The first RTP (or UDPTL) packet of a stream since it was opened.
    case firstPacket(MediaLegID, stream: Int)
    /// A key was pressed (RFC 4733): once per press, when it ends. Its packets were relayed as well
    /// where the other leg ``MediaNegotiation/sharesTelephoneEvents(with:)``.
    case digit(MediaLegID, TelephoneEvent)
    /// The party is a fax machine that calls (T.30 §4.3.3.3).
    case faxTone(MediaLegID)
    /// Neither RTP nor RTCP came for ``MediaConfiguration/silenceTimeout``, though the stream should
    /// send; reported once, and again after the next packets.
    case silent(MediaLegID, stream: Int)
    /// Packets came again of a stream that was reported silent.
    case heard(MediaLegID, stream: Int)
    /// The clips that the leg was to hear have been said, or its tape has come to its end; once.
    case finished(MediaLegID)
    /// The leg is where `move` wanted it: it can be bridged there.
    case moved(MediaLegID)
    /// A handshake has made keys; nil where it failed, and the stream stays silent.
    case secured(MediaLegID, stream: Int, SRTPSuite?)
    /// The party of a stream that finds its way by checks (ICE) has made none for 30 s: nothing is
    /// sent to it before the next one, which `latched` tells of (RFC 7675).
    case consentEnded(MediaLegID, stream: Int)
    /// The leg is closed; nothing follows.
    case closed(MediaLegID, MediaCounters)
}

/// Why the media plane said no.
public enum MediaRefusal: Equatable, Sendable {
    /// No free port pair in the range.
    case noPorts
    /// The loop's table is full, or the command's backlog.
    case full
    /// Stream count or network index outside what is configured, or the number is taken.
    case badSetup
    /// Bridged legs must have been opened with, or moved to, one call key.
    case notOnOneLoop
    /// The exchange speaks no codec of this leg's, or the leg has not been described.
    case noSound
    /// As many are in the room as may be.
    case roomFull

    /// True where the leg was not opened: it is gone. Else it is as it was, but talks with nobody.
    public var isOfOpening: Bool {
        switch self {
        case .noPorts, .full, .badSetup: true
        case .notOnOneLoop, .noSound, .roomFull: false
        }
    }
}

/// What one leg's sockets saw, all streams together.
public struct MediaCounters: Equatable, Sendable {
    /// RTP (or UDPTL) packets and bytes accepted from the leg's remote party.
    public var packetsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// RTP (or UDPTL) packets and bytes sent to it.
    public var packetsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// RTCP packets accepted and sent.
    public var controlReceived: UInt64 = 0
    public var controlSent: UInt64 = 0
    /// Packets from addresses that do not count: dropped.
    public var strangers: UInt64 = 0
    /// Packets of the right sender that are no RTP or RTCP: dropped.
    public var malformed: UInt64 = 0
    /// Packets from where the party is that its key does not prove: dropped.
    public var unauthentic: UInt64 = 0
    /// Encrypted packets that had been there before: dropped.
    public var replayed: UInt64 = 0
    /// Checks (ICE) of a username or password that is not the stream's: not answered.
    public var checksRefused: UInt64 = 0
    /// Accepted packets that went nowhere: no bridge, on hold, or a payload type that the other leg
    /// does not share.
    public var unrelayed: UInt64 = 0
    /// Expected less received by sequence numbers (RFC 3550 §A.3), never below 0.
    public var lost: UInt64 = 0
    /// Sends that the kernel refused.
    public var sendFailures: UInt64 = 0
    /// How long a packet took there and back at last; nil where the exchange only relayed, or was
    /// told nothing.
    public var roundTrip: Duration?
    /// How the party says that it hears what it is sent (RFC 3611); nil where it says nothing.
    public var partyReport: VoiceReport?
    /// How the packets of the first stream came in.
    public var health = StreamHealth()

    public init() {}
}
