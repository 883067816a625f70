import Platform

/// What one party says, as an even stream of samples: reordered, evened out, and without holes.
///
/// Packets come when they come; ``pull(now:)`` is called each 20 ms. Nothing is allocated after it
/// was made.
final class SoundReceiver {
    /// Samples a second of what it gives: ``SoundKind/narrow``, ``SoundKind/wide`` or
    /// ``SoundKind/full``.
    let sampleRate: Int
    /// Samples of 20 ms.
    let frameSize: Int
    /// Of one packet.
    let packetLimit: Int

    struct Reading {
        var payloadType: UInt8
        var kind: SoundKind
        var decoder: any SoundDecoder
    }

    /// At most ``SoundDescription/formatLimit``.
    let readings: [Reading]
    /// The payload type of comfort noise; 255 where the party sends none.
    private let noiseType: UInt8
    private var noise: ComfortNoise
    /// Hears keys in the sound, where the party has no other way to tell them.
    private let keyTones: KeyToneDetector?
    var buffer = JitterBuffer()
    var concealment: Concealment
    /// Decoded samples that wait for their frame.
    let line: UnsafeMutableBufferPointer<Int16>
    var lineCount = 0
    let frame: UnsafeMutableBufferPointer<Int16>
    let scratch: UnsafeMutableBufferPointer<Int16>
    /// The packet that was decoded last: which reading, and how many samples it had.
    var lastReading = 0
    var packetSize: Int
    /// The timestamp that follows what was played, in the clock of ``lastReading``; nil at a beginning.
    var expected: UInt32?
    /// The last packet that keys were sought in, and the timestamp that follows it.
    private var lastHeard: (sequence: Int64, timestamp: UInt32)?
    private var firstArrival: Instant?
    private var lastArrival = Instant.start
    private var isPlaying = false
    /// ``lastReading`` has decoded something.
    var hasPlayed = false
    /// One packet more waits than must, for the sake of copies (``deepens(for:)``).
    var isDeeper = false
    /// Packets since the last with a copy.
    private var withoutCopy = 0
    /// Samples for which a missing packet has been waited for.
    private var waited = 0
    /// The least that waited over the last ``trimInterval`` frames, in samples.
    private var leastWaiting = Int.max
    private var framesSinceTrim = 0
    /// Frames made up, and frames cut out to catch up.
    var concealedCount: UInt64 = 0
    private(set) var cutCount: UInt64 = 0

    private static var trimInterval: Int { 50 }
    /// Ten seconds: an encoder copies speech alone.
    private static var copyPatience: Int { 500 }
    /// Of sound that is no speech: packets that are late by as much are in time. T.30 waits for seconds.
    private static var steadyDelay: Duration { .milliseconds(160) }
    /// So much silence ends every key: 40 ms at the narrow rate.
    private static var keyEnd: Int { 320 }
    /// After so long without a packet nothing is heard any more, not even silence.
    private static var idleTime: Duration { .seconds(1) }
    /// A party that said that it is silent may be so for longer.
    private static var restTime: Duration { .seconds(60) }

    init(
        formats: [SoundFormat], noiseType: UInt8? = nil, sampleRate: Int,
        hearsKeys: Bool = false, after former: SoundReceiver? = nil
    ) {
        self.noiseType = noiseType ?? 255
        noise = ComfortNoise(sampleRate: sampleRate)
        keyTones =
            hearsKeys ? KeyToneDetector(sampleRate: sampleRate, after: former?.keyTones) : nil
        self.sampleRate = sampleRate
        frameSize = sampleRate / SoundLimits.framesASecond
        packetSize = frameSize
        readings = formats.prefix(SoundDescription.formatLimit).compactMap { format in
            format.kind.makeDecoder(sampleRate: sampleRate).map {
                Reading(payloadType: format.payloadType, kind: format.kind, decoder: $0)
            }
        }
        concealment = Concealment(sampleRate: sampleRate)
        packetLimit = SoundLimits.samplesInPacket(at: sampleRate)
        line = .allocate(capacity: frameSize + 2 * packetLimit)
        line.initialize(repeating: 0)
        frame = .allocate(capacity: frameSize)
        frame.initialize(repeating: 0)
        scratch = .allocate(
            capacity: SoundLimits.absorbedBefore + packetLimit
                + SoundLimits.absorbedAfter)
        scratch.initialize(repeating: 0)
    }

    deinit {
        line.deallocate()
        frame.deallocate()
        scratch.deallocate()
    }

