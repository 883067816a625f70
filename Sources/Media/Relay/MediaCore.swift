import Platform

/// The media of one loop, without sockets or clock: commands and packets in, packets and events out.
///
/// Every packet costs two looks into one table of streams (its own and its partner's) and one into
/// a table of payload types. What both sides understand is rewritten in place and sent on at once.
/// What they do not goes to the stream's ``SoundLine``, which decodes it, and on the next beat of
/// 20 ms to its partner's, which encodes it. Nothing is allocated for a packet or a frame.
public struct MediaCore: ~Copyable {
    /// More than the ports of one address could serve.
    public static var maximumLegCount: Int { 32_768 }
    /// How often silent streams are looked for.
    static var scanInterval: Duration { .seconds(1) }
    /// How often unfinished presses are looked at while there are any.
    static var digitInterval: Duration { .milliseconds(100) }
    /// In the payload table: not relayed.
    static var dropped: UInt8 { 0xFF }
    /// In the payload table: decoded here, and encoded for the partner.
    static var spoken: UInt8 { 0xFE }

    private let configuration: MediaConfiguration
    var streams: [RelayStream] = []
    var details: [RelayStreamDetails] = []
    /// 128 entries per stream: the payload type to send for each that is received.
    var payloadTypes: [UInt8] = []
    private var freeSlots: [Int] = []
    var legs: [RelayLeg?] = []
    /// What of a stream's sound passes through our own codecs; by slot.
    var sounds: [SoundLine] = []
    /// The slots that have a part in the beat.
    var soundingSlots: [Int] = []
    var nextBeat = Instant.start
    /// At most as many as legs.
    var rooms: [SoundRoom] = []
    /// What is recorded.
    var taps: [SoundTap] = []
    /// One frame on its way from the mixer to an encoder.
    let mixedFrame = FrameRoom(count: SoundKind.full / SoundLimits.framesASecond)
    /// One packet that was opened, and one that is sealed.
    let openedRoom = PacketRoom()
    let sealedRoom = PacketRoom()
    private var freeLegs: [Int] = []
    var legIndex: [MediaLegID: Int] = [:]
    /// Streams whose detector waits for the end of a press.
    var pressedCount = 0
    private var lastScan = Instant.start

    public init(configuration: MediaConfiguration) {
        self.configuration = configuration
    }

    /// How many legs are open.
    public var legCount: Int { legIndex.count }

    /// When `tick` is to be called next, if nothing else happens; nil while no leg is open.
    public var nextDeadline: Instant? {
        guard !legIndex.isEmpty else { return nil }
        return soundingSlots.isEmpty ? nextScan : min(nextScan, nextBeat)
    }

    private var nextScan: Instant {
        lastScan + (pressedCount > 0 ? Self.digitInterval : Self.scanInterval)
    }

    /// Carries out one command.
    public mutating func apply<Output: MediaOutput & ~Copyable>(
        _ command: MediaCommand, now: Instant, into output: inout Output
    ) {
        switch command {
        case .open(let leg, let setup, let sink):
            open(leg, setup, sink, now: now, into: &output)
        case .describe(let leg, let number, let description):
            describe(leg, number, description, now: now, into: &output)
        case .bridge(let first, let second, let bridge):
            self.bridge(first, second, bridge, now: now, into: &output)
        case .attend(let leg, let attendance):
            attend(leg, attendance, now: now, into: &output)
        case .announce(let roomID, let playlist):
            announce(playlist, in: roomID)
        case .record(let leg, let other, let reel, let tone):
            record(leg, with: other, on: reel, tone: tone, now: now)
        case .recordRoom(let roomID, let reel):
            recordRoom(roomID, on: reel, now: now)
        case .listenForFax(let leg):
            listenForFax(leg, now: now)
        case .unbridge(let leg):
            if let index = legIndex[leg] { unbridge(index) }
        case .move(let leg, _):
            // Only the planes know of other loops: for this one the leg is where it shall be.
            guard let index = legIndex[leg], let record = legs[index] else { break }
            output.deliver(.moved(leg), to: record.sink)
        case .transmit(let leg, let number, let bytes):
            transmit(bytes, of: leg, number, into: &output)
        case .secure(let leg, let number, let terms, let keys):
            secure(leg, number, terms, keys, into: &output)
        case .close(let leg):
            close(leg, now: now, into: &output)
        }
    }

    /// Closes every leg: for the end of the loop.
    public mutating func closeAll<Output: MediaOutput & ~Copyable>(
        now: Instant, into output: inout Output
    ) {
        for case let leg? in legs { close(leg.number, now: now, into: &output) }
    }

