import Platform
import Testing

@testable import Media
@testable import Sim

/// Two hands wrote SRTP: what one seals the other opens, and nothing else.
struct PhoneCipherTests {
    private static func packet(_ number: UInt16) -> [UInt8] {
        let head: [UInt8] = [
            0x80, 8, UInt8(number >> 8), UInt8(number & 0xFF), 0, 0, 0, 9, 1, 2, 3, 4,
        ]
        return head + (0..<160).map { UInt8($0) }
    }

    private static func key(_ suite: PhoneKey.Suite) throws -> (phone: PhoneKey, ours: SRTPKey) {
        let bytes = (0..<(16 + suite.saltLength)).map { UInt8($0 * 7 & 0xFF) }
        let text = "1 \(suite.rawValue) inline:\(base64(bytes))"
        let phone = try #require(PhoneKey(text))
        let attribute = try #require(CryptoAttribute(parsing: text))
        #expect(phone.text == text)
        return (phone, attribute.key)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : "=")
            }
        }
        return text
    }

    @Test(arguments: PhoneKey.Suite.allCases)
    func `the exchange opens what a virtual phone seals, over a turn of its numbers`(
        suite: PhoneKey.Suite
    ) throws {
        let key = try Self.key(suite)
        let phone = PhoneCipher(key.phone, seals: true)
        let opener = PacketOpener(key.ours)
        let room = PacketRoom()
        for number: UInt16 in [65_533, 65_535, 0, 1] {
            let packet = Self.packet(number)
            let sealed = phone.seal(packet)
            #expect(sealed != packet)
            let fits = room.fill(sealed.span)
            #expect(fits)
            #expect(opener.open(sealed.count, in: room) == .opened(packet.count))
            #expect(Array(room.prefix(packet.count)) == packet)
        }
    }

    @Test(arguments: PhoneKey.Suite.allCases)
    func
        `a virtual phone opens what the exchange seals, late packets too, and nothing that was changed`(
            suite: PhoneKey.Suite
        ) throws
    {
        let key = try Self.key(suite)
        let phone = PhoneCipher(key.phone, seals: false)
        let sealer = PacketSealer(key.ours)
        let room = PacketRoom()
        var sealed: [[UInt8]] = []
        for number: UInt16 in [65_534, 65_535, 0, 1] {
            let packet = Self.packet(number)
            let fits = room.fill(packet.span)
            #expect(fits)
            let count = try #require(sealer.seal(packet.count, in: room))
            sealed.append(Array(room.prefix(count)))
        }
        for index in [0, 2, 1, 3] {
            let number = UInt16(truncatingIfNeeded: 65_534 + index)
            #expect(phone.open(sealed[index]) == Self.packet(number))
        }
        var changed = sealed[3]
        changed[40] ^= 1
        #expect(phone.open(changed) == nil)
        #expect(phone.open(Self.packet(2)) == nil)
    }
}
