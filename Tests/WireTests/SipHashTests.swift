import Testing
import Wire

@Suite struct SipHashTests {
    /// Key 00 to 0f, input 00, 01, 02 …: the vectors of the reference implementation, read as
    /// little-endian words.
    @Test(arguments: [
        (0, 0x726F_DB47_DD0E_0E31 as UInt64), (1, 0x74F8_39C5_93DC_67FD),
        (7, 0xAB02_00F5_8B01_D137), (8, 0x93F5_F579_9A93_2462),
        (15, 0xA129_CA61_49BE_45E5),
    ])
    func `inputs of the reference give its hashes`(length: Int, expected: UInt64) {
        let hash = SipHash(key: (0..<16).map { UInt8($0) })
        #expect(hash.hash((0..<length).map { UInt8($0) }) == expected)
    }
}
