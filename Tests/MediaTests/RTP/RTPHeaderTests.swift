import Media
import Testing

struct RTPHeaderTests {
    private func header(_ bytes: [UInt8]) -> RTPHeader? { RTPHeader(bytes.span) }
    private func control(_ bytes: [UInt8], at offset: Int = 0) -> RTCPHeader? {
        RTCPHeader(bytes.span, at: offset)
    }
    private func isControl(_ bytes: [UInt8]) -> Bool { RTCPHeader.isControl(bytes.span) }
    private func isCompound(_ bytes: [UInt8]) -> Bool { RTCPHeader.isCompound(bytes.span) }

    @Test func `the fixed header is read`() {
        let packet: [UInt8] = [0x80, 0x88, 0x12, 0x34, 0, 0, 1, 0x40, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2]
        let read = header(packet)
        #expect(read?.payloadType == 8)
        #expect(read?.hasMarker == true)
        #expect(read?.sequenceNumber == 0x1234)
        #expect(read?.timestamp == 320)
        #expect(read?.ssrc == 0xDEAD_BEEF)
        #expect(read?.payload == 12..<14)
    }

    @Test func `sources, extension and padding are left out of the payload`() {
        let fixed: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]
        #expect(header([0x81] + fixed + [9, 9, 9, 9, 7])?.payload == 16..<17)
        #expect(header([0x90] + fixed + [1, 2, 0, 1, 5, 5, 5, 5, 7])?.payload == 20..<21)
        #expect(header([0xA0] + fixed + [7, 7, 0, 2])?.payload == 12..<14)
    }

    @Test(arguments: [
        [], [0x80], [UInt8](repeating: 0x80, count: 11), [0x40] + [UInt8](repeating: 0, count: 20),
        [0x8F] + [UInt8](repeating: 0, count: 20), [0x90] + [UInt8](repeating: 0, count: 11),
        [0x90] + [UInt8](repeating: 0, count: 13) + [0xFF, 0xFF],
        [0xA0] + [UInt8](repeating: 0, count: 11), [0xA0] + [UInt8](repeating: 200, count: 20),
    ]) func `what contradicts itself is no packet`(bytes: [UInt8]) {
        #expect(header(bytes) == nil)
    }

    @Test func `RTCP is told from RTP and walked to its end`() {
        let report: [UInt8] = [0x80, 201, 0, 1, 1, 2, 3, 4]
        let goodbye: [UInt8] = [0x81, 203, 0, 1, 1, 2, 3, 4]
        #expect(isControl(report))
        #expect(isCompound(report + goodbye))
        #expect(control(report + goodbye, at: 8)?.packetType == 203)
        #expect(control(report)?.ssrc == 0x0102_0304)
        #expect(!isCompound(report + [0x80]))
        #expect(control([0x80, 201, 0, 9, 1, 2, 3, 4]) == nil)
        #expect(control(report, at: 6) == nil)
        #expect(!isControl([0x80, 0x88]))
    }

    @Test(arguments: 0..<20) func `no bytes trap`(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<2_000 {
            let bytes = (0..<random.below(40)).map { index in
                index == 0 && random.chance(80)
                    ? UInt8(0x80 | random.below(64)) : UInt8(random.below(256))
            }
            if let read = RTPHeader(bytes.span) {
                #expect(read.payload.upperBound <= bytes.count)
                _ = TelephoneEventPacket(bytes.span, header: read)
            }
            _ = RTCPHeader(bytes.span, at: random.below(50))
            _ = RTCPHeader.isCompound(bytes.span)
        }
    }
}
