import Platform

/// The part of one stream that passes through our own codecs: what its party says, decoded, and what
/// it hears, encoded. Both stay over changes of the description that leave them as they are, so that
/// sequence numbers and the decoder's memory go on.
struct SoundLine {
    /// What the party hears.
    enum Source: Equatable {
        case nothing
        /// What the party of that slot says; its own is an echo.
        case slot(Int)
        /// What the exchange makes: ``SoundLine/generator``.
        case generator
        /// Clips, one after the other: ``SoundLine/player``.
        case clips
        /// What a fax machine of ours sends: ``SoundLine/fax``.
        case fax
        /// What is said in a room, but for what it says itself.
        case room
    }

    private(set) var receiver: SoundReceiver?
    private(set) var sender: SoundSender?
    private var received = SoundDescription.none
    private var senderCount: UInt64 = 0
    var source = Source.nothing
    var generator: SoundGenerator?
    var player: ClipPlayer?
    /// Keeps what the party says.
    var deck: TapeDeck?
    /// Who takes the party's fax.
    var fax: FaxLine?
    /// The end of the fax has been told.
    var isFaxReported = false
    /// How the party's packets come in.
    var meter = ReceptionMeter()
    /// When the party is told of that next; the beginning of time before the first beat.
    var nextReport = Instant.start
    /// Somebody listens: the receiver's frames are wanted.
    var isListenedTo = false

    /// What the party says is recorded, whoever hears it.
    var isTapped = false
    /// Listens to whether its party is a fax machine.
    var faxEar: FaxEar?
    /// What it hears of being recorded.
    var tone = RecordTone()

    /// It has a part in the beat.
    var isSounding: Bool { isListenedTo || isTapped || source != .nothing }
    /// We are who the party talks with, or who translates for it.
    var isOurs: Bool { isListenedTo || source != .nothing }

    /// What goes with a leg to another loop: its jitter buffer, and what was heard of a key that sounds.
    var onItsWay: SoundLine {
        var line = SoundLine()
        line.receiver = receiver
        line.received = received
        line.meter = meter
        return line
    }

    /// Takes a packet of the party.
    mutating func hear(_ packet: Span<UInt8>, _ header: RTPHeader, now: Instant) {
        receiver?.receive(packet, header, now: now)
        let format = received.received.first { $0.payloadType == header.payloadType }
        meter.note(header, clockRate: format?.kind.clockRate, now: now)
    }

    /// Listens to the party at that rate.
    ///
    /// - Parameter hearsKeys: keys are heard in the sound.
    mutating func listen(
        to description: SoundDescription, sampleRate: Int, hearsKeys: Bool = false
    ) {
        isListenedTo = true
        if received.soundsAlike(description), receiver?.sampleRate == sampleRate,
            receiver?.hearsKeys == hearsKeys
        {
            return
        }
        let former = received.soundsAlike(description) ? receiver : nil
        received = description
        receiver = SoundReceiver(
            formats: description.received, noiseType: description.noiseType,
            sampleRate: sampleRate, hearsKeys: hearsKeys, after: former)
    }

    /// Listens for a recording: at whatever rate there is a receiver for already.
    mutating func tap(_ description: SoundDescription) {
        isTapped = true
        guard receiver == nil || !received.soundsAlike(description) else { return }
        received = description
        receiver = SoundReceiver(
            formats: description.received, noiseType: description.noiseType,
            sampleRate: description.bestRate)
    }

    /// Speaks to the party at that rate; false where the codec can't be had.
    mutating func speak(
        _ format: SoundFormat, sampleRate: Int, seed: UInt64, from source: Source
    ) -> Bool {
        if sender?.format != format || sender?.sampleRate != sampleRate {
            // Its numbers begin anew, so it is another source: under one key none may come twice.
            let turn = senderCount &* 0xBF58_476D_1CE4_E5B9
            sender = SoundSender(format: format, sampleRate: sampleRate, seed: seed &+ turn)
            senderCount &+= 1
        }
        self.source = sender == nil ? .nothing : source
        return sender != nil
    }
}

/// One loop at a time has it.
extension SoundLine: @unchecked Sendable {}
