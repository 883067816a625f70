import Platform
import Testing

@testable import Sim

struct MessageMutationTests {
    private static let bye = Array(
        """
        BYE sip:100@10.0.0.1 SIP/2.0\r
        Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKknown\r
        From: <sip:101@exchange.example>;tag=caller\r
        To: <sip:100@exchange.example>;tag=callee\r
        Call-ID: one\r
        CSeq: 2 BYE\r
        Content-Length: 0\r
        \r

        """.utf8)

    @Test func `nothing that is made of a message belongs to its transaction or its dialog`() {
        for seed in 1...300 as ClosedRange<UInt64> {
            let random = SimulatedRandom(seed: seed, purpose: "test")
            let bytes = MessageMutation(random: random).mutated(Self.bye)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("branch=z9hG4bKknown"), "seed \(seed)")
            #expect(!text.contains("tag=callee"), "seed \(seed)")
        }
    }

    @Test func `an ending for a known call guesses its tags`() {
        let random = SimulatedRandom(seed: 1, purpose: "test")
        let source = SocketAddress(address: IPAddress(v4: 0xCB00_7101), port: 5060)
        let text = String(
            decoding: MessageMutation(random: random).ending(Self.bye, from: source),
            as: UTF8.self)
        #expect(text.contains("Call-ID: one\r\n"))
        #expect(!text.contains("tag=callee") && !text.contains("tag=caller"))
    }

    @Test func `distorted requests differ from seed to seed, and fit in a datagram`() {
        let target = SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 5060)
        let messages = (1...200 as ClosedRange<UInt64>).map { seed in
            HostileMessages(
                source: target, target: target, domain: "exchange.example",
                random: SimulatedRandom(seed: seed, purpose: "test")
            ).distorted()
        }
        #expect(Set(messages).count > 190)
        #expect(messages.allSatisfy { $0.count <= 65_507 })
    }
}
