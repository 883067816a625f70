import Media
import Platform
import Testing

/// What held parties hear.
struct HoldMusicTests {
    private static let music = HoldMusic(
        aLaw: [UInt8](repeating: 1, count: 160) + [UInt8](repeating: 2, count: 160),
        muLaw: [UInt8](repeating: 3, count: 320))

    @Test func `a party that waits gets a packet each 20 ms, round and round`() {
        let bench = RelayBench.bridged(music: Self.music)
        bench.apply(.play(bench.second, stream: 0, payloadType: 8, .a))
        bench.sockets.sent = []
        for _ in 0..<5 { bench.tick(after: .milliseconds(20)) }
        let sent = bench.sockets.sent
        #expect(sent.map(\.to) == Array(repeating: SocketAddress("192.0.2.20:5000"), count: 5))
        #expect(sent.map { $0.bytes[12] } == [1, 2, 1, 2, 1])
        #expect(sent.map { $0.bytes[1] } == [0x88, 8, 8, 8, 8])
        #expect(sent.allSatisfy { $0.bytes.count == 172 && $0.bytes[0] == 0x80 })
        let sequences = sent.map { UInt16($0.bytes[2]) << 8 | UInt16($0.bytes[3]) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        let times = sent.map { $0.bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 == $0 &+ 160 })
        #expect(Set(sent.map { Array($0.bytes[8..<12]) }).count == 1)
    }

    @Test func `who hears music hears nobody, until the next bridge`() {
        let bench = RelayBench.bridged(music: Self.music)
        bench.apply(.play(bench.second, stream: 0, payloadType: 0, .mu))
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        bench.bridge()
        bench.sockets.sent = []
        bench.tick(after: .seconds(1))
        #expect(bench.sockets.sent.isEmpty)
        #expect(!bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
    }

    @Test func `who listens to nothing gets no music`() {
        let bench = RelayBench.bridged(music: Self.music)
        bench.describe(bench.second, "192.0.2.20:5000", receives: false)
        bench.apply(.play(bench.second, stream: 0, payloadType: 8, .a))
        bench.sockets.sent = []
        bench.tick(after: .milliseconds(20))
        #expect(bench.sockets.sent.isEmpty)
    }

    @Test func `after a pause of the loop the beat goes on, without a burst`() {
        let bench = RelayBench.bridged(music: Self.music)
        bench.apply(.play(bench.second, stream: 0, payloadType: 8, .a))
        bench.sockets.sent = []
        bench.tick(after: .seconds(3))
        #expect(bench.sockets.sent.count == 1)
        #expect(bench.core.nextDeadline == bench.now + .milliseconds(20))
    }

    @Test func `music ends with its leg and with its word`() {
        let bench = RelayBench.bridged(music: Self.music)
        bench.apply(.play(bench.second, stream: 0, payloadType: 8, .a))
        bench.apply(.stopMusic(bench.second))
        bench.sockets.sent = []
        bench.tick(after: .milliseconds(20))
        #expect(bench.sockets.sent.isEmpty)
        bench.apply(.play(bench.second, stream: 0, payloadType: 8, .a))
        _ = bench.close(bench.second)
        bench.tick(after: .seconds(1))
        #expect(bench.sockets.sent.isEmpty)
    }

    @Test func `the laws of G.711 encode as its tables say`() {
        // ITU-T G.711 tables 1 and 2: zero, the ends, and a step between.
        #expect(G711.aLaw(0) == 0xD5)
        #expect(G711.aLaw(-1) == 0x55)
        #expect(G711.aLaw(32_767) == 0xAA)
        #expect(G711.aLaw(-32_768) == 0x2A)
        #expect(G711.aLaw(1_000) == 0xFA)
        #expect(G711.muLaw(0) == 0xFF)
        #expect(G711.muLaw(-1) == 0x7F)
        #expect(G711.muLaw(32_767) == 0x80)
        #expect(G711.muLaw(-32_768) == 0x00)
        #expect(G711.muLaw(1_000) == 0xCE)
    }

    @Test func `the tune is half a minute of sound that shouts at nobody`() {
        let music = HoldMusic.melody()
        #expect(music.aLaw.count == music.muLaw.count)
        #expect((20...60).contains(music.aLaw.count / 8_000))
        let loud = music.aLaw.count { ($0 ^ 0x55) & 0x7F >= 0x70 }
        #expect(loud < music.aLaw.count / 50)
        #expect(Set(music.aLaw).count > 60)
    }
}