    private mutating func open<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, _ setup: MediaLegSetup, _ sink: any MediaSink, now: Instant,
        into output: inout Output
    ) {
        guard legIndex[leg] == nil, configuration.networks.indices.contains(setup.network),
            (1...MediaLegSetup.maximumStreamCount).contains(setup.streamCount)
        else { return output.deliver(.refused(leg, .badSetup), to: sink) }
        guard legIndex.count < Self.maximumLegCount else {
            return output.deliver(.refused(leg, .full), to: sink)
        }
        if legIndex.isEmpty { beginScanning(now: now) }
        var slots: [Int] = []
        var local: [LocalStream] = []
        for number in 0..<setup.streamCount {
            let slot = takeSlot()
            slots.append(slot)
            guard
                var stream = output.open(
                    slot: UInt32(slot), generation: streams[slot].generation,
                    network: setup.network, now: now)
            else {
                freeSlots.append(slot)
                for slot in slots.dropLast() { closeSlot(slot, now: now, into: &output) }
                return output.deliver(.refused(leg, .noPorts), to: sink)
            }
            if let network = setup.alternateNetwork,
                configuration.networks.indices.contains(network)
            {
                stream.alternate = output.openAlternate(
                    slot: UInt32(slot), generation: streams[slot].generation, network: network,
                    now: now)
            }
            streams[slot].isOpen = true
            streams[slot].number = number
            streams[slot].lastArrival = now
            local.append(stream)
        }
        insert(RelayLeg(number: leg, sink: sink, slots: slots))
        output.deliver(.opened(leg, local), to: sink)
    }

    mutating func insert(_ record: RelayLeg) {
        let index = freeLegs.popLast() ?? legs.count
        if index == legs.count { legs.append(record) } else { legs[index] = record }
        for slot in record.slots { streams[slot].leg = index }
        legIndex[record.number] = index
    }

    mutating func forgetLeg(at index: Int) {
        legs[index] = nil
        freeLegs.append(index)
    }

    mutating func beginScanning(now: Instant) { lastScan = now }

    mutating func takeSlot() -> Int {
        if let slot = freeSlots.popLast() { return slot }
        streams.append(RelayStream())
        details.append(RelayStreamDetails())
        sounds.append(SoundLine())
        payloadTypes.append(contentsOf: repeatElement(Self.dropped, count: 128))
        return streams.count - 1
    }

    private mutating func closeSlot<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        let generation = streams[slot].generation
        endHandshake(slot, into: &output)
        output.close(slot: UInt32(slot), generation: generation, now: now)
        if details[slot].detector.isPressed { pressedCount -= 1 }
        freeSlot(slot)
    }

    /// Whatever comes late for this use of the slot finds nobody.
    mutating func freeSlot(_ slot: Int) {
        let generation = streams[slot].generation
        streams[slot] = RelayStream()
        streams[slot].generation = (generation &+ 1) & 0x7FFF_FFFF
        details[slot] = RelayStreamDetails()
        sounds[slot] = SoundLine()
        freeSlots.append(slot)
    }

    private mutating func describe<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, _ number: Int, _ description: StreamDescription, now: Instant,
        into output: inout Output
    ) {
        guard let index = legIndex[leg], let slots = legs[index]?.slots,
            slots.indices.contains(number)
        else { return }
        let slot = slots[number]
        if streams[slot].transport != description.transport || !streams[slot].remoteSends {
            // The silence of a hold, or of another medium, is not this stream's.
            streams[slot].lastArrival = now
            streams[slot].isReportedSilent = false
        }
        streams[slot].transport = description.transport
        streams[slot].isMuxed = description.isMuxed
        streams[slot].remoteReceives = description.remoteReceives
        streams[slot].remoteSends = description.remoteSends
        takeSecurity(of: description, slot, into: &output)
        takePlaces(of: description, slot)
        details[slot].description = description.sound
        details[slot].events = description.telephoneEvents
        details[slot].wantsVoiceReports = description.wantsVoiceReports
        if let format = description.sound.received.first {
            streams[slot].arrival.begin(
                payloadType: format.payloadType, clockRate: format.kind.clockRate)
        }
        if streams[slot].isTapped { sounds[slot].tap(description.sound) }
        streams[slot].eventTypesLow = 0
        streams[slot].eventTypesHigh = 0
        for format in description.telephoneEvents where format.payloadType < 128 {
            let bit: UInt64 = 1 << UInt64(format.payloadType & 63)
            if format.payloadType < 64 {
                streams[slot].eventTypesLow |= bit
            } else {
                streams[slot].eventTypesHigh |= bit
            }
        }
    }

    mutating func latchAnew(_ description: StreamDescription, _ slot: Int) {
        details[slot].trusted = description.trustedSources
        streams[slot].media.describe(
            description.remoteRTP.flatMap(Self.sendable).flatMap { free($0, for: slot) },
            trusted: description.trustedSources)
        streams[slot].control.describe(
            description.remoteRTCP.flatMap(Self.sendable), trusted: description.trustedSources)
    }

    /// The address, unless somebody else speaks from it: a box that rewrites the addresses of a
    /// description and not its ports names another phone behind it, who must not hear this one's
    /// call. Then the first packet says where to send.
    private func free(_ address: SocketAddress, for slot: Int) -> SocketAddress? {
        let isTaken = streams.indices.contains { other in
            other != slot && streams[other].isOpen && streams[other].media.source == address
        }
        return isTaken ? nil : address
    }

    private static func sendable(_ address: SocketAddress) -> SocketAddress? {
        address.port == 0 || address.address.isUnspecified || address.address.isMulticast
            ? nil : address
    }

    private mutating func bridge<Output: MediaOutput & ~Copyable>(
        _ first: MediaLegID, _ second: MediaLegID, _ bridge: MediaBridge, now: Instant,
        into output: inout Output
    ) {
        guard let one = legIndex[first], let oneLeg = legs[one] else { return }
        guard let other = legIndex[second], let otherLeg = legs[other], one != other else {
            return output.deliver(.refused(first, .notOnOneLoop), to: oneLeg.sink)
        }
        unbridge(one)
        unbridge(other)
        for stream in bridge.streams {
            guard oneLeg.slots.indices.contains(stream.number),
                otherLeg.slots.indices.contains(stream.number)
            else { continue }
            let slot = oneLeg.slots[stream.number]
            let partner = otherLeg.slots[stream.number]
            streams[slot].partner = partner
            streams[partner].partner = slot
            details[slot].relayed = stream.forward
            details[partner].relayed = stream.backward
            connect(slot, partner)
        }
        startBeat(now: now)
    }

    /// What two streams send each other goes on as it is where both understand it, and no tone is
    /// heard over it; else by way of our codecs.
    private mutating func connect(_ slot: Int, _ partner: Int) {
        fill(slot, with: details[slot].relayed)
        fill(partner, with: details[partner].relayed)
        translate(from: slot, to: partner)
        translate(from: partner, to: slot)
    }

    /// The same for two that are bridged, after a tone has begun or ended.
    mutating func reconnect(_ slot: Int) {
        let partner = streams[slot].partner
        guard partner >= 0 else { return }
        silence(slot)
        silence(partner)
        connect(slot, partner)
    }

    private mutating func fill(_ slot: Int, with map: PayloadMap) {
        let base = slot * 128
        for offset in 0..<128 { payloadTypes[base + offset] = Self.dropped }
        for pair in map.pairs where pair.received < 128 && pair.sent < 128 {
            payloadTypes[base + Int(pair.received)] = pair.sent
        }
    }

    mutating func unbridge(_ index: Int) {
        guard let slots = legs[index]?.slots else { return }
        for slot in slots {
            leaveRoom(slot)
            silence(slot)
            let partner = streams[slot].partner
            guard partner >= 0 else { continue }
            streams[partner].partner = -1
            streams[slot].partner = -1
            silence(partner)
        }
    }

    mutating func close<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, now: Instant, into output: inout Output
    ) {
        guard let index = legIndex.removeValue(forKey: leg), let record = legs[index] else {
            return
        }
        unbridge(index)
        var total = MediaCounters()
        for slot in record.slots {
            total += counters(of: slot, now: now)
            closeSlot(slot, now: now, into: &output)
        }
        forgetLeg(at: index)
        pruneTaps(now: now)
        output.deliver(.closed(leg, total), to: record.sink)
    }

    /// What a stream amounts to by now.
    func counters(of slot: Int, now: Instant) -> MediaCounters {
        let stream = streams[slot], details = details[slot]
        var counters = stream.counters
        counters.lost = stream.reception.lost
        counters.health.jitter = stream.arrival.jitter
        counters.health.lateCount = stream.arrival.lateCount
        counters.health.judgedCount = stream.arrival.count
        counters.health.lossRuns = stream.reception.lossRuns
        counters.health.drift = stream.arrival.drift
        counters.health.strangeCount = details.strangeCount
        counters.health.strangeType = details.strangeType
        counters.health.longestGap = stream.longestGap
        if stream.hasReceived, stream.remoteSends, stream.transport == .rtp {
            counters.health.longestGap = max(stream.longestGap, now - stream.lastArrival)
        }
        return counters
    }

    /// Speaks what is due, and looks for streams that fell silent and for presses whose end was
    /// lost. Call at ``nextDeadline`` or later.
    public mutating func tick<Output: MediaOutput & ~Copyable>(
        now: Instant, into output: inout Output
    ) {
        guard !legIndex.isEmpty else { return }
        beat(now: now, into: &output)
        guard now >= nextScan else { return }
        lastScan = now
        for slot in streams.indices where streams[slot].isOpen {
            if details[slot].detector.isPressed { flushDigits(slot, now: now, into: &output) }
            if streams[slot].isChecked { endConsent(slot, now: now, into: &output) }
            guard streams[slot].transport == .rtp, streams[slot].remoteSends,
                !streams[slot].isReportedSilent,
                now - streams[slot].lastArrival >= configuration.silenceTimeout
            else { continue }
            streams[slot].isReportedSilent = true
            report(slot, into: &output) { .silent($0, stream: $1) }
        }
    }

    /// Tells the owner of a stream's leg.
    func report<Output: MediaOutput & ~Copyable>(
        _ slot: Int, into output: inout Output, _ event: (MediaLegID, Int) -> MediaEvent
    ) {
        guard let leg = legs[streams[slot].leg] else { return }
        output.deliver(event(leg.number, streams[slot].number), to: leg.sink)
    }
}
