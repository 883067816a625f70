import Platform

/// One stream of one leg in the relay's table: what every packet touches.
struct RelayStream: Sendable {
    /// Odd uses: see ``MediaSocket/generation``.
    var generation: UInt32 = 0
    var isOpen = false
    var leg = 0
    var number = 0
    var transport = StreamDescription.Transport.none
    var isMuxed = false
    /// Its packets are encrypted, both ways.
    var isSealed = false
    /// What its party says is recorded.
    var isTapped = false
    /// Its party finds its way by checks (ICE).
    var isChecked = false
    var remoteReceives = false
    var remoteSends = false
    /// The bridged stream's slot, or -1.
    var partner = -1
    var media = Latch()
    var control = Latch()
    /// One bit per payload type that carries telephone events.
    var eventTypesLow: UInt64 = 0
    var eventTypesHigh: UInt64 = 0
    var hasReceived = false
    var isReportedSilent = false
    var lastArrival = Instant.start
    var reception = ReceptionCounter()
    var arrival = ArrivalMeter()
    var longestGap = Duration.zero
    var counters = MediaCounters()

    /// True for a payload type that carries telephone events.
    @inline(__always)
    func isEvent(_ payloadType: UInt8) -> Bool {
        let half = payloadType < 64 ? eventTypesLow : eventTypesHigh
        return half >> UInt64(payloadType & 63) & 1 != 0
    }
}

/// The same stream: what only descriptions, latching and digits touch.
struct RelayStreamDetails: Sendable {
    /// Digits told in one second at most; more are dropped. No finger is faster.
    static var digitsPerSecond: Int { 32 }

    var trusted: [IPAddress] = []
    var events: [TelephoneEventFormat] = []
    var detector = TelephoneEventDetector()
    var description = SoundDescription.none
    /// What of its packets the bridged stream understands.
    var relayed = PayloadMap()
    /// The party is told how it sounds.
    var wantsVoiceReports = false
    var security = StreamSecurity()
    var ice: ICEAgent?
    /// Where the last datagram of a handshake came from, and how many there were.
    var handshakeSource: SocketAddress?
    var handshakeCount = 0
    /// How often the leg came to another loop.
    var moveCount: UInt64 = 0
    /// Packets of a payload type that nobody agreed on, and the last such type.
    var strangeCount: UInt64 = 0
    var strangeType: UInt8?
    private var windowStart = Instant.start
    private var digitsInWindow = 0

    init() {}

    /// False where a flood of digits has to be cut.
    mutating func admitsDigit(now: Instant) -> Bool {
        if now - windowStart >= .seconds(1) {
            windowStart = now
            digitsInWindow = 0
        }
        digitsInWindow += 1
        return digitsInWindow <= Self.digitsPerSecond
    }
}

/// One leg of the relay.
struct RelayLeg {
    var number: MediaLegID
    var sink: any MediaSink
    var slots: [Int]
}

extension MediaCounters {
    static func += (sum: inout MediaCounters, part: MediaCounters) {
        sum.packetsReceived &+= part.packetsReceived
        sum.bytesReceived &+= part.bytesReceived
        sum.packetsSent &+= part.packetsSent
        sum.bytesSent &+= part.bytesSent
        sum.controlReceived &+= part.controlReceived
        sum.controlSent &+= part.controlSent
        sum.strangers &+= part.strangers
        sum.malformed &+= part.malformed
        sum.unauthentic &+= part.unauthentic
        sum.replayed &+= part.replayed
        sum.checksRefused &+= part.checksRefused
        sum.unrelayed &+= part.unrelayed
        sum.lost &+= part.lost
        sum.sendFailures &+= part.sendFailures
        sum.roundTrip = sum.roundTrip ?? part.roundTrip
        sum.partyReport = sum.partyReport ?? part.partyReport
        // The first stream is the sound's.
        if sum.health == StreamHealth() { sum.health = part.health }
    }
}
