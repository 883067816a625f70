import Platform
import Testing

@testable import Media

/// What a party says comes out evenly, whatever the network did to it.
struct SoundReceiverTests {
    /// A party that speaks L16 at 8 kHz, 20 ms a packet, a tone of 400 Hz.
    private struct Talk {
        let receiver = SoundReceiver(
            formats: [SoundFormat(payloadType: 96, kind: .linear(sampleRate: 8_000))],
            sampleRate: 8_000)
        var heard: [Int16] = []

        func packet(
            _ number: Int, ssrc: UInt8 = 1, shift: Int = 0, payloadType: UInt8 = 96
        ) -> [UInt8] {
            let time = UInt32(truncatingIfNeeded: (number + shift) * 160)
            var bytes: [UInt8] = [
                0x80, payloadType, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF),
            ]
            bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
            bytes += [0, 0, 0, ssrc]
            for sample in Tones.sine(400, count: 160, sampleRate: 8_000) {
                let (high, low) = (sample >> 8, sample)
                bytes += [UInt8(truncatingIfNeeded: high), UInt8(truncatingIfNeeded: low)]
            }
            return bytes
        }

        func arrive(_ bytes: [UInt8], at milliseconds: Int) {
            guard let header = RTPHeader(bytes.span) else { return }
            receiver.receive(bytes.span, header, now: Self.time(milliseconds))
        }

        mutating func pull(at milliseconds: Int) {
            receiver.pull(now: Self.time(milliseconds))
            receiver.withFrame { frame in
                for index in 0..<frame.count { heard.append(frame[index]) }
            }
        }

        private static func time(_ milliseconds: Int) -> Instant {
            .start + .milliseconds(1_000 + milliseconds)
        }

