import Media
import Platform
import Testing

struct NegotiationTests {
    @Test func `an offer crosses with our address, the codecs and their numbers`() throws {
        var pair = CallPair()
        let offer = try pair.forward(SessionDescription(parsing: SDPTexts.deskPhone))
        #expect(
            offer.formats() == [
                "G722/8000=9", "PCMA/8000=8", "PCMU/8000=0", "telephone-event/8000=101",
            ])
        #expect(offer.connection?.address == IPAddress("198.51.100.1"))
        #expect(offer.media[0].port == 20_100)
        #expect(offer.media[0].packetTime == .milliseconds(20))
        let answer = try pair.back(
            SDPTexts.audio(["8", "101 telephone-event/8000"], address: "192.0.2.20", port: 5000))
        #expect(answer.formats() == ["PCMA/8000=8", "telephone-event/8000=101"])
        #expect(answer.media[0].port == 20_000)
        #expect(!pair.caller.isOfferPending && !pair.callee.isOfferPending)
    }

    @Test func `ICE, crypto, ssrc and the phone's addresses do not cross`() throws {
        var pair = CallPair()
        let offer = try pair.forward(SessionDescription(parsing: SDPTexts.softPhone))
        let text = String(decoding: offer.encoded(), as: UTF8.self)
        for word in ["candidate", "crypto", "ssrc", "2001:db8", "192.0.2.7", "rtcp-mux", "X-nat"] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(
            offer.formats() == [
                "opus/48000/2=96", "PCMA/8000=8", "telephone-event/48000=101",
                "telephone-event/8000=102",
            ])
        #expect(text.contains("a=fmtp:96 useinbandfec=1;stereo=0"))
    }

    @Test func `video is refused in its place, and audio goes on`() throws {
        var pair = CallPair()
        let offer = try pair.forward(SessionDescription(parsing: SDPTexts.softPhone))
        #expect(offer.media.map(\.kind) == [.audio])
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20", port: 5000))
        #expect(answer.media.map(\.kind) == [.audio, .video])
        #expect(answer.media.map(\.port) == [20_000, 0])
        #expect(answer.media[1].formats == ["97"])
        // rtcp-mux was offered by the caller: accepted on that leg alone.
        #expect(answer.media[0].isRTCPMuxed)
        let streams = pair.caller.streams(count: 1, signalling: nil)
        #expect(streams[0].isMuxed)
        #expect(streams[0].remoteRTCP == SocketAddress("[2001:db8::7]:40010"))
    }

    @Test func `video is relayed where the policy lets it`() throws {
        let policy = CodecPolicy(allowsVideo: true)
        var pair = CallPair()
        pair.caller = MediaNegotiation(policy: policy, identifier: 1)
        pair.callee = MediaNegotiation(policy: policy, identifier: 2)
        let offer = try pair.forward(SessionDescription(parsing: SDPTexts.softPhone))
        #expect(offer.media.map(\.port) == [20_100, 20_102])
        #expect(offer.formats(1) == ["H264/90000=97"])
        var answer = try SDPTexts.audio(["8"], address: "192.0.2.20", port: 5000)
        answer.media.append(
            MediaDescription(kind: .video, port: 0, profile: .rtpAVP, formats: ["97"]))
        #expect(try pair.back(answer).media.map(\.port) == [20_000, 0])
        #expect(MediaBridge(from: pair.caller, to: pair.callee).streams.map(\.number) == [0])
    }

    @Test func `SRTP alone is refused, beside plain RTP it is passed over`() throws {
        func offer(_ profiles: String...) throws -> SessionDescription {
            var offer = try SDPTexts.audio(["8"])
            let line = offer.media[0]
            offer.media = profiles.map { profile in
                var copy = line
                copy.profile = TransportProfile(profile)
                return copy
            }
            return offer
        }
        for profile in ["RTP/SAVP", "UDP/TLS/RTP/SAVPF", "RTP/SAVPF"] {
            var negotiation = MediaNegotiation(identifier: 1)
            let secure = try offer(profile)
            #expect(throws: NegotiationError.nothingAcceptable(onlySecure: true)) {
                try negotiation.receiveOffer(secure)
            }
            #expect(!negotiation.isOfferPending)
        }
        var pair = CallPair()
        _ = try pair.forward(offer("RTP/SAVP", "RTP/AVP"))
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(answer.media.map(\.port) == [0, 20_000])
        #expect(answer.media[0].profile.text == "RTP/SAVP")
    }

    @Test func `an offer of nothing that sounds is refused`() throws {
        var negotiation = MediaNegotiation(identifier: 1)
        let events = try SDPTexts.audio(["101 telephone-event/8000", "13 CN/8000", "97"])
        #expect(throws: NegotiationError.nothingAcceptable(onlySecure: false)) {
            try negotiation.receiveOffer(events)
        }
    }

    @Test func `the allow list filters and orders; events and comfort noise pass`() throws {
        var pair = CallPair()
        pair.callee = MediaNegotiation(
            policy: CodecPolicy(audio: [.pcmu, .pcma]), identifier: 2)
        let offer = try pair.forward(
            SDPTexts.audio([
                "9", "8", "0", "13", "101 telephone-event/8000", "98 red/8000",
            ]))
        #expect(
            offer.formats() == [
                "PCMU/8000=0", "PCMA/8000=8", "CN/8000=13", "telephone-event/8000=101",
            ])
        var strict = CallPair()
        strict.callee = MediaNegotiation(policy: CodecPolicy(audio: [.opus]), identifier: 2)
        let plain = try SDPTexts.audio(["8"])
        #expect(throws: NegotiationError.nothingInCommon) { try strict.forward(plain) }
    }

    @Test func `each callee gets an offer of its own ports, the winner's answer counts`() throws {
        var caller = MediaNegotiation(identifier: 1)
        let wanted = try caller.receiveOffer(
            SDPTexts.audio(["9", "8", "0", "101 telephone-event/8000"]))
        var callees = (0..<3).map { MediaNegotiation(identifier: 100 + $0) }
        for index in callees.indices {
            let local = CallPair.local(UInt16(30_000 + 10 * index), count: 1)
            let offer = try callees[index].makeOffer(from: wanted, local: local)
            #expect(offer.media[0].port == UInt16(30_000 + 10 * index))
        }
        // Early media of the first, then the third picks up with another codec.
        let early = try callees[0].receiveAnswer(SDPTexts.audio(["0"], address: "192.0.2.21"))
        let local = CallPair.local(20_000)
        let first = try caller.makeAnswer(from: early, local: local)
        #expect(first.formats() == ["PCMU/8000=0"])
        #expect(
            MediaBridge(from: caller, to: callees[0]).streams.first?.forward.pairs
                == [PayloadMap.Pair(received: 0, sent: 0)])
        let final = try callees[2].receiveAnswer(
            SDPTexts.audio(["8", "101 telephone-event/8000"], address: "192.0.2.23"))
        let second = try caller.makeAnswer(from: final, local: local)
        #expect(second.formats() == ["PCMA/8000=8", "telephone-event/8000=101"])
        #expect(first.origin.version == "1" && second.origin.version == "2")
        #expect(first.origin.identifier == second.origin.identifier)
        #expect(
            MediaBridge(from: caller, to: callees[2]).streams.first?.forward.pairs.count == 2)
    }

    @Test func `a repeated answer keeps its version`() throws {
        var pair = CallPair()
        _ = try pair.forward(SDPTexts.audio(["8"]))
        let answer = try SDPTexts.audio(["8"], address: "192.0.2.20")
        let early = try pair.back(answer)
        let final = try pair.back(answer)
        #expect(early == final)
    }

    @Test func `a callee that numbers codecs otherwise is mapped both ways`() throws {
        var pair = CallPair()
        let offer = try pair.forward(
            SDPTexts.audio([
                "96 opus/48000/2", "8", "101 telephone-event/8000", "102 telephone-event/48000",
            ]))
        #expect(offer.formats().contains("opus/48000/2=96"))
        _ = try pair.back(
            SDPTexts.audio(
                ["107 opus/48000/2", "110 telephone-event/48000"], address: "192.0.2.20"))
        let bridge = MediaBridge(from: pair.caller, to: pair.callee)
        #expect(
            bridge.streams[0].forward.pairs == [
                PayloadMap.Pair(received: 96, sent: 107), PayloadMap.Pair(received: 102, sent: 110),
            ])
        // Our number and, for phones that use their own instead, theirs.
        #expect(
            bridge.streams[0].backward.pairs == [
                PayloadMap.Pair(received: 96, sent: 96), PayloadMap.Pair(received: 102, sent: 102),
                PayloadMap.Pair(received: 107, sent: 96),
                PayloadMap.Pair(received: 110, sent: 102),
            ])
        let streams = pair.callee.streams(count: 1, signalling: nil)
        #expect(
            streams[0].telephoneEvents == [
                TelephoneEventFormat(payloadType: 102, clockRate: 48_000)
            ])
    }

    @Test func `the relay is told addresses, trust and direction`() throws {
        let pair = try CallPair.standing()
        let signalling = IPAddress("203.0.113.9")
        let streams = pair.callee.streams(count: 2, signalling: signalling)
        #expect(streams.count == 2)
        #expect(streams[0].transport == .rtp)
        #expect(streams[0].remoteRTP == SocketAddress("192.0.2.20:5000"))
        #expect(streams[0].remoteRTCP == SocketAddress("192.0.2.20:5001"))
        #expect(
            streams[0].trustedSources == [IPAddress("192.0.2.20"), signalling].compactMap(\.self))
        #expect(streams[0].remoteReceives && streams[0].remoteSends)
        #expect(streams[1] == StreamDescription())
    }

    @Test func `who shares no telephone events needs INFO`() throws {
        var pair = try CallPair.standing()
        #expect(pair.caller.sharesTelephoneEvents(with: pair.callee))
        _ = try pair.forward(SDPTexts.audio(["8", "101 telephone-event/8000"]))
        _ = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(!pair.caller.sharesTelephoneEvents(with: pair.callee))
        #expect(!pair.callee.sharesTelephoneEvents(with: pair.caller))
    }

    @Test func `turns are kept: no second offer, no stray answer`() throws {
        var pair = CallPair()
        let offer = try SDPTexts.audio(["8"])
        _ = try pair.forward(offer)
        #expect(throws: NegotiationError.offerPending) { try pair.caller.receiveOffer(offer) }
        #expect(throws: NegotiationError.offerPending) { try pair.callee.receiveOffer(offer) }
        #expect(throws: NegotiationError.noOfferPending) { try pair.caller.receiveAnswer(offer) }
        var fresh = MediaNegotiation(identifier: 3)
        #expect(throws: NegotiationError.noOfferPending) {
            try fresh.makeAnswer(from: MediaProposal(streams: []), local: [])
        }
    }

    @Test func `an answer with more lines than the offer is refused, with fewer the rest is`()
        throws
    {
        var pair = CallPair()
        _ = try pair.forward(SDPTexts.audio(["8"]))
        var long = try SDPTexts.audio(["8"])
        long.media.append(long.media[0])
        #expect(throws: NegotiationError.malformedAnswer) { try pair.callee.receiveAnswer(long) }
        long.media = []
        #expect(try pair.callee.receiveAnswer(long).streams.isEmpty)
        let answer = try pair.caller.makeAnswer(
            from: MediaProposal(streams: []), local: pair.callerLocal)
        #expect(answer.media.map(\.port) == [0])
    }
}
