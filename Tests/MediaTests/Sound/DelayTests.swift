import Platform
import Testing

@testable import Media

/// How long sound is under way inside: from the packet that brings it to the packet that takes it on.
struct DelayTests {
    /// What the jitter buffer waits for at least.
    private static let depth = JitterBuffer.leastDelay

    private static func packet(_ number: Int, isLoud: Bool, source: UInt8) -> [UInt8] {
        let sample: [UInt8] = isLoud ? (0..<160).map { $0 & 4 == 0 ? 0xA5 : 0x25 } : []
        return Packets.rtp(
            8, sequence: UInt16(number), ssrc: source, timestamp: 0,
            payload: isLoud ? sample : [UInt8](repeating: 0xD5, count: 160)
        ).replacingTimestamp(UInt32(number * 160))
    }

    /// When party 0 becomes loud, and when a loud packet leaves for party 1.
    private static func delay(
        _ bench: RelayBench, phase: Int64, parties: Int, isLoud: ([UInt8]) -> Bool
    ) -> Duration? {
        let start = bench.now
        var spoken: Instant?
        for millisecond in 0..<2_000 as Range<Int64> {
            bench.now = start + .milliseconds(millisecond)
            bench.sockets.sent = []
            if let deadline = bench.core.nextDeadline, deadline <= bench.now {
                bench.core.tick(now: bench.now, into: &bench.sockets)
            }
            var left = bench.sockets.sent
            if millisecond % 20 == phase {
                let number = Int(millisecond / 20)
                for party in 0..<parties {
                    let isSpeaking = party == 0 && number >= 60
                    if isSpeaking, spoken == nil { spoken = bench.now }
                    left += bench.arrive(
                        packet(number, isLoud: isSpeaking, source: UInt8(party + 1)),
                        at: UInt16(20_000 + 2 * party), from: "192.0.2.\(party + 1):4000")
                }
            }
            if let spoken, left.contains(where: { $0.from == 20_002 && isLoud($0.bytes) }) {
                return bench.now - spoken
            }
        }
        return nil
    }

    private static func bench(_ formats: [SoundFormat]) -> RelayBench {
        let bench = RelayBench()
        bench.now = .start + .seconds(1)
        for (number, format) in formats.enumerated() {
            let leg = MediaLegID(number: UInt64(number + 1))
            bench.apply(.open(leg, MediaLegSetup(callKey: 7), sink: bench.log))
            let address = SocketAddress("192.0.2.\(number + 1):4000")
            bench.apply(
                .describe(
                    leg, stream: 0,
                    StreamDescription(
                        transport: .rtp, remoteRTP: address,
                        trustedSources: [address?.address].compactMap(\.self),
                        sound: SoundDescription(received: [format], sent: format))))
        }
        return bench
    }

    private static func join(_ bench: RelayBench, _ map: PayloadMap) {
        let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
        bench.apply(.bridge(bench.first, bench.second, MediaBridge(streams: [stream])))
    }

    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let pcmu = SoundFormat(payloadType: 0, kind: .pcmu)

    /// More than a hum, in either law.
    private static func isLoud(_ law: G711Law) -> ([UInt8]) -> Bool {
        let table = law.makeDecodingTable()
        return { bytes in bytes[12...].contains { abs(Int(table[Int($0)])) > 1_000 } }
    }

    @Test func `a relay adds nothing`() {
        let bench = Self.bench([Self.pcma, Self.pcma])
        Self.join(bench, PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]))
        #expect(Self.delay(bench, phase: 7, parties: 1, isLoud: Self.isLoud(.a)) == .zero)
    }

    @Test(arguments: [0, 1, 7, 13, 19] as [Int64])
    func `turning one codec into another takes 25 ms at most beside the jitter buffer`(
        phase: Int64
    ) throws {
        let bench = Self.bench([Self.pcma, Self.pcmu])
        Self.join(bench, PayloadMap())
        let delay = Self.delay(bench, phase: phase, parties: 1, isLoud: Self.isLoud(.mu))
        #expect(try #require(delay) <= .milliseconds(25) + Self.depth)
    }

    @Test(arguments: [0, 1, 7, 13, 19] as [Int64])
    func `a room takes 40 ms at most beside the jitter buffer`(phase: Int64) throws {
        let bench = Self.bench([Self.pcma, Self.pcma])
        let room = Attendance.room(MediaRoomID(number: 1))
        bench.apply(.attend(bench.first, room))
        bench.apply(.attend(bench.second, room))
        let delay = Self.delay(bench, phase: phase, parties: 2, isLoud: Self.isLoud(.a))
        #expect(try #require(delay) <= .milliseconds(40) + Self.depth)
    }
}

extension [UInt8] {
    /// An RTP packet with that timestamp.
    fileprivate func replacingTimestamp(_ timestamp: UInt32) -> [UInt8] {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: timestamp >> UInt32($0)) }
        return Array(self[..<4]) + bytes + Array(self[8...])
    }
}
