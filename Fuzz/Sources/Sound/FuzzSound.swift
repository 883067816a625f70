import Fuzzing
import Platform

@testable import Media

/// What a party sends, through jitter buffer, decoders and concealment: packets of any codec with any
/// payload, at any time. Every beat has its frame, and no more waits than there is room for.
func fuzzSound(_ bytes: [UInt8]) {
    var choices = Choices(bytes)
    let sampleRate = choices.pick([SoundKind.narrow, SoundKind.wide])
    let kinds: [SoundKind] = [
        .pcmu, .pcma, .g722, .opus, .linear(sampleRate: 8_000), .linear(sampleRate: 16_000),
    ]
    let formats = kinds.enumerated().map {
        SoundFormat(payloadType: UInt8($0.offset), kind: $0.element)
    }
    let receiver = SoundReceiver(
        formats: formats, noiseType: 13, sampleRate: sampleRate, hearsKeys: choices.flag())
    receiver.holdsSteady = choices.flag()
    var meter = ReceptionMeter()
    var now = Instant.start
    var sequence: UInt16 = choices.flag() ? 0xFFF0 : 0
    var timestamp: UInt32 = choices.flag() ? 0xFFFF_FF00 : 0
    var count = 0
    while !choices.isEmpty, count < 300 {
        count += 1
        let step = choices.byte()
        if step < 96 {
            now = now + .milliseconds(20)
            receiver.pull(now: now)
            let length = receiver.withFrame { $0.count }
            require(length == sampleRate / 50, "a frame is 20 ms: \(length)")
            require(receiver.lineCount >= 0, "nothing is owed: \(receiver.lineCount)")
            _ = receiver.takeKey()
            continue
        }
        // Usually the next one; sometimes far from it.
        sequence &+= step < 200 ? 1 : UInt16(choices.byte()) << 8 | UInt16(choices.byte())
        timestamp &+= step < 220 ? UInt32(choices.byte()) * 10 : UInt32(choices.byte()) << 24
        let type = choices.pick([0, 1, 2, 3, 4, 5, 13, 101] as [UInt8])
        let packet: [UInt8] =
            [0x80, type, UInt8(sequence >> 8), UInt8(sequence & 255)]
            + (0..<4).map { UInt8(truncatingIfNeeded: timestamp >> UInt32(24 - 8 * $0)) }
            + [0, 0, 0, step == 255 ? 8 : 7] + choices.chunk()
        guard let header = RTPHeader(packet.span) else { continue }
        receiver.receive(packet.span, header, now: now)
        meter.note(header, clockRate: 8_000, now: now)
        let densities = meter.bursts.densities
        require(
            densities.burstLength.isFinite && densities.gapLength.isFinite,
            "lengths are numbers: \(densities)")
    }
    let payload = choices.rest()
    _ = OpusPayload.hasCopy(payload.span)
}
