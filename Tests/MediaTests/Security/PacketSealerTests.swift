import Media
import Platform
import Testing
import Wire

@testable import Media

/// What libsrtp 2.5.0 makes of a packet with a source list and an extension, before and after the
/// sequence number begins anew, and of two compound RTCP packets; the key's bytes are 1, 8, 15 ….
private let libsrtpsPackets: [(suite: SRTPSuite, media: [String], control: [String])] = [
    (
        .counter128,
        [
            "9108ffff01020304cafebabe09090909bede000107070707c3c6c37c606047bb1a5996a14a8baf7d78",
            "9108000001020304cafebabe09090909bede00010707070704a51f8511fab49441eebbf5ea1c1ca62a",
        ],
        [
            "80c90001cafebabe2657f8202b39554d1b54709d8000000182ebb7bec71c3a49a954",
            "80c90001cafebabeade898a065cbdf91fd7f5e3880000002a7c1d496c23471e46fb5",
        ]
    ),
    (
        .counter128Short,
        [
            "9108ffff01020304cafebabe09090909bede000107070707c3c6c37c606047bb1a5996",
            "9108000001020304cafebabe09090909bede00010707070704a51f8511fab49441eebb",
        ],
        [
            "80c90001cafebabe2657f8202b39554d1b54709d8000000182ebb7bec71c3a49a954",
            "80c90001cafebabeade898a065cbdf91fd7f5e3880000002a7c1d496c23471e46fb5",
        ]
    ),
    (
        .counter256,
        [
            "9108ffff01020304cafebabe09090909bede0001070707073262d965298f0757a3ff8bc3899aa2c606",
            "9108000001020304cafebabe09090909bede000107070707d8cafff0a970beab5ac91c99183e573143",
        ],
        [
            "80c90001cafebabeb7ff1157bcdebe299d13c3a080000001765dc4bae07d30ced8d4",
            "80c90001cafebabe8d4c071ddf9c94882c265abc80000002f5d58d7b62d5a8327395",
        ]
    ),
    (
        .galois128,
        [
            "9108ffff01020304cafebabe09090909bede000107070707e49e5fcfda79564ad9b3c8262840ebf2"
                + "47334a58ee0924",
            "9108000001020304cafebabe09090909bede00010707070725dc5d96a281a5c7300d9a3b0f1ad1cc"
                + "6a9eae2162c140",
        ],
        [
            "80c90001cafebabe3f8789b7264e977789f5340dcab2f7223d01801495e714e88080e42b80000001",
            "80c90001cafebabedc9b9db26678f9dc12a4c6f0cdf5a2f2059d1d096833f13571ed6ad080000002",
        ]
    ),
    (
        .galois256,
        [
            "9108ffff01020304cafebabe09090909bede000107070707c07960eca8bcd0d92c08ae171d64bf74"
                + "9660c4d05e89aa",
            "9108000001020304cafebabe09090909bede000107070707778103615060f5ac5a79fd4cb6ab5e62"
                + "5ec65f6993f597",
        ],
        [
            "80c90001cafebabe5cbfcd518cc26443f6fee35f0c9a556f095c90e51e45dba07e086e9c80000001",
            "80c90001cafebabede87b30a47361fd5c58ef1be0b31919ecd8e34cef26ed2868647dbf880000002",
        ]
    ),
]

private let clearMedia = [
    "9108ffff01020304cafebabe09090909bede00010707070768656c6c6f213f",
    "9108000001020304cafebabe09090909bede00010707070768656c6c6f213f",
]
private let clearControl = "80c90001cafebabe81ca0002cafebabe01026162"

@Suite struct PacketSealerTests {
    @Test func `every suite makes the packets that libsrtp makes, and opens them`() throws {
        for (suite, media, control) in libsrtpsPackets {
            let key = try SealedLine.key(suite)
            let sealer = PacketSealer(key)
            let opener = PacketOpener(key)
            for (clear, sealed) in zip(clearMedia, media) {
                let packet = try #require(bytes(hex: clear))
                let made = try #require(SealedLine.seal(packet, with: sealer))
                #expect(hex(made) == sealed, "\(suite)")
                #expect(SealedLine.open(made, with: opener) == packet, "\(suite)")
            }
            for sealed in control {
                let packet = try #require(bytes(hex: clearControl))
                let made = try #require(SealedLine.sealControl(packet, with: sealer))
                #expect(hex(made) == sealed, "\(suite)")
                #expect(SealedLine.openControl(made, with: opener) == packet, "\(suite)")
            }
        }
    }

