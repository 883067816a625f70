import Platform
import Testing

@testable import Media

/// An hour of talk over a bad network: nothing wears out, and the delay does not grow.
struct LongTalkTests {
    /// 20 ms of L16 at 8 kHz, one packet like the other, but for the mark.
    private struct Phone {
        private static let tone = bytes(of: Tones.sine(400, count: 160, sampleRate: 8_000))
        private static let mark = bytes(of: [Int16](repeating: 20_000, count: 160))

        private static func bytes(of samples: [Int16]) -> [UInt8] {
            samples.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        }

        func packet(_ number: Int, isMarked: Bool) -> [UInt8] {
            let time = UInt32(truncatingIfNeeded: number * 160)
            return [0x80, 96, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
                + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
                + [0, 0, 0, 1] + (isMarked ? Self.mark : Self.tone)
        }
    }

    /// Loses three in a hundred, five in a row on average, and brings the others up to 30 ms late.
    private struct Network {
        private var random = Seeded(3)
        private var isLosing = false
        private(set) var lost = 0

        /// When the packet comes, after it was sent; nil where it does not.
        mutating func carry() -> Int? {
            isLosing = isLosing ? random.below(5) != 0 : random.below(160) == 0
            if isLosing { lost += 1 }
            return isLosing ? nil : random.below(31)
        }
    }

    @Test func `after an hour of lost bursts and a fast clock talk is as near as at first`() {
        let receiver = SoundReceiver(
            formats: [SoundFormat(payloadType: 96, kind: .linear(sampleRate: 8_000))],
            sampleRate: 8_000)
        let phone = Phone()
        var network = Network()
        var due: [(time: Int, number: Int)] = []
        var number = 0
        /// When each mark was sent and heard.
        var sent: Int?
        var delays: [Int] = []
        var silent = 0
        let frames = 180_000
        for frame in 0..<frames {
            let now = frame * 20
            // A hundred parts in a million too fast.
            while number * 20 * 9_999 / 10_000 <= now {
                let isMarked = number % 3_000 == 1_500
                // A mark that was lost is none.
                if let delay = isMarked ? 10 : network.carry() {
                    due.append((now + delay, number))
                    if isMarked { sent = now }
                }
                number += 1
            }
            for arrival in due.filter({ $0.time <= now }).sorted(by: { $0.time < $1.time }) {
                let bytes = phone.packet(
                    arrival.number, isMarked: arrival.number % 3_000 == 1_500)
                guard let header = RTPHeader(bytes.span) else { continue }
                receiver.receive(
                    bytes.span, header, now: .start + .milliseconds(Int64(1_000 + arrival.time)))
            }
            due.removeAll { $0.time <= now }
            receiver.pull(now: .start + .milliseconds(Int64(1_005 + now)))
            let (isMark, isSilent) = receiver.withFrame { heard in
                (heard[80] == 20_000 && heard[120] == 20_000, heard[81] == 0 && heard[121] == 0)
            }
            if isMark, let began = sent {
                delays.append(now - began)
                sent = nil
            }
            if isSilent { silent += 1 }
        }
        let share = Double(network.lost) / Double(frames)
        #expect((0.02...0.04).contains(share), "\(share)")
        // One mark a minute; a mark is missed where it was cut in two.
        #expect(delays.count >= 45, "\(delays.count)")
        #expect(delays.allSatisfy { (10...160).contains($0) }, "\(delays)")
        let first = delays.prefix(10).reduce(0, +), last = delays.suffix(10).reduce(0, +)
        #expect(abs(first - last) <= 400, "\(delays)")
        // What was lost was filled in, and silent where too much was lost at once: nothing else is
        // missing. The 18 packets too many were told in the gaps.
        let missing = Int(receiver.concealedCount) + silent
        #expect(abs(missing - network.lost) < network.lost / 20, "\(missing) of \(network.lost)")
        #expect(receiver.isHeard)
    }
}
