import Platform

/// Speaks to one party: an even stream of samples becomes RTP packets of its codec and packet time.
///
/// ``speak(_:_:)`` or ``pass()`` is called each 20 ms; time goes on in either. Nothing is allocated
/// after it was made.
final class SoundSender {
    let format: SoundFormat
    let sampleRate: Int
    private let encoder: any SoundEncoder
    /// Samples and timestamp units of one packet, and units of one beat.
    private let packetSize: Int
    private let packetUnits: UInt32
    private let beatUnits: UInt32
    private let line: UnsafeMutableBufferPointer<Int16>
    private var lineCount = 0
    private let packet: UnsafeMutableBufferPointer<UInt8>
    let ssrc: UInt32
    private var packetCount: UInt32 = 0
    private var octetCount: UInt32 = 0
    private var sequenceNumber: UInt16
    private var timestamp: UInt32
    /// The next packet begins a talk (RFC 3551 §4.1).
    private var isBeginning = true
    private var press: Press?
    private var ownPress: OwnPress?
    /// The tone of the key that is pressed still sounds.
    var isPressGoingOn = false

    /// A key that is passed on (RFC 4733).
    private struct Press {
        var source: UInt32
        var timestamp: UInt32
        var isOver: Bool
        var beatsLeft: Int
    }

    /// A key that was heard in the sound, and is told as an event.
    private struct OwnPress {
        var code: UInt8
        var timestamp: UInt32
        var beats: UInt32 = 0
    }

    /// Of a key that was heard in the sound.
    static var shortestPress: Duration { .milliseconds(100) }
    private static var shortestPressBeats: UInt32 { 5 }
    private static var longestPressBeats: UInt32 { 500 }

    /// So many beats without a word of a press end it: its end was lost.
    private static var pressPatience: Int { 10 }

    /// What has been sent, for sender reports; nil before the first packet.
    var sending: OwnReport.Sending? {
        packetCount == 0
            ? nil
            : OwnReport.Sending(
                timestamp: timestamp, packetCount: packetCount, octetCount: octetCount)
    }

    /// In a hundred packets: what an encoder is told to be ready for.
    static var leastExpectedLoss: Int { 5 }
    private static var greatestExpectedLoss: Int { 25 }
    private(set) var expectedLoss = leastExpectedLoss

    /// The party reports how many of our last packets were lost (RFC 3550 §6.4.1), in 256ths. More
    /// counts at once, less by and by.
    func noteLoss(_ fraction: UInt8) {
        let percent = (Int(fraction) * 100 + 128) / 256
        let wanted = max(percent, (expectedLoss + percent) / 2)
        let expected = min(max(wanted, Self.leastExpectedLoss), Self.greatestExpectedLoss)
        guard expected != expectedLoss else { return }
        expectedLoss = expected
        encoder.expectLoss(percent: expected)
    }

    /// - Parameter seed: where source, sequence and timestamp come from; drawn at random.
    init?(format: SoundFormat, sampleRate: Int, seed: UInt64) {
        guard let encoder = format.kind.makeEncoder(sampleRate: sampleRate, opus: format.opus)
        else { return nil }
        self.format = format
        self.sampleRate = sampleRate
        self.encoder = encoder
        let tens = Int(format.packetTime.nanoseconds / 10_000_000)
        packetSize = tens * sampleRate / 100
        packetUnits = UInt32(tens * format.kind.clockRate / 100)
        beatUnits = UInt32(2 * format.kind.clockRate / 100)
        line = .allocate(capacity: packetSize + sampleRate / SoundLimits.framesASecond)
        line.initialize(repeating: 0)
        packet = .allocate(
            capacity: RTPHeader.minimumLength
                + max(SoundLimits.bytesInPayload, 2 * SoundLimits.samplesInPacket))
        packet.initialize(repeating: 0)
        let mixed = (seed ^ seed >> 31) &* 0x9E37_79B9_7F4A_7C15
        ssrc = UInt32(truncatingIfNeeded: mixed >> 32)
        sequenceNumber = UInt16(truncatingIfNeeded: mixed)
        timestamp = UInt32(truncatingIfNeeded: mixed >> 13)
    }

    deinit {
        line.deallocate()
        packet.deallocate()
    }

    /// Speaks 20 ms; `send` gets each packet that is full.
    func speak(_ frame: Span<Int16>, _ send: (Span<UInt8>) -> Void) {
        if isStillPressed() { return pass() }
        let room = min(frame.count, line.count - lineCount)
        for index in 0..<room { line[lineCount + index] = frame[index] }
        lineCount += room
        var start = 0
        while lineCount - start >= packetSize {
            encode(from: start, send)
            start += packetSize
        }
        lineCount -= start
        for index in 0..<lineCount { line[index] = line[start + index] }
    }

    /// Says nothing for 20 ms.
    func pass() {
        // What waits for the rest of its packet is not said any more.
        if lineCount > 0 { timestamp &+= units(of: lineCount) }
        lineCount = 0
        timestamp &+= beatUnits
        isBeginning = true
    }

    /// A frame of a room that was encoded once for many may be spoken by ``speakShared(_:_:)``.
    var canShare: Bool { format.packetTime == SoundLimits.frame && encoder.isShareable }