    /// Sound that is no speech keeps its length: nothing is cut out to catch up, and it waits a little
    /// longer at first.
    var holdsSteady = false

    /// False while nothing comes, and has not for a while: there is nothing to pass on.
    private(set) var isHeard = false

    /// Hands over the frame that was pulled last.
    func withFrame<Result>(_ body: (Span<Int16>) -> Result) -> Result {
        body(UnsafeBufferPointer(rebasing: frame[...]).span)
    }

    /// True where keys are heard in the sound.
    var hearsKeys: Bool { keyTones != nil }

    /// A key's tone sounds.
    var isKeySounding: Bool { isPlaying && keyTones?.isSounding ?? false }

    /// The next key that was heard in the sound, as RFC 4733 numbers it.
    func takeKey() -> UInt8? { keyTones?.take() }

    /// Takes a packet; what has another payload type than sound keeps its place in the order.
    func receive(_ packet: Span<UInt8>, _ header: RTPHeader, now: Instant) {
        let kind = readings.first { $0.payloadType == header.payloadType }?.kind
        if !buffer.insert(packet, header, clockRate: kind?.clockRate, now: now) {
            pause()
            hasPlayed = false
        }
        if firstArrival == nil {
            firstArrival = now
            if !hasPlayed {
                isDeeper = kind == .opus
                withoutCopy = 0
            }
        }
        lastArrival = now
    }

    /// Brings the next 20 ms to ``withFrame(_:)``.
    func pull(now: Instant) {
        var delay = holdsSteady ? max(buffer.delay, Self.steadyDelay) : buffer.delay
        if isDeeper { delay = delay + .milliseconds(Int64(packetSize * 1_000 / sampleRate)) }
        if !isPlaying, let firstArrival, buffer.count > 0, now - firstArrival >= delay {
            isPlaying = true
            isHeard = true
            // What is missing before the first packet of a talk belongs to nothing that is heard.
            buffer.skipMissing()
            waited = 0
        }
        guard isPlaying else {
            makeRest(now: now)
            return
        }
        fill()
        takeFrame()
        trim()
    }

    /// 20 ms between two talks: the noise that the party described, or that its codec makes.
    private func makeRest(now: Instant) {
        let idle = now - lastArrival
        if idle >= (noise.isOn ? Self.restTime : Self.idleTime) {
            isHeard = false
            noise.end()
        }
        var samples = frame.mutableSpan
        if isHeard, noise.isOn { return noise.make(frameSize, into: &samples) }
        if isHeard, hasPlayed, readings.indices.contains(lastReading),
            readings[lastReading].decoder.hasNoise,
            readings[lastReading].decoder.conceal(frameSize, into: &samples) == frameSize
        {
            return
        }
        for index in 0..<frameSize { samples[index] = 0 }
    }

    /// From here on a new talk begins: its first packets wait again.
    private func pause() {
        isPlaying = false
        firstArrival = nil
        expected = nil
        lineCount = 0
    }

    private func takeFrame() {
        for index in 0..<frameSize { frame[index] = line[index] }
        lineCount -= frameSize
        for index in 0..<lineCount { line[index] = line[index + frameSize] }
    }

    /// Decodes or makes up until there is a frame.
    private func fill() {
        while lineCount < frameSize {
            switch buffer.turn() {
            case .packet(let place) where deepens(for: place):
                isDeeper = true
                stretch()
            case .packet(let place): readPacket(place)
            case .lost where waitsTooLittle:
                // Packets come later than they used to: this one, too, may be under way.
                waited += frameSize - lineCount
                makeUp(frameSize - lineCount, before: nil)
            case .lost(let first): fillIn(before: first)
            case .empty where noise.isOn:
                // Not lost: it is silent, and said so.
                rest(frameSize - lineCount)
                pause()
                lineCount = frameSize
            case .empty:
                makeUp(frameSize - lineCount, before: nil)
                if concealment.isSilent, let missing = silenceToFrame() {
                    pause()
                    lineCount = missing
                }
            }
        }
    }

    private var waitsTooLittle: Bool {
        lineCount + buffer.count * packetSize < delaySize && waited < delaySize
    }

    /// ``JitterBuffer/delay`` in samples.
    private var delaySize: Int {
        Int(buffer.delay.nanoseconds) * sampleRate / 1_000_000_000
    }

    /// After a pause there is nothing to go on from: what is left of the frame is silent.
    private func silenceToFrame() -> Int? {
        guard lineCount <= frameSize else { return nil }
        for index in lineCount..<frameSize { line[index] = 0 }
        return frameSize
    }

