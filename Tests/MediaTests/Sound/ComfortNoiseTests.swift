import Platform
import Testing

@testable import Media

/// Silence that is described instead of sent (RFC 3389), and silence that Opus leaves out.
struct ComfortNoiseTests {
    private static func payload(
        _ packet: [UInt8], _ number: Int, at time: Int, type: UInt8
    ) -> [UInt8] {
        [0x80, type, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> $0) } + [0, 0, 0, 7] + packet
    }

    private struct Talk {
        let receiver: SoundReceiver
        var heard: [Int16] = []
        var now = Instant.start + .seconds(1)

        mutating func pass(_ packet: [UInt8]?) {
            if let packet, let header = RTPHeader(packet.span) {
                receiver.receive(packet.span, header, now: now)
            }
            receiver.pull(now: now + .milliseconds(5))
            receiver.withFrame { frame in
                for index in 0..<frame.count { heard.append(frame[index]) }
            }
            now = now + .milliseconds(20)
        }

        /// The level of some of the frames from the end, in dB below the greatest square wave.
        func level(last: Int) -> Double {
            let part = heard.suffix(last * receiver.frameSize)
            return 20 * log10Of(Tones.level(part) / 32_767)
        }

        private func log10Of(_ value: Double) -> Double {
            var (value, count) = (max(value, 1e-9), 0.0)
            while value < 1 {
                value *= 1.122_018_454_301_963_3
                count -= 0.05
            }
            return count
        }
    }

    @Test(arguments: [8_000, 16_000], [[50], [50, 90, 140], [50, 250, 20, 127]] as [[UInt8]])
    func `noise has the level that it was described with, however it is coloured`(
        sampleRate: Int, payload: [UInt8]
    ) {
        var noise = ComfortNoise(sampleRate: sampleRate)
        noise.take(payload.span)
        var samples = [Int16](repeating: 0, count: 1_920)
        var all: [Int16] = []
        for _ in 0..<50 {
            var span = samples.mutableSpan
            noise.make(1_920, into: &span)
            all += samples
        }
        let wanted = 32_767 * 0.003_162
        #expect(noise.isOn)
        #expect((0.7...1.4).contains(Tones.level(all[1_920...]) / wanted))
    }

    @Test func `what is not noise is refused, and no coefficient makes it burst`() {
        var noise = ComfortNoise(sampleRate: 8_000)
        noise.take([UInt8]().span)
        #expect(!noise.isOn)
        var draw = Seeded(3)
        for _ in 0..<500 {
            let count = Int(draw.next() % 40)
            let payload = (0..<count).map { _ in UInt8(truncatingIfNeeded: draw.next()) }
            noise.take(payload.span)
            var samples = [Int16](repeating: 0, count: 160)
            var span = samples.mutableSpan
            noise.make(160, into: &span)
        }
        #expect(noise.isOn)
    }

    @Test(arguments: [SoundKind.pcmu, .pcma, .g722])
    func `a party that says that it is silent is heard as noise until it speaks again`(
        kind: SoundKind
    ) throws {
        let encoder = try #require(kind.makeEncoder(sampleRate: kind.sampleRate))
        let format = SoundFormat(payloadType: 8, kind: kind)
        var talk = Talk(
            receiver: SoundReceiver(
                formats: [format], noiseType: 13, sampleRate: kind.sampleRate))
        let size = kind.sampleRate / 50
        func speech(_ number: Int, at frame: Int) -> [UInt8] {
            let tone = Tones.sine(400, count: size, sampleRate: kind.sampleRate)
            return Self.payload(encoder.encoded(tone), number, at: frame * 160, type: 8)
        }
        for frame in 0..<50 { talk.pass(speech(frame, at: frame)) }
        let concealed = talk.receiver.concealedCount
        talk.pass(Self.payload([45, 127], 50, at: 50 * 160, type: 13))
        for _ in 51..<150 { talk.pass(nil) }
        #expect(abs(talk.level(last: 60) + 45) < 2)
        #expect(talk.receiver.concealedCount == concealed)
        // The next talk goes on in the order of numbers, three seconds later in time.
        for frame in 150..<200 { talk.pass(speech(51 + frame - 150, at: frame)) }
        #expect(talk.receiver.concealedCount == concealed)
        let last = talk.heard.suffix(40 * size)
        #expect(Tones.purity(last, 400, sampleRate: kind.sampleRate) > 11)
        for _ in 0..<100 { talk.pass(nil) }
        #expect(!talk.receiver.isHeard)
    }

    @Test func `a rest in Opus sounds on as the noise of its room, then as nothing`() throws {
        let parameters = OpusParameters(usesErrorCorrection: false, usesSilence: true)
        let encoder = try #require(OpusEncoder(sampleRate: 16_000, parameters: parameters))
        var talk = Talk(
            receiver: SoundReceiver(
                formats: [SoundFormat(payloadType: 111, kind: .opus)], sampleRate: 16_000))
        var draw = Seeded(5)
        var number = 0
        var sent = 0
        for frame in 0..<200 {
            let tone =
                frame < 50
                ? Tones.sine(400, count: 320, sampleRate: 16_000)
                : [Int16](repeating: 0, count: 320)
            let room = tone.map { $0 + Int16(truncatingIfNeeded: Int64(draw.next() % 201)) - 100 }
            let bytes = encoder.encoded(room)
            guard bytes.count > 2 else {
                talk.pass(nil)
                continue
            }
            talk.pass(Self.payload(bytes, number, at: frame * 960, type: 111))
            number += 1
            sent += 1
        }
        #expect(sent < 150)
        #expect(talk.receiver.isHeard)
        #expect(talk.level(last: 40) > -75, "the room fell silent")
        for _ in 0..<100 { talk.pass(nil) }
        #expect(!talk.receiver.isHeard)
        #expect(talk.level(last: 20) < -90)
    }

    @Test func `silence that was described counts as no loss in our reports`() {
        var line = SoundLine()
        line.listen(
            to: SoundDescription(
                received: [SoundFormat(payloadType: 8, kind: .pcma)], noiseType: 13),
            sampleRate: 8_000)
        let voice = [UInt8](repeating: 0xD5, count: 160)
        var now = Instant.start
        for number in 0..<100 {
            let isNoise = number % 10 == 9
            let packet = Self.payload(
                isNoise ? [60] : voice, number, at: number * 160, type: isNoise ? 13 : 8)
            if let header = RTPHeader(packet.span) { line.hear(packet.span, header, now: now) }
            now = now + .milliseconds(20)
        }
        #expect(line.meter.block(now: now)?.lost == 0)
    }
}