        /// Packets arrive as `arrivals` says (number, milliseconds), frames are pulled each 20 ms.
        mutating func run(_ arrivals: [(Int, Int)], frames: Int) {
            let ordered = arrivals.sorted { $0.1 < $1.1 }
            var next = 0
            for frame in 0..<frames {
                while next < ordered.count, ordered[next].1 <= frame * 20 {
                    arrive(packet(ordered[next].0), at: ordered[next].1)
                    next += 1
                }
                pull(at: frame * 20 + 5)
            }
        }
    }

    private func purity(_ heard: ArraySlice<Int16>) -> Double {
        Tones.purity(heard, 400, sampleRate: 8_000)
    }

    @Test func `a steady talk begins within 40 ms and has no hole`() {
        var talk = Talk()
        talk.run((0..<100).map { ($0, $0 * 20) }, frames: 100)
        let first = talk.heard.firstIndex { $0 != 0 } ?? 0
        #expect(first <= 321)
        #expect(purity(talk.heard[480..<15_840]) > 60)
        #expect(talk.receiver.concealedCount == 0 && talk.receiver.cutCount == 0)
    }

    @Test func `packets that overtake one another are put in order, doubles are dropped`() {
        var talk = Talk()
        var arrivals: [(Int, Int)] = []
        for number in 0..<100 {
            let late = number % 5 == 2 ? 25 : 0
            arrivals += [(number, number * 20 + late), (number, number * 20 + late + 1)]
        }
        talk.run(arrivals, frames: 110)
        #expect(purity(talk.heard[3_200..<14_400]) > 15)
        #expect(talk.receiver.concealedCount <= 6)
    }

    @Test func `what is lost is filled in, and the talk goes on in time`() {
        var talk = Talk()
        talk.run((0..<200).filter { $0 % 10 != 7 }.map { ($0, $0 * 20) }, frames: 200)
        #expect(talk.receiver.concealedCount >= 18)
        // A steady tone of whole periods is repeated without a seam.
        #expect(purity(talk.heard[1_600..<30_000]) > 20)
        #expect(Tones.level(talk.heard[1_600..<30_000]) > 5_000)
    }

    @Test func `after a long gap there is silence, then nothing, and a later talk is heard again`()
    {
        var talk = Talk()
        talk.run((0..<20).map { ($0, $0 * 20) }, frames: 100)
        #expect(Tones.level(talk.heard[(160 * 30)...]) == 0)
        #expect(!talk.receiver.isHeard)
        for number in 100..<120 {
            talk.arrive(talk.packet(number), at: number * 20)
            talk.pull(at: number * 20 + 5)
        }
        #expect(talk.receiver.isHeard)
        #expect(purity(talk.heard.suffix(1_600)) > 50)
    }

    @Test func `the first packets after a hold are heard, though some before them never came`() {
        var talk = Talk()
        talk.run((0..<20).map { ($0, $0 * 20) }, frames: 300)
        // Its clock stood still meanwhile, and ten packets went nowhere; then three come, no more.
        for number in 30..<33 {
            talk.arrive(talk.packet(number, shift: -10), at: 6_000 + number * 20)
            talk.pull(at: 6_005 + number * 20)
        }
        talk.heard = []
        for frame in 33..<60 { talk.pull(at: 6_005 + frame * 20) }
        #expect(talk.heard.count { $0 != 0 } > 300)
    }

    @Test func `another source, and a jump of timestamps, go on at once`() {
        var talk = Talk()
        talk.run((0..<20).map { ($0, $0 * 20) }, frames: 20)
        for number in 0..<40 {
            let bytes =
                number < 20
                ? talk.packet(5_000 + number, ssrc: 9)
                : talk.packet(5_000 + number, ssrc: 9, shift: 1_000_000)
            talk.arrive(bytes, at: 400 + number * 20)
            talk.pull(at: 405 + number * 20)
        }
        #expect(purity(talk.heard[(160 * 25)..<(160 * 38)]) > 50)
        #expect(purity(talk.heard.suffix(160 * 15)) > 50)
    }

    @Test func `silence that was not sent is silence, not loss`() {
        var talk = Talk()
        talk.run((0..<20).map { ($0, $0 * 20) }, frames: 20)
        // Ten packets' time passes without a packet; the sequence goes on.
        for frame in 20..<60 {
            if frame >= 30 {
                talk.arrive(talk.packet(frame - 10, shift: 10), at: frame * 20)
            }
            talk.pull(at: frame * 20 + 5)
        }
        #expect(purity(talk.heard.suffix(160 * 20)) > 50)
    }

    @Test func `a fast clock and a burst are caught up with`() {
        var talk = Talk()
        // 2 % too fast for a minute: 60 packets too many.
        talk.run((0..<3_060).map { ($0, $0 * 60_000 / 3_060) }, frames: 3_000)
        #expect((40...70).contains(Int(talk.receiver.cutCount)), "\(talk.receiver.cutCount)")
        #expect(talk.receiver.concealedCount < 10)
    }

    @Test func `a slow clock is waited for`() {
        var talk = Talk()
        talk.run((0..<2_940).map { ($0, $0 * 60_000 / 2_940) }, frames: 3_000)
        #expect((40...80).contains(Int(talk.receiver.concealedCount)))
        #expect(Tones.level(talk.heard[1_600...]) > 5_000)
    }

    @Test func `packets of other payload types keep their place and are not heard`() {
        var talk = Talk()
        for number in 0..<50 {
            let isEvent = (20..<25).contains(number)
            talk.arrive(talk.packet(number, payloadType: isEvent ? 101 : 96), at: number * 20)
            talk.pull(at: number * 20 + 5)
        }
        #expect(purity(talk.heard.suffix(160 * 15)) > 40)
        #expect(talk.receiver.isHeard)
    }

    private static func payloads(expectsLoss: Bool, count: Int) throws -> [[UInt8]] {
        let parameters = OpusParameters(usesErrorCorrection: expectsLoss)
        let encoder = try #require(
            SoundKind.opus.makeEncoder(sampleRate: 16_000, opus: parameters))
        let samples = Tones.voice(count: 320 * count, sampleRate: 16_000)
        return (0..<count).map { encoder.encoded(Array(samples[(320 * $0)...].prefix(320))) }
    }

    /// An Opus party whose packets come on time, but for some; what is heard of it.
    private func opus(
        expectsLoss: Bool, count: Int, lost: Set<Int> = []
    ) throws -> (heard: [Int16], receiver: SoundReceiver) {
        let payloads = try Self.payloads(expectsLoss: expectsLoss, count: count)
        let receiver = SoundReceiver(
            formats: [SoundFormat(payloadType: 96, kind: .opus)], sampleRate: 16_000)
        var heard: [Int16] = []
        for number in 0..<count {
            let now = Instant.start + .milliseconds(1_000 + 20 * Int64(number))
            let time = UInt32(960 * number)
            var bytes: [UInt8] = [0x80, 96, UInt8(number >> 8), UInt8(number & 0xFF)]
            bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
            bytes += [0, 0, 0, 1] + payloads[number]
            if let header = RTPHeader(bytes.span), !lost.contains(number) {
                receiver.receive(bytes.span, header, now: now)
            }
            receiver.pull(now: now + .milliseconds(5))
            receiver.withFrame { frame in
                for index in 0..<frame.count { heard.append(frame[index]) }
            }
        }
        return (heard, receiver)
    }

    @Test func `lost packets of Opus sound as its decoder makes them of the copies after them`()
        throws
    {
        let lost: Set = [40, 60, 61, 80, 81, 82], count = 120
        let (heard, _) = try opus(expectsLoss: true, count: count, lost: lost)
        let payloads = try Self.payloads(expectsLoss: true, count: count)
        let decoder = try #require(SoundKind.opus.makeDecoder(sampleRate: 16_000))
        for number in 0..<count - 2 {
            let frame =
                if !lost.contains(number) {
                    decoder.decoded(payloads[number], room: 320)
                } else if !lost.contains(number + 1) {
                    decoder.recovered(320, before: payloads[number + 1])
                } else {
                    decoder.concealed(320)
                }
            #expect(frame.count == 320)
            // Played two packets after it came.
            #expect(Array(heard[(320 * (number + 2))...].prefix(320)) == frame, "\(number)")
        }
    }

    @Test func `who sends Opus waits a packet longer, but not for copies that never come`() throws {
        #expect(try opus(expectsLoss: true, count: 700).receiver.cutCount == 0)
        let (heard, receiver) = try opus(expectsLoss: false, count: 700)
        #expect(receiver.cutCount == 1)
        #expect((heard.firstIndex { $0 != 0 } ?? 0) >= 640)
        #expect(receiver.concealedCount == 0)
    }

    @Test(arguments: 0..<20) func `any packets in any order at any time do no harm`(seed: UInt64) {
        var random = Seeded(seed)
        let formats: [SoundFormat] = [
            SoundFormat(payloadType: 8, kind: .pcma), SoundFormat(payloadType: 9, kind: .g722),
            SoundFormat(payloadType: 96, kind: .opus),
        ]
        let receiver = SoundReceiver(formats: formats, sampleRate: random.pick([8_000, 16_000]))
        var now = Instant.start
        for _ in 0..<2_000 {
            now = now + .milliseconds(Int64(random.below(30)))
            let length = random.pick([0, 1, 3, 80, 160, 161, 960, 1_400])
            var bytes = (0..<(12 + length)).map { _ in UInt8(random.below(256)) }
            bytes[0] = 0x80
            bytes[1] = random.pick([8, 9, 96, 101, 200])
            if random.chance(80) { bytes[2] = UInt8(random.below(2)) }
            if random.chance(90) { bytes[8...11] = [0, 0, 0, 1] }
            if let header = RTPHeader(bytes.span) {
                receiver.receive(bytes.span, header, now: now)
            }
            if random.chance(70) { receiver.pull(now: now) }
        }
        let count = receiver.withFrame { $0.count }
        #expect(count == receiver.frameSize)
    }
}
