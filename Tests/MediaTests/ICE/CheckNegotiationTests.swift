import Media
import Platform
import Testing

@testable import Media

/// What descriptions say of checks (RFC 8839): a browser's, and ours.
struct CheckNegotiationTests {
    private static let print =
        "sha-256 " + (0..<32).map { _ in "AB" }.joined(separator: ":")

    /// What Chromium offers before it knows where it is, cut to what matters.
    private func browser(
        fragment: String = "aBcD", mux: Bool = true, isLite: Bool = false,
        setup: String = "actpass", more: [String] = []
    ) throws -> SessionDescription {
        var lines = [
            "v=0", "o=- 46117 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE a1 v1 d1",
            "a=extmap-allow-mixed", "a=msid-semantic: WMS",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:\(fragment)",
            "a=ice-pwd:0123456789abcdefghijkl+/", "a=ice-options:trickle",
            "a=fingerprint:\(Self.print)", "a=setup:\(setup)", "a=mid:a1",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=sendrecv",
            "a=msid:- 7f", "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000",
            "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000",
            "a=candidate:1 1 udp 2113937151 4d3f-9.local 51000 typ host generation 0",
            "a=ssrc:1191432 cname:x",
        ]
        if mux { lines.append("a=rtcp-mux") }
        if isLite { lines.insert("a=ice-lite", at: 4) }
        lines += [
            "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:v1",
            "a=rtpmap:96 VP8/90000", "a=rtcp-mux",
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:d1",
        ]
        lines += more
        return try SessionDescription(
            parsing: Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
    }

    private func negotiation(offers: Bool = false) -> MediaNegotiation {
        let security = SecurityPolicy(
            demand: offers ? .required : .allowed, offersKeys: false,
            fingerprint: CertificateFingerprint(.sha256, [UInt8](repeating: 1, count: 32)),
            offersHandshake: offers, offersChecks: offers)
        var made = MediaNegotiation(
            policy: CodecPolicy(allowsTranscoding: true, security: security), identifier: 9)
        made.take(secret: [UInt8](repeating: 3, count: MediaNegotiation.secretLength))
        return made
    }

    private func answered(
        _ offer: SessionDescription
    ) throws -> (MediaNegotiation, SessionDescription) {
        var pair = CallPair()
        pair.caller = negotiation()
        _ = try pair.forward(offer)
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        return (pair.caller, answer)
    }

    @Test func `a browser's offer is answered with all that it insists on`() throws {
        let (made, answer) = try answered(try browser())
        let text = String(decoding: answer.encoded(), as: UTF8.self)
        for line in [
            "a=group:BUNDLE a1", "a=ice-lite", "a=mid:a1", "a=mid:v1", "a=rtcp-mux",
            "a=setup:passive", "a=candidate:1 1 udp 2130706431 198.51.100.1 20000 typ host",
            "a=end-of-candidates", "m=video 0 UDP/TLS/RTP/SAVPF 96", "a=sendrecv",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "a=ice-options:ice2",
        ] {
            #expect(text.contains(line + "\r\n"), "\(line) is missing in \(text)")
        }
        #expect(text.contains("m=audio 20000 UDP/TLS/RTP/SAVPF"))
        let stream = made.streams(count: 1, signalling: IPAddress("192.0.2.77"))[0]
        let ice = try #require(stream.ice)
        #expect(ice.remoteFragment == "aBcD")
        #expect(text.contains("a=ice-ufrag:\(ice.local.fragment)\r\n"))
        #expect(stream.remoteRTP == nil)
        #expect(stream.trustedSources.isEmpty)
        #expect(stream.isMuxed)
        // 0.0.0.0 is no hold here: the browser doesn't know yet where it is.
        #expect(stream.remoteReceives)
        #expect("\(ice)".contains(ice.local.fragment) == false)
    }

    @Test func `a place of each family is a candidate, the signalling's first`() throws {
        var made = negotiation()
        let asked = try made.receiveOffer(try browser())
        var local = CallPair.local(20_000)
        local[0].alternate = SocketAddress("[2001:db8::1]:21000")
        let answer = try made.makeAnswer(from: asked, local: local)
        let candidates = answer.media[0].attributes.compactMap { attribute -> String? in
            if case .other("candidate", let value?) = attribute { value } else { nil }
        }
        #expect(
            candidates == [
                "1 1 udp 2130706431 198.51.100.1 20000 typ host",
                "2 1 udp 2130706175 2001:db8::1 21000 typ host",
            ])
        // Who makes no checks is told of one place.
        var plain = negotiation()
        let wanted = try plain.receiveOffer(SDPTexts.audio(["8"]))
        let simple = try plain.makeAnswer(from: wanted, local: local)
        #expect(!String(decoding: simple.encoded(), as: UTF8.self).contains("2001:db8"))
    }

