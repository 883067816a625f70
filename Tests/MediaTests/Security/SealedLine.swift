import Media
import Platform
import Testing

@testable import Media

/// Packets, keys, and what comes of them.
enum SealedLine {
    static func key(_ suite: SRTPSuite, from start: Int = 0) throws -> SRTPKey {
        let count = suite.keyLength + suite.saltLength
        let bytes = (start..<start + count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        return try #require(SRTPKey(suite, bytes: bytes))
    }

    /// 20 bytes of PCMA.
    static func packet(_ number: UInt16, ssrc: UInt32 = 0x1234_5678) -> [UInt8] {
        [0x80, 8, UInt8(number >> 8), UInt8(number & 255), 0, 0, 1, 64]
            + (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> UInt32(24 - 8 * $0)) }
            + Array(repeating: 0xD5, count: 20)
    }

    static func seal(_ packet: [UInt8], with sealer: PacketSealer) -> [UInt8]? {
        within(packet) { sealer.seal(packet.count, in: $0) }
    }

    static func sealControl(_ packet: [UInt8], with sealer: PacketSealer) -> [UInt8]? {
        within(packet) { sealer.sealControl(packet.count, in: $0) }
    }

    static func open(_ packet: [UInt8], with opener: PacketOpener) -> [UInt8]? {
        within(packet) { opened(opener.open(packet.count, in: $0)) }
    }

    static func openControl(_ packet: [UInt8], with opener: PacketOpener) -> [UInt8]? {
        within(packet) { opened(opener.openControl(packet.count, in: $0)) }
    }

    static func outcome(_ packet: [UInt8], with opener: PacketOpener) -> PacketOpener.Outcome {
        let room = PacketRoom()
        _ = room.fill(packet.span)
        return opener.open(packet.count, in: room)
    }

    private static func opened(_ outcome: PacketOpener.Outcome) -> Int? {
        if case .opened(let count) = outcome { count } else { nil }
    }

    private static func within(
        _ packet: [UInt8], _ change: (PacketRoom) -> Int?
    ) -> [UInt8]? {
        let room = PacketRoom()
        guard room.fill(packet.span) else { return nil }
        return change(room).map { Array(room.prefix($0)) }
    }
}
