import Platform

/// RTCP of streams that pass through our own codecs: there we are sender and receiver ourselves, so
/// reports end and begin here (RFC 3550 §7.1: a translator that encodes anew).
extension MediaCore {
    /// RFC 3550 §6.2: five seconds at least.
    private static var reportInterval: Duration { .seconds(5) }

    /// Takes the reports of a party that we talk with; false where its stream is relayed.
    mutating func takeReports(_ packet: Span<UInt8>, _ slot: Int, now: Instant) -> Bool {
        let isOurs = sounds[slot].isOurs
        // What is relayed is another's source; how it sounds is worth knowing all the same.
        let source = isOurs ? sounds[slot].sender?.ssrc : nil
        if let heard = VoiceReport(in: packet, about: source) {
            streams[slot].counters.partyReport = heard
        }
        guard isOurs else { return false }
        let reports = ControlReports(packet, ssrc: sounds[slot].sender?.ssrc ?? 0)
        if let sender = reports.sender {
            sounds[slot].meter.noteSender(sender.middle, of: sender.ssrc, now: now)
        }
        if let block = reports.aboutUs, sounds[slot].sender != nil {
            sounds[slot].sender?.noteLoss(block.fractionLost)
            let time = UInt32(truncatingIfNeeded: OwnReport.time(of: now) >> 16)
            if let roundTrip = block.roundTrip(now: time) {
                streams[slot].counters.roundTrip = roundTrip
            }
        }
        return true
    }

    /// Reports that are due in this beat.
    mutating func sendReports<Output: MediaOutput & ~Copyable>(
        now: Instant, into output: inout Output
    ) {
        for slot in soundingSlots where sounds[slot].isOurs && now >= sounds[slot].nextReport {
            let isFirst = sounds[slot].nextReport == .start
            sounds[slot].nextReport = now + Self.reportInterval
            // Not before there is something to tell.
            if !isFirst { sendReport(slot, now: now, into: &output) }
        }
    }

    private mutating func sendReport<Output: MediaOutput & ~Copyable>(
        _ slot: Int, now: Instant, into output: inout Output
    ) {
        let isMuxed = streams[slot].isMuxed
        // Who sends no reports gets none: behind a NAT box the port that a description implies may
        // be another phone's.
        let way =
            isMuxed && streams[slot].counters.controlReceived > 0
            ? streams[slot].media.source : streams[slot].control.source
        guard streams[slot].transport == .rtp, let destination = way,
            let sender = sounds[slot].sender
        else { return }
        let report = OwnReport(
            ssrc: sender.ssrc, time: OwnReport.time(of: now), sending: sender.sending,
            block: sounds[slot].meter.block(now: now),
            name: String(seed(of: slot), radix: 36), voice: voiceReport(slot, now: now))
        let bytes = report.bytes
        sendControl(
            bytes.span, to: destination, from: slot, isMuxed ? .rtp : .rtcp, into: &output)
    }

    /// How the party sounds to us (RFC 3611 §4.7); nil where it does not want to know, or is silent.
    private func voiceReport(_ slot: Int, now: Instant) -> VoiceReport? {
        let meter = sounds[slot].meter
        guard details[slot].wantsVoiceReports, let ssrc = meter.ssrc else { return nil }
        var report = VoiceReport(ssrc: ssrc)
        report.lost = meter.lostShare
        let format = details[slot].description.received.first
        let densities = meter.bursts.densities
        report.burstDensity = densities.burst
        report.gapDensity = densities.gap
        let packet = Self.milliseconds(format?.packetTime ?? SoundFormat.usualPacketTime)
        report.burstTime = UInt16(clamping: Int(densities.burstLength * Double(packet)))
        report.gapTime = UInt16(clamping: Int(densities.gapLength * Double(packet)))
        if let receiver = sounds[slot].receiver {
            report.discarded = meter.share(receiver.buffer.dropped)
            report.waiting = Self.milliseconds(receiver.buffer.delay)
            report.waitingMost = Self.milliseconds(receiver.buffer.longestDelay)
            report.waitingLimit = Self.milliseconds(JitterBuffer.greatestDelay)
            // A packet fills, and a beat is waited for.
            report.ownDelay =
                report.waiting &+ packet &+ Self.milliseconds(SoundLimits.frame)
        }
        let counters = counters(of: slot, now: now)
        report.roundTrip = Self.milliseconds(counters.roundTrip ?? .zero)
        let codec = format?.kind.encodingName
        let quality = counters.quality(codec: codec)
        report.rating = quality.map { UInt8(clamping: Int($0.rating.rounded())) }
        report.score = quality?.score
        report.listeningScore = counters.quality(codec: codec, isListening: true)?.score
        return report
    }

    private static func milliseconds(_ span: Duration) -> UInt16 {
        UInt16(clamping: span.nanoseconds / 1_000_000)
    }
}
