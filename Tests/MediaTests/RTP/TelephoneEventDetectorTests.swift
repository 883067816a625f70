import Media
import Platform
import Testing

struct TelephoneEventDetectorTests {
    /// The packets of one press, as RFC 4733 §2.5.1 sends them: updates, then the end three times.
    static func press(
        _ code: UInt8, at timestamp: UInt32, sequence: UInt16, updates: Int = 4
    ) -> [TelephoneEventPacket] {
        let steps = (1...updates).map { step in
            TelephoneEventPacket(
                code: code, isEnd: false, duration: UInt16(400 * step), timestamp: timestamp,
                sequenceNumber: sequence &+ UInt16(step) &- 1)
        }
        let ends = (0..<3).map { step in
            TelephoneEventPacket(
                code: code, isEnd: true, duration: UInt16(400 * (updates + 1)),
                timestamp: timestamp,
                sequenceNumber: sequence &+ UInt16(updates + step))
        }
        return steps + ends
    }

    private func told(_ packets: [TelephoneEventPacket]) -> [TelephoneEvent] {
        var detector = TelephoneEventDetector()
        var told: [TelephoneEvent] = []
        for packet in packets {
            detector.receive(packet, clockRate: 8_000, now: .start) { told.append($0) }
        }
        detector.flush(now: .start + .seconds(1)) { told.append($0) }
        return told
    }

    private func keys(_ packets: [TelephoneEventPacket]) -> String {
        String(told(packets).compactMap(\.character))
    }

    @Test func `a press is told once, with its duration`() {
        let events = told(Self.press(5, at: 16_000, sequence: 10))
        #expect(events == [TelephoneEvent(code: 5, duration: .milliseconds(250))])
    }

    @Test func `a press whose packets are all lost but one is still told`() {
        let whole = Self.press(1, at: 0, sequence: 0)
        for packet in whole { #expect(keys([packet]) == "1") }
    }

    @Test func `a lost end is told when the next press begins, or after a while`() {
        let first = Self.press(1, at: 0, sequence: 0).filter { !$0.isEnd }
        let second = Self.press(1, at: 4_000, sequence: 20)
        #expect(keys(first + second) == "11")
        #expect(keys(first) == "1")
    }

    @Test func `the same key twice is two presses`() {
        #expect(
            keys(
                Self.press(7, at: 0, sequence: 0) + Self.press(7, at: 3_000, sequence: 7)
                    + Self.press(11, at: 6_000, sequence: 14)) == "77#")
    }

    @Test func `repeats and reordering do not double a press`() {
        let first = Self.press(3, at: 0, sequence: 0)
        let second = Self.press(4, at: 3_000, sequence: 7)
        #expect(keys(first.flatMap { [$0, $0] } + second) == "34")
        #expect(keys(first.reversed() + second.reversed()) == "34")
        // The last of the first press comes after the second has begun, and after it has ended.
        #expect(keys(Array(first[..<6]) + [second[0], first[6]] + Array(second[1...])) == "34")
        #expect(keys(first + second + first.suffix(2)) == "34")
    }

    @Test func `a phone that moves the timestamp in every packet presses once`() {
        let moving = Self.press(9, at: 0, sequence: 0).map { packet in
            var packet = packet
            packet.timestamp &+= 160 &* UInt32(packet.sequenceNumber)
            return packet
        }
        #expect(keys(moving) == "9")
        #expect(keys(moving + Self.press(9, at: 9_000, sequence: 40)) == "99")
    }

    @Test func `a long press in segments is one press (RFC 4733 §2.5.1.3)`() {
        let segments = [
            TelephoneEventPacket(
                code: 1, isEnd: false, duration: 0xFFFF, timestamp: 0, sequenceNumber: 1),
            TelephoneEventPacket(
                code: 1, isEnd: false, duration: 400, timestamp: 0xFFFF, sequenceNumber: 2),
            TelephoneEventPacket(
                code: 1, isEnd: true, duration: 801, timestamp: 0xFFFF, sequenceNumber: 3),
        ]
        #expect(told(segments).map(\.duration) == [.microseconds((65_535 + 801) * 125)])
    }

    @Test func `timestamps may wrap`() {
        #expect(
            keys(
                Self.press(1, at: 0xFFFF_FF00, sequence: 0xFFFE)
                    + Self.press(2, at: 0x0000_0F00, sequence: 5)) == "12")
    }

    @Test(arguments: 0..<200) func `under loss, repeats and small reordering no press is doubled`(
        seed: UInt64
    ) {
        var random = Seeded(seed)
        var packets: [TelephoneEventPacket] = []
        var dialled: [UInt8] = []
        for index in 0..<20 {
            let code = UInt8(random.below(16))
            let whole = Self.press(
                code, at: UInt32(index) * 4_000, sequence: UInt16(index * 50), updates: 6)
            var kept = whole.filter { _ in random.chance(70) }
            if kept.isEmpty { kept = [whole[random.below(whole.count)]] }
            kept = kept.flatMap { random.chance(10) ? [$0, $0] : [$0] }
            for place in kept.indices.dropFirst() where random.chance(15) {
                kept.swapAt(place, place - 1)
            }
            packets += kept
            dialled.append(code)
        }
        #expect(told(packets).map(\.code) == dialled)
    }

    @Test func `keys and codes are each other's`() {
        for key in "0123456789*#ABCD!" {
            let code = TelephoneEvent.code(of: key)
            #expect(code.flatMap { TelephoneEvent(code: $0, duration: .zero).character } == key)
        }
        #expect(TelephoneEvent.code(of: "x") == nil)
        #expect(TelephoneEvent(code: 200, duration: .zero).character == nil)
    }
}
