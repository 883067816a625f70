import Media
import Platform
import Testing

/// Offers and answers where the exchange speaks codecs of its own.
struct TranscodingNegotiationTests {
    private func pair(callee audio: [Codec]? = nil) -> CallPair {
        var pair = CallPair()
        pair.caller = MediaNegotiation(
            policy: CodecPolicy(allowsTranscoding: true), identifier: 11)
        pair.callee = MediaNegotiation(
            policy: CodecPolicy(audio: audio, allowsTranscoding: true), identifier: 22)
        return pair
    }

    private let opusPhone = [
        "96 opus/48000/2", "97 telephone-event/48000",
    ]

    @Test func `a callee is offered the caller's codecs first, then ours`() throws {
        var pair = pair()
        let offer = try pair.forward(SDPTexts.audio(opusPhone))
        #expect(
            offer.formats() == [
                "opus/48000/2=96", "telephone-event/48000=97", "PCMA/8000=8", "PCMU/8000=0",
                "G722/8000=9", "telephone-event/8000=101",
            ])
        // Who only has what we don't speak can't be translated: nothing is added.
        var other = self.pair()
        let strange = try other.forward(SDPTexts.audio(["18 G729/8000"]))
        #expect(strange.formats() == ["G729/8000=18"])
    }

    @Test func `who offers comfort noise is answered with it beside a codec of its clock`() throws {
        var pair = pair()
        _ = try pair.forward(
            SDPTexts.audio(["8 PCMA/8000", "13 CN/8000", "101 telephone-event/8000"]))
        let answer = try pair.back(
            SDPTexts.audio(opusPhone, address: "192.0.2.20", port: 5000))
        #expect(
            answer.formats() == ["PCMA/8000=8", "telephone-event/8000=101", "CN/8000=13"])
        #expect(pair.caller.streams(count: 1, signalling: nil)[0].sound.noiseType == 13)
        #expect(pair.callee.streams(count: 1, signalling: nil)[0].sound.noiseType == nil)
    }

    @Test func `a plain offer is G.711 and its events, whatever the other leg has`() throws {
        var pair = pair(callee: [.opus])
        pair.callee = pair.callee.plain
        let offer = try pair.forward(SDPTexts.audio(opusPhone))
        #expect(
            offer.formats() == [
                "PCMA/8000=8", "PCMU/8000=0", "telephone-event/48000=97",
                "telephone-event/8000=101",
            ])
    }

    @Test func `the caller's answer is a subset of its offer though the callee took another codec`()
        throws
    {
        var pair = pair()
        _ = try pair.forward(SDPTexts.audio(opusPhone))
        let answer = try pair.back(
            SDPTexts.audio(
                ["8 PCMA/8000", "101 telephone-event/8000"], address: "192.0.2.20", port: 5000,
                more: ["a=ptime:30"]))
        #expect(answer.formats() == ["opus/48000/2=96", "telephone-event/48000=97"])
        let caller = pair.caller.streams(count: 1, signalling: nil)[0].sound
        #expect(caller.sent?.kind == .opus && caller.sent?.payloadType == 96)
        #expect(caller.received.map(\.payloadType) == [96])
        let callee = pair.callee.streams(count: 1, signalling: nil)[0].sound
        #expect(callee.sent?.kind == .pcma)
        #expect(callee.sent?.packetTime == .milliseconds(30))
        #expect(callee.sentEvents == [TelephoneEventFormat(payloadType: 101, clockRate: 8_000)])
        let bridge = MediaBridge(from: pair.caller, to: pair.callee)
        #expect(bridge.streams.map(\.forward.pairs) == [[]])
        #expect(pair.caller.sharesTelephoneEvents(with: pair.callee))
        #expect(!pair.caller.needsNewOffer(for: pair.callee))
        #expect(!pair.callee.needsNewOffer(for: pair.caller))
    }

    @Test func `a codec that both have is relayed, whatever else they have`() throws {
        var pair = pair()
        _ = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "8 PCMA/8000"]))
        let answer = try pair.back(
            SDPTexts.audio(
                ["8 PCMA/8000", "9 G722/8000"], address: "192.0.2.20", port: 5000))
        #expect(answer.formats() == ["PCMA/8000=8"])
        let bridge = MediaBridge(from: pair.caller, to: pair.callee)
        #expect(bridge.streams[0].forward.pairs == [PayloadMap.Pair(received: 8, sent: 8)])
    }

    @Test func `who is heard through a narrow codec is answered with a cheap one`() throws {
        var pair = pair()
        _ = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "0 PCMU/8000"]))
        let answer = try pair.back(
            SDPTexts.audio(["8 PCMA/8000"], address: "192.0.2.20", port: 5000))
        #expect(answer.formats() == ["PCMU/8000=0"])
    }

    @Test func `two can speak by a codec that both have, or that we speak on each side`() throws {
        var strange = self.pair()
        _ = try strange.forward(SDPTexts.audio(["18 G729/8000"]))
        _ = try strange.back(
            SDPTexts.audio(["18 G729/8000"], address: "192.0.2.20", port: 5000))
        var usual = self.pair()
        _ = try usual.forward(SDPTexts.audio(opusPhone))
        _ = try usual.back(
            SDPTexts.audio(["8 PCMA/8000"], address: "192.0.2.20", port: 5000))
        #expect(strange.caller.canSpeak(with: strange.callee))
        #expect(usual.caller.canSpeak(with: usual.callee))
        // Each has agreed with somebody else.
        #expect(!strange.callee.canSpeak(with: usual.callee))
        #expect(!usual.callee.canSpeak(with: strange.callee))
        // Nothing was agreed on.
        #expect(!usual.caller.canSpeak(with: MediaNegotiation(identifier: 3)))
    }

    @Test func `numbers stay over re-INVITEs from either side, hold and resume`() throws {
        var pair = pair()
        _ = try pair.forward(SDPTexts.audio(opusPhone))
        let pcma = ["8 PCMA/8000", "101 telephone-event/8000"]
        let first = try pair.back(SDPTexts.audio(pcma, address: "192.0.2.20", port: 5000))
        let held = try pair.forward(SDPTexts.audio(opusPhone, version: 2, more: ["a=sendonly"]))
        #expect(held.formats().contains("opus/48000/2=96"))
        #expect(held.formats().contains("PCMA/8000=8"))
        let second = try pair.back(
            SDPTexts.audio(pcma, address: "192.0.2.20", port: 5000, more: ["a=recvonly"]))
        #expect(second.formats() == first.formats())
        // The callee resumes: what the caller is offered names opus as before.
        let wanted = try pair.callee.receiveOffer(
            SDPTexts.audio(pcma, address: "192.0.2.20", port: 5000))
        let offer = try pair.caller.makeOffer(from: wanted, local: pair.callerLocal)
        #expect(offer.formats().contains("opus/48000/2=96"))
        let given = try pair.caller.receiveAnswer(SDPTexts.audio(opusPhone))
        let answer = try pair.callee.makeAnswer(from: given, local: pair.calleeLocal)
        #expect(answer.formats() == ["PCMA/8000=8", "telephone-event/8000=101"])
        #expect(pair.callee.streams(count: 1, signalling: nil)[0].sound.sent?.kind == .pcma)
    }

    @Test func `an allow list holds for what we add, too`() throws {
        var pair = pair(callee: [.g722])
        let offer = try pair.forward(SDPTexts.audio(["8 PCMA/8000"]))
        #expect(offer.formats() == ["G722/8000=9"])
        let answer = try pair.back(
            SDPTexts.audio(["9 G722/8000"], address: "192.0.2.20", port: 5000))
        #expect(answer.formats() == ["PCMA/8000=8"])
    }
}