    @Test func `new credentials are a restart, which new ones answer; else ours stay`() throws {
        var pair = CallPair()
        pair.caller = negotiation()
        var fragments: [String?] = []
        for theirs in ["aBcD", "aBcD", "eFgH", "eFgH"] {
            _ = try pair.forward(browser(fragment: theirs))
            _ = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
            let stream = pair.caller.streams(count: 1, signalling: nil)[0]
            #expect(stream.ice?.remoteFragment == theirs)
            fragments.append(stream.ice?.local.fragment)
        }
        #expect(fragments[0] == fragments[1])
        #expect(fragments[1] != fragments[2])
        #expect(fragments[2] == fragments[3])
    }

    @Test func `without RTCP on the same port, or with another lite agent, there are no checks`()
        throws
    {
        for offer in [try browser(mux: false), try browser(isLite: true)] {
            let (made, answer) = try answered(offer)
            #expect(made.streams(count: 1, signalling: nil)[0].ice == nil)
            let text = String(decoding: answer.encoded(), as: UTF8.self)
            #expect(!text.contains("ice-"))
            #expect(!text.contains("candidate"))
        }
    }

    @Test func `credentials that RFC 8839 does not allow count as none`() throws {
        for fragment in ["abc", "ab d", "ab-d", String(repeating: "a", count: 257), ""] {
            let (made, _) = try answered(try browser(fragment: fragment))
            #expect(made.streams(count: 1, signalling: nil)[0].ice == nil, "\(fragment)")
        }
    }

    @Test func `a browser is offered what it insists on, and its answer agrees`() throws {
        var pair = CallPair()
        pair.callee = negotiation(offers: true)
        let offer = try pair.forward(SDPTexts.audio(["8", "0"]))
        let text = String(decoding: offer.encoded(), as: UTF8.self)
        for line in [
            "a=group:BUNDLE 0", "a=ice-lite", "a=mid:0", "a=rtcp-mux", "a=setup:actpass",
            "a=candidate:1 1 udp 2130706431 198.51.100.1 20100 typ host",
        ] {
            #expect(text.contains(line + "\r\n"), "\(line) is missing in \(text)")
        }
        #expect(text.contains("m=audio 20100 UDP/TLS/RTP/SAVPF"))
        var answer = try browser(setup: "active")
        answer.media.removeLast(2)
        _ = try pair.back(answer)
        let stream = pair.callee.streams(count: 1, signalling: nil)[0]
        #expect(stream.ice?.remoteFragment == "aBcD")
        #expect(stream.handshake?.begins == false)
        // Asked again, it is offered the same names and credentials.
        let again = try pair.callee.makeOffer(
            from: pair.caller.proposal, local: pair.calleeLocal)
        #expect(again.media[0].attributes.value(of: "ice-ufrag") == stream.ice?.local.fragment)
        #expect(again.media[0].attributes.value(of: "mid") == "0")
    }

    @Test func `phones that say nothing of checks are told nothing of them`() throws {
        var pair = CallPair()
        pair.caller = negotiation()
        pair.callee = negotiation()
        let offer = try pair.forward(SDPTexts.audio(["8", "0"]))
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        for description in [offer, answer] {
            let text = String(decoding: description.encoded(), as: UTF8.self)
            #expect(!text.contains("ice-"))
            #expect(!text.contains("mid"))
            #expect(!text.contains("BUNDLE"))
        }
    }
}
