import Testing

@testable import Media

/// UDPTL (T.38 §9.1): what was lost comes back, and hostile bytes do nothing.
struct UDPTLTests {
    private struct Heard: Equatable {
        var numbers: [UInt16] = []
        var packets: [[UInt8]] = []
    }

    private func datagrams(
        _ count: Int, _ recovery: UDPTLRecovery, longest: Int = 0
    ) -> [[UInt8]] {
        var sender = UDPTLSender(recovery, longest: longest)
        return (0..<count).map { sender.datagram(packet($0)) }
    }

    /// Of unlike lengths, so that parity has to fill up.
    private func packet(_ index: Int) -> [UInt8] {
        (0...(index % 5)).map { UInt8(truncatingIfNeeded: index &* 31 + $0 + 1) }
    }

    private func hear(
        _ datagrams: some Sequence<[UInt8]>, by receiver: inout UDPTLReceiver
    ) -> Heard {
        var heard = Heard()
        for datagram in datagrams {
            receiver.receive(datagram.span) { packet, number in
                heard.numbers.append(number)
                heard.packets.append(packet)
            }
        }
        return heard
    }

    @Test func `a datagram is written as the recommendation has it`() {
        var sender = UDPTLSender(.redundancy(2))
        #expect(sender.datagram([0xAA]) == [0, 0, 1, 0xAA, 0, 0])
        #expect(sender.datagram([0xBB, 0xCC]) == [0, 1, 2, 0xBB, 0xCC, 0, 1, 1, 0xAA])
        #expect(
            sender.datagram([0xDD]) == [0, 2, 1, 0xDD, 0, 2, 2, 0xBB, 0xCC, 1, 0xAA])
        var parity = UDPTLSender(.parity(span: 2))
        _ = parity.datagram([0x0F])
        _ = parity.datagram([0xF0, 0x55])
        #expect(parity.datagram([1]) == [0, 2, 1, 1, 0x80, 1, 2, 1, 2, 0xFF, 0x55])
    }

    @Test func `what is written is read the same, across the turn of the numbers`() {
        for recovery in [UDPTLRecovery.redundancy(3), .redundancy(0), .parity(span: 3)] {
            var sender = UDPTLSender(recovery)
            var receiver = UDPTLReceiver()
            var count = 0
            for index in 0..<70_000 {
                receiver.receive(sender.datagram(packet(index)).span) { packet, number in
                    #expect(number == UInt16(truncatingIfNeeded: count))
                    count += 1
                }
            }
            #expect(count == 70_000)
            #expect(receiver.lostCount == 0 && receiver.recoveredCount == 0)
        }
    }

    @Test func `up to three lost in a row come back by redundancy of three, a fourth does not`() {
        let all = datagrams(40, .redundancy(3))
        for gap in 1...4 {
            var receiver = UDPTLReceiver()
            let kept = all.indices.filter { !(10..<(10 + gap)).contains($0) }.map { all[$0] }
            let heard = hear(kept, by: &receiver)
            let missing = max(0, gap - 3)
            #expect(heard.packets.count == 40 - missing)
            #expect(receiver.recoveredCount == min(gap, 3))
            #expect(receiver.lostCount == missing)
            #expect(heard.numbers == heard.numbers.sorted())
            for (number, heardPacket) in zip(heard.numbers, heard.packets) {
                #expect(heardPacket == packet(Int(number)))
            }
        }
    }

    @Test func `one of three comes back by parity, two of three do not`() {
        let all = datagrams(40, .parity(span: 3))
        var receiver = UDPTLReceiver()
        let heard = hear(all.indices.filter { $0 != 10 }.map { all[$0] }, by: &receiver)
        #expect(heard.numbers == Array(0..<40))
        #expect(receiver.recoveredCount == 1)
        // Parity is as long as the longest of those that it covers.
        #expect(Array(heard.packets[10].prefix(packet(10).count)) == packet(10))
        #expect(heard.packets[10].dropFirst(packet(10).count).allSatisfy { $0 == 0 })
        var other = UDPTLReceiver()
        let rest = hear(all.indices.filter { ![10, 11].contains($0) }.map { all[$0] }, by: &other)
        #expect(rest.packets.count == 38)
        #expect(other.lostCount == 2)
    }

    @Test func `what comes twice or late is not delivered again, and who begins anew is followed`()
    {
        let all = datagrams(6, .redundancy(1))
        var receiver = UDPTLReceiver()
        #expect(
            hear([all[0], all[0], all[2], all[1], all[3]], by: &receiver).numbers == [0, 1, 2, 3])
        var far = all[4]
        far[0] = 0x40
        #expect(hear([far], by: &receiver).numbers == [0x4004])
        #expect(hear([all[0]], by: &receiver).numbers == [0])
    }

    @Test func `a datagram is no longer than the remote party takes`() {
        var sender = UDPTLSender(.redundancy(8), longest: 40)
        var receiver = UDPTLReceiver()
        for index in 0..<50 {
            let datagram = sender.datagram([UInt8](repeating: UInt8(index), count: 12))
            #expect(datagram.count <= 40)
            receiver.receive(datagram.span) { _, _ in }
        }
        #expect(receiver.malformedCount == 0)
    }

    @Test func `cut or broken bytes are no UDPTL, nor is RTP`() {
        let whole = datagrams(9, .redundancy(3))[8]
        for count in 0..<whole.count {
            #expect(UDPTLPacket(Array(whole.prefix(count)).span) == nil, "\(count)")
        }
        #expect(UDPTLPacket((whole + [0, 0, 0]).span) != nil)
        #expect(UDPTLPacket((whole + [0, 0, 0, 0]).span) == nil)
        // A length that is longer than the rest, and one that comes in fragments.
        #expect(UDPTLPacket([0, 1, 9, 0xAA, 0, 0].span) == nil)
        #expect(UDPTLPacket([0, 1, 0xC1, 0xAA, 0, 0].span) == nil)
        var random = Seeded(3)
        var taken = 0
        for _ in 0..<1_000 {
            var packet: [UInt8] = [0x80, 8] + (0..<10).map { _ in UInt8(random.below(256)) }
            packet += [UInt8](repeating: 0xD5, count: 160)
            if UDPTLPacket(packet.span) != nil { taken += 1 }
        }
        #expect(taken == 0)
    }

    @Test func `random bytes do no harm and leave no more than its history`() {
        var random = Seeded(11)
        var receiver = UDPTLReceiver()
        var delivered = 0
        let whole = datagrams(200, .redundancy(3)) + datagrams(200, .parity(span: 3))
        for _ in 0..<20_000 {
            var bytes = random.pick(whole)
            for _ in 0..<random.below(4) {
                bytes[random.below(bytes.count)] = UInt8(random.below(256))
            }
            receiver.receive(bytes.span) { packet, _ in
                #expect(packet.count <= UDPTLLimits.datagram)
                delivered += 1
            }
        }
        #expect(receiver.malformedCount > 0 && delivered > 0)
    }
}