    private func readPacket(_ place: Int) {
        guard let waiting = buffer.waiting(place) else { return buffer.advance() }
        if waiting.payloadType == noiseType {
            buffer.payload(place) { noise.take($0) }
            return buffer.advance()
        }
        guard let number = readings.firstIndex(where: { $0.payloadType == waiting.payloadType })
        else { return buffer.advance() }
        let clockRate = readings[number].kind.clockRate
        if number == lastReading, let expected {
            let ahead = Int(Int32(bitPattern: waiting.timestamp &- expected))
            // Not lost, but not sent: silence, or a key that was pressed.
            if ahead > 0, ahead < 2 * clockRate {
                let gap = min(max(ahead * sampleRate / clockRate, 1), frameSize)
                if noise.isOn { rest(gap) } else { makeUp(gap, before: nil) }
                return
            }
        }
        noise.end()
        lastReading = number
        hasPlayed = true
        var room = tail.mutableSpan
        let decoder = readings[number].decoder
        let hasCopy = buffer.payload(place) { decoder.hasCopy($0) }
        withoutCopy = hasCopy ? 0 : withoutCopy + 1
        let count = buffer.payload(place) { decoder.decode($0, into: &room) }
        buffer.advance()
        guard count > 0 else { return makeUp(packetSize, before: nil) }
        hearKeys(waiting.timestamp, clockRate, count)
        concealment.hear(&room, count: count)
        waited = 0
        packetSize = count
        lineCount += count
        expected = waiting.timestamp &+ UInt32(truncatingIfNeeded: count * clockRate / sampleRate)
    }

    /// Has keys sought in what was decoded: as the party said it, however it came. What is missing by
    /// its number was lost, what is missing by its time alone was silence.
    private func hearKeys(_ timestamp: UInt32, _ clockRate: Int, _ count: Int) {
        guard let keyTones else { return }
        let units = UInt32(truncatingIfNeeded: count * clockRate / sampleRate)
        if let last = lastHeard {
            let missing = Int(truncatingIfNeeded: buffer.sequence - last.sequence) - 1
            let gap = Int(Int32(bitPattern: timestamp &- last.timestamp))
            let silent = (gap - missing * Int(units)) * SoundKind.narrow / clockRate
            // More than a second of packets is another beginning.
            let isAnother = missing < 0 || missing > SoundLimits.framesASecond
            if isAnother || silent > 0 {
                keyTones.rest(isAnother ? Self.keyEnd : silent)
            } else if missing > 0 {
                keyTones.passOver()
            }
        }
        lastHeard = (buffer.sequence, timestamp &+ units)
        keyTones.hear(UnsafeBufferPointer(rebasing: tail[..<count]).span)
    }

    /// Noise as the party described it, for what it does not say.
    private func rest(_ count: Int) {
        var room = tail.mutableSpan
        noise.make(count, into: &room)
        expectAfter(count)
        lineCount += count
    }

    /// Where the next samples go: room for a packet at least, because less than a frame waits.
    var tail: UnsafeMutableBufferPointer<Int16> {
        UnsafeMutableBufferPointer(rebasing: line[lineCount...])
    }

    /// Catches up where more waits than must, as after a burst, or where that party's clock is the
    /// faster one: one frame passes into the one after the next.
    private func trim() {
        guard !holdsSteady else { return }
        leastWaiting = min(leastWaiting, lineCount + buffer.count * packetSize)
        framesSinceTrim += 1
        guard framesSinceTrim >= Self.trimInterval else { return }
        // What came a little late may do so again; what waits for copies that do not come need not.
        let isInVain = isDeeper && withoutCopy >= Self.copyPatience
        let tooMuch = leastWaiting - delaySize + (isInVain ? frameSize : -packetSize)
        framesSinceTrim = 0
        leastWaiting = Int.max
        guard tooMuch > 0 else { return }
        isDeeper = false
        // Far too much is a burst of old packets: better one jump than minutes of delay.
        for _ in 0..<min(max(1, tooMuch / frameSize / 2), 8) {
            fill()
            cutCount &+= 1
            for index in 0..<frameSize {
                let old = Int32(frame[index])
                let new = Int32(line[index])
                frame[index] = Int16(
                    clamping: old + (new - old) * Int32(index) / Int32(frameSize))
            }
            lineCount -= frameSize
            for index in 0..<lineCount { line[index] = line[index + frameSize] }
        }
    }
}