    /// Speaks 20 ms that were encoded elsewhere, in this very codec.
    func speakShared(_ payload: Span<UInt8>, _ send: (Span<UInt8>) -> Void) {
        if isStillPressed() { return pass() }
        let start = RTPHeader.minimumLength
        let isSent = payload.count > 2 || payload.count > 0 && !format.opus.usesSilence
        guard isSent, start + payload.count <= packet.count else { return pass() }
        if lineCount > 0 { timestamp &+= units(of: lineCount) }
        lineCount = 0
        for index in 0..<payload.count { packet[start + index] = payload[index] }
        write(payloadType: format.payloadType, hasMarker: isBeginning, timestamp: timestamp)
        isBeginning = false
        note(payload.count)
        send(UnsafeBufferPointer(rebasing: packet[..<(start + payload.count)]).span)
        timestamp &+= beatUnits
    }

    private func note(_ length: Int) {
        packetCount &+= 1
        octetCount &+= UInt32(truncatingIfNeeded: length)
    }

    private func units(of count: Int) -> UInt32 {
        UInt32(count * format.kind.clockRate / sampleRate)
    }

    private func encode(from start: Int, _ send: (Span<UInt8>) -> Void) {
        let samples = UnsafeBufferPointer(rebasing: line[start..<start + packetSize]).span
        var payload =
            UnsafeMutableBufferPointer(rebasing: packet[RTPHeader.minimumLength...]).mutableSpan
        let count = encoder.encode(samples, into: &payload)
        // Opus says with two bytes or less that nothing need be sent (RFC 7587 §3.1.3).
        if count > 2 || count > 0 && !format.opus.usesSilence {
            write(payloadType: format.payloadType, hasMarker: isBeginning, timestamp: timestamp)
            isBeginning = false
            note(count)
            send(UnsafeBufferPointer(rebasing: packet[..<(RTPHeader.minimumLength + count)]).span)
        }
        timestamp &+= packetUnits
    }

    private func write(payloadType: UInt8, hasMarker: Bool, timestamp: UInt32) {
        sequenceNumber &+= 1
        packet[0] = 0x80
        packet[1] = payloadType & 0x7F | (hasMarker ? 0x80 : 0)
        packet[2] = UInt8(truncatingIfNeeded: sequenceNumber >> 8)
        packet[3] = UInt8(truncatingIfNeeded: sequenceNumber)
        for byte in 0..<4 {
            let shift = UInt32(24 - 8 * byte)
            packet[4 + byte] = UInt8(truncatingIfNeeded: timestamp >> shift)
            packet[8 + byte] = UInt8(truncatingIfNeeded: ssrc >> shift)
        }
    }

    /// From here on that key is told; what was told before has ended.
    func press(_ code: UInt8) {
        ownPress = OwnPress(code: code, timestamp: timestamp)
        isPressGoingOn = true
    }

    /// Tells a key that was heard in the sound, instead of the sound (RFC 4733 §2.5.1): an event
    /// each beat while it is pressed, its end three times. False where there is none to be told.
    func speakPress(as format: TelephoneEventFormat, _ send: (Span<UInt8>) -> Void) -> Bool {
        guard var current = ownPress else { return false }
        let isNew = current.beats == 0
        let goesOn =
            isPressGoingOn && current.beats < Self.longestPressBeats
            || current.beats < Self.shortestPressBeats
        if goesOn { current.beats += 1 }
        let units = current.beats * format.clockRate / UInt32(SoundLimits.framesASecond)
        for _ in 0..<(goesOn ? 1 : 3) {
            writeEvent(
                current.code, isEnd: !goesOn, volume: 10, duration: UInt16(clamping: units),
                payloadType: format.payloadType, hasMarker: isNew, at: current.timestamp, send)
        }
        ownPress = goesOn ? current : nil
        pass()
        return true
    }

    /// A key is pressed: sound waits, as a phone's own does.
    private func isStillPressed() -> Bool {
        guard let current = press, current.beatsLeft > 0, !current.isOver else { return false }
        press?.beatsLeft -= 1
        return true
    }

    /// Passes one packet of a press on, under this stream's numbers and clock.
    func pass(
        _ event: TelephoneEventPacket, clockRate: UInt32, as format: TelephoneEventFormat,
        _ send: (Span<UInt8>) -> Void
    ) {
        let isNew = press?.source != event.timestamp
        if isNew {
            press = Press(
                source: event.timestamp, timestamp: timestamp, isOver: false,
                beatsLeft: Self.pressPatience)
        }
        guard var current = press else { return }
        current.beatsLeft = Self.pressPatience
        if event.isEnd { current.isOver = true }
        press = current
        let scaled = UInt64(event.duration) * UInt64(format.clockRate) / UInt64(max(clockRate, 1))
        let duration = UInt16(clamping: scaled)
        writeEvent(
            event.code, isEnd: event.isEnd, volume: event.volume, duration: duration,
            payloadType: format.payloadType, hasMarker: isNew, at: current.timestamp, send)
        isBeginning = true
    }

    private func writeEvent(
        _ code: UInt8, isEnd: Bool, volume: UInt8, duration: UInt16, payloadType: UInt8,
        hasMarker: Bool, at timestamp: UInt32, _ send: (Span<UInt8>) -> Void
    ) {
        write(payloadType: payloadType, hasMarker: hasMarker, timestamp: timestamp)
        let start = RTPHeader.minimumLength
        packet[start] = code
        packet[start + 1] = (isEnd ? 0x80 : 0) | volume & 0x3F
        packet[start + 2] = UInt8(truncatingIfNeeded: duration >> 8)
        packet[start + 3] = UInt8(truncatingIfNeeded: duration)
        send(UnsafeBufferPointer(rebasing: packet[..<(start + 4)]).span)
    }
}