    /// RFC 3711 §3.1, RFC 7714 §13.2.
    @Test func `a packet with its key's identifier is opened, and one without`() throws {
        for suite in SRTPSuite.allCases {
            let plain = try SealedLine.key(suite)
            let key = try #require(
                SRTPKey(suite, bytes: plain.bytes, identifier: [0, 0, 0, 9]))
            let sealer = PacketSealer(plain)
            let opener = PacketOpener(key)
            func named(_ sealed: [UInt8], _ tag: Int, _ name: [UInt8] = [0, 0, 0, 9]) -> [UInt8] {
                let place = sealed.count - (suite.isGalois ? 0 : tag)
                return Array(sealed[..<place] + name + sealed[place...])
            }
            for number in UInt16(1)...3 {
                let packet = SealedLine.packet(number)
                let sealed = try #require(SealedLine.seal(packet, with: sealer))
                let wrong = named(sealed, suite.tagLength, [0, 0, 0, 8])
                #expect(SealedLine.open(wrong, with: opener) == nil, "\(suite)")
                let sent = number == 2 ? sealed : named(sealed, suite.tagLength)
                #expect(SealedLine.open(sent, with: opener) == packet, "\(suite)")
                let control = try #require(
                    SealedLine.sealControl(Packets.receiverReport, with: sealer))
                let told = number == 2 ? control : named(control, suite.controlTagLength)
                #expect(
                    SealedLine.openControl(told, with: opener) == Packets.receiverReport,
                    "\(suite)")
            }
            for count in 0..<40 {
                let short = [UInt8](repeating: 0, count: count)
                #expect(SealedLine.open(short, with: opener) == nil)
                #expect(SealedLine.openControl(short, with: opener) == nil)
            }
        }
    }

    /// RFC 3711 §B.3.
    @Test func `keys are derived as the RFC derives them`() throws {
        let words = "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6"
        let material = try #require(bytes(hex: words))
        let key = try #require(SRTPKey(.counter128, bytes: material))
        #expect(hex(key.derived(label: 0, count: 16)) == "c61e7a93744f39ee10734afe3ff7a087")
        #expect(hex(key.derived(label: 2, count: 14)) == "30cbbc08863d8c85d49db34a9ae1")
        #expect(
            hex(key.derived(label: 1, count: 20)) == "cebe321f6ff7716b6fd4ab49af256a156d38baa4")
    }

    @Test func `a changed bit anywhere, another key and another suite open nothing`() throws {
        for suite in SRTPSuite.allCases {
            let key = try SealedLine.key(suite)
            let sealed = try #require(
                SealedLine.seal(SealedLine.packet(1), with: PacketSealer(key)))
            let opener = PacketOpener(key)
            for index in sealed.indices {
                var changed = sealed
                changed[index] ^= 1
                #expect(SealedLine.open(changed, with: opener) == nil, "\(suite) byte \(index)")
            }
            let stranger = PacketOpener(try SealedLine.key(suite, from: 99))
            #expect(SealedLine.open(sealed, with: stranger) == nil)
            #expect(SealedLine.open(sealed, with: opener) == SealedLine.packet(1))
        }
    }

    @Test func `a packet is opened once, a late one too, and one too late never`() throws {
        let key = try SealedLine.key(.galois128)
        let sealer = PacketSealer(key)
        let sealed = try (0..<400).map {
            try #require(SealedLine.seal(SealedLine.packet($0), with: sealer))
        }
        let opener = PacketOpener(key)
        for number in [0, 2, 1, 100, 99, 250] {
            let number = UInt16(number)
            #expect(
                SealedLine.open(sealed[Int(number)], with: opener) == SealedLine.packet(number))
            #expect(SealedLine.outcome(sealed[Int(number)], with: opener) == .replayed)
        }
        #expect(SealedLine.open(sealed[123], with: opener) != nil)
        #expect(SealedLine.outcome(sealed[122], with: opener) == .replayed)
    }

    @Test func `the rollover counter goes on over many turns, with losses`() throws {
        let key = try SealedLine.key(.counter128)
        let sealer = PacketSealer(key)
        let opener = PacketOpener(key)
        for turn in 0..<3 {
            for number in stride(from: 0, through: 65_535, by: 13_107) {
                let packet = SealedLine.packet(UInt16(number))
                let sealed = try #require(SealedLine.seal(packet, with: sealer))
                if (6 * turn + number / 13_107) % 3 == 1 { continue }
                #expect(SealedLine.open(sealed, with: opener) == packet)
            }
        }
    }

    @Test func `a source that comes back is known: what it sent stays spent`() throws {
        let key = try SealedLine.key(.counter128)
        let sealer = PacketSealer(key)
        let opener = PacketOpener(key)
        let first = try #require(SealedLine.seal(SealedLine.packet(7), with: sealer))
        #expect(SealedLine.open(first, with: opener) != nil)
        for ssrc in 1...20 as ClosedRange<UInt32> {
            let other = try #require(
                SealedLine.seal(SealedLine.packet(7, ssrc: ssrc), with: sealer))
            #expect(SealedLine.open(other, with: opener) != nil)
        }
        #expect(SealedLine.outcome(first, with: opener) == .replayed)
        #expect(
            SealedLine.seal(SealedLine.packet(7), with: sealer) == nil,
            "one index, two packets: the key would be betrayed")
    }

    @Test func `a source that jumps, or begins anew, goes on where it was`() throws {
        let key = try SealedLine.key(.galois128)
        let sealer = PacketSealer(key)
        let opener = PacketOpener(key)
        var numbers: [UInt16] = []
        // A hold of a quarter of an hour; a late packet; a phone that began anew; turns of the numbers.
        let sent: [UInt16] = [
            10, 11, 46_000, 46_002, 46_001, 3, 4, 60_000, 20_000, 20_001, 65_535, 0, 1,
        ]
        for number in sent {
            let sealed = try #require(
                SealedLine.seal(SealedLine.packet(number), with: sealer), "\(number)")
            let clear = try #require(SealedLine.open(sealed, with: opener), "\(number)")
            numbers.append(UInt16(clear[2]) << 8 | UInt16(clear[3]))
        }
        #expect(numbers == [10, 11, 12, 14, 13, 15, 16, 17, 18, 19, 20, 21, 22])
    }

    @Test func `sources beyond the limit are refused, and the known ones go on`() throws {
        let key = try SealedLine.key(.galois128)
        let sealer = PacketSealer(key)
        for ssrc in 0..<UInt32(PacketSealer.sourceLimit) {
            #expect(SealedLine.seal(SealedLine.packet(1, ssrc: ssrc), with: sealer) != nil)
        }
        #expect(SealedLine.seal(SealedLine.packet(1, ssrc: 1_000), with: sealer) == nil)
        #expect(SealedLine.seal(SealedLine.packet(2, ssrc: 0), with: sealer) != nil)
    }

    @Test func `short and broken packets are refused`() throws {
        for suite in SRTPSuite.allCases {
            let opener = PacketOpener(try SealedLine.key(suite))
            let sealer = PacketSealer(try SealedLine.key(suite))
            for count in 0..<40 {
                let rubbish = [UInt8](repeating: 0xFF, count: count)
                let header = Array(([0x80] + rubbish).prefix(count))
                for packet in [rubbish, header] {
                    #expect(SealedLine.open(packet, with: opener) == nil)
                    #expect(SealedLine.openControl(packet, with: opener) == nil)
                    if count < 8 { #expect(SealedLine.sealControl(packet, with: sealer) == nil) }
                }
            }
            // An extension that says it is longer than the packet.
            let lying: [UInt8] = [0x90, 0, 0, 1] + Array(repeating: 0xFF, count: 30)
            #expect(SealedLine.seal(lying, with: sealer) == nil)
            #expect(SealedLine.open(lying, with: opener) == nil)
        }
    }
}
