import Media
import Platform
import Testing
import Wire

@testable import Media

/// Keys in descriptions (RFC 4568), each leg by its own policy.
struct KeyNegotiationTests {
    private static let theirs = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
    private static let others = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"

    private func crypto(_ tag: Int, _ suite: String, _ key: String = theirs) -> String {
        "a=crypto:\(tag) \(suite) inline:\(key)"
    }

    private func description(
        _ profile: String, _ crypto: [String], address: String = "192.0.2.10"
    ) throws -> SessionDescription {
        var made = try SDPTexts.audio(["8"], address: address, more: crypto)
        made.media[0].profile = TransportProfile(profile)
        return made
    }

    private func negotiation(
        _ demand: SecurityPolicy.Demand, offersKeys: Bool = false, secret: UInt8 = 1
    ) -> MediaNegotiation {
        var made = MediaNegotiation(
            policy: CodecPolicy(
                security: SecurityPolicy(demand: demand, offersKeys: offersKeys)),
            identifier: UInt64(secret))
        made.take(secret: [UInt8](repeating: secret, count: MediaNegotiation.secretLength))
        return made
    }

    private func agreed(_ negotiation: MediaNegotiation) -> SRTPKeyPair? {
        negotiation.streams(count: 1, signalling: nil)[0].keys
    }

    @Test func `an attribute is read and written as it was`() throws {
        let text = "7 AES_CM_128_HMAC_SHA1_80 inline:\(Self.theirs)"
        let attribute = try #require(CryptoAttribute(parsing: text))
        #expect(attribute.tag == 7)
        #expect(attribute.key.suite == .counter128)
        #expect(attribute.text == text)
        for suite in SRTPSuite.allCases {
            let own = CryptoAttribute(tag: 1, key: try SealedLine.key(suite))
            #expect(CryptoAttribute(parsing: own.text) == own)
        }
    }

    @Test(arguments: [
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31", true),
        ("1 AES_CM_128_HMAC_SHA1_32 inline:KEY|1048576 WSH=128", true),
        ("1  AES_CM_128_HMAC_SHA1_80\tINLINE:KEY -WHATEVER", true),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:4", true),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:4", true),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:129", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:0", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|256:1", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:4|2^20", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|2^20|1:4", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|x:4", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY;inline:KEY", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY UNENCRYPTED_SRTP", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY KDR=1", false),
        ("1 AES_256_CM_HMAC_SHA1_80 inline:KEY", false),
        ("1 F8_128_HMAC_SHA1_80 inline:KEY", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:KEYA", false),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:", false),
        ("1 AES_CM_128_HMAC_SHA1_80 KEY", false),
        ("1234567890 AES_CM_128_HMAC_SHA1_80 inline:KEY", false),
        ("x AES_CM_128_HMAC_SHA1_80 inline:KEY", false),
        ("1 AES_CM_128_HMAC_SHA1_80", false), ("", false),
    ])
    func `only what we can do is taken from an attribute`(text: String, isTaken: Bool) {
        let whole = String(
            text.split(separator: "KEY", omittingEmptySubsequences: false)
                .joined(separator: Self.theirs))
        #expect((CryptoAttribute(parsing: whole) != nil) == isTaken, "\(text)")
    }

    @Test func `a key without its padding is read`() throws {
        let own = CryptoAttribute(tag: 1, key: try SealedLine.key(.counter256))
        #expect(own.text.hasSuffix("=="))
        #expect(CryptoAttribute(parsing: String(own.text.dropLast(2))) == own)
    }

    @Test func `RFC 4568 §6.1: the identifier of a key is read, written and no part of our own`()
        throws
    {
        for (text, bytes) in [
            ("1:4", [0, 0, 0, 1]), ("258:2", [1, 2]), ("255:1", [255]),
            ("18446744073709551615:9", [0] + [UInt8](repeating: 255, count: 8)),
        ] as [(String, [UInt8])] {
            let line = "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.theirs)|\(text)"
            let attribute = try #require(CryptoAttribute(parsing: line))
            #expect(attribute.key.identifier == bytes)
            #expect(attribute.text == line)
        }
        var pair = CallPair()
        pair.caller = negotiation(.allowed)
        _ = try pair.forward(
            description(
                "RTP/SAVP", [crypto(1, "AES_CM_128_HMAC_SHA1_80", Self.theirs + "|2^31|1:1")]))
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(answer.media[0].cryptoAttributes.map(\.key.identifier) == [[]])
        #expect(agreed(pair.caller)?.received.identifier == [1])
    }

    @Test func `keys are shown nowhere`() throws {
        let key = try SealedLine.key(.counter128)
        let pair = SRTPKeyPair(sent: key, received: key)
        let made = negotiation(.required, offersKeys: true)
        for text in ["\(key)", "\(pair)", "\(CryptoAttribute(tag: 1, key: key))", "\(made)"] {
            #expect(!text.contains("1, 8, 15"))
            #expect(!text.contains("1, 1, 1"))
            #expect(!text.contains(Base64.encode(key.bytes)))
        }
    }

    @Test func `a secure offer is answered with its tag, and both keys stand`() throws {
        var pair = CallPair()
        pair.caller = negotiation(.allowed)
        let passed = try pair.forward(
            description(
                "RTP/SAVP",
                [crypto(3, "F8_128_HMAC_SHA1_80"), crypto(4, "AES_CM_128_HMAC_SHA1_80")]))
        #expect(passed.media[0].profile == .rtpAVP, "the callee's leg is its own matter")
        #expect(passed.media[0].cryptoAttributes.isEmpty)
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(answer.media[0].profile == .rtpSAVP)
        let own = try #require(answer.media[0].cryptoAttributes.first)
        #expect(answer.media[0].cryptoAttributes.count == 1)
        #expect(own.tag == 4)
        let keys = try #require(agreed(pair.caller))
        #expect(keys.sent == own.key)
        #expect(Base64.encode(keys.received.bytes) == Self.theirs)
        #expect(keys.sent != keys.received)
        #expect(agreed(pair.callee) == nil)
    }

    @Test func `a phone that leaves the choice gets its key, or plain RTP by policy`() throws {
        let offer = try description("RTP/AVP", [crypto(1, "AES_CM_128_HMAC_SHA1_32")])
        for (demand, isSealed) in [
            (SecurityPolicy.Demand.never, false), (.allowed, true), (.required, true),
        ] {
            var pair = CallPair()
            pair.caller = negotiation(demand)
            _ = try pair.forward(offer)
            let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
            #expect(answer.media[0].profile == .rtpAVP)
            #expect((agreed(pair.caller) != nil) == isSealed)
            #expect(answer.media[0].cryptoAttributes.isEmpty != isSealed)
        }
    }

    @Test func `what the policy forbids is refused`() throws {
        var strict = negotiation(.required)
        let plain = try SDPTexts.audio(["8"])
        #expect(throws: NegotiationError.encryptionRequired) { try strict.receiveOffer(plain) }
        var open = negotiation(.never)
        let secure = try description("RTP/SAVP", [crypto(1, "AES_CM_128_HMAC_SHA1_80")])
        #expect(throws: NegotiationError.nothingAcceptable(onlySecure: true)) {
            try open.receiveOffer(secure)
        }
        var willing = negotiation(.allowed)
        let foreign = try description("RTP/SAVP", [crypto(1, "F8_128_HMAC_SHA1_80")])
        #expect(throws: NegotiationError.nothingAcceptable(onlySecure: true)) {
            try willing.receiveOffer(foreign)
        }
    }

    @Test func `who must be encrypted is offered nothing else`() throws {
        var pair = CallPair()
        pair.callee = negotiation(.required, offersKeys: true)
        let offer = try pair.forward(SDPTexts.audio(["8"]))
        #expect(offer.media[0].profile == .rtpSAVP)
        let offered = offer.media[0].cryptoAttributes
        #expect(offered.map(\.key.suite) == SRTPSuite.allCases)
        #expect(Set(offered.map(\.key.bytes)).count == offered.count)
        var refused = pair
        let given = try refused.callee.receiveAnswer(
            SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(given.streams.isEmpty, "an answer in the clear ends the stream")
        #expect(!refused.callee.isAgreed)
        let wrongTag = try refused.again(pair) {
            try $0.receiveAnswer(
                description("RTP/SAVP", [crypto(99, "AES_CM_128_HMAC_SHA1_80")]))
        }
        #expect(wrongTag.streams.isEmpty)
        let tag = Int(try #require(offered.first { $0.key.suite == .counter128 }).tag)
        _ = try pair.back(
            description(
                "RTP/SAVP", [crypto(tag, "AES_CM_128_HMAC_SHA1_80")], address: "192.0.2.20"))
        let keys = try #require(agreed(pair.callee))
        #expect(keys.sent == offered.first { $0.key.suite == .counter128 }?.key)
        #expect(Base64.encode(keys.received.bytes) == Self.theirs)
    }

    @Test func `who may be encrypted is offered both, and what it takes stands`() throws {
        var pair = CallPair()
        pair.callee = negotiation(.allowed, offersKeys: true)
        let offer = try pair.forward(SDPTexts.audio(["8"]))
        #expect(offer.media[0].profile == .rtpAVP)
        #expect(!offer.media[0].cryptoAttributes.isEmpty)
        var plain = pair
        _ = try plain.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(agreed(plain.callee) == nil)
        #expect(plain.callee.isAgreed)
        // What was agreed in the clear is not opened anew by a hold.
        let hold = try plain.callee.makeOffer(
            from: plain.caller.proposal, local: plain.calleeLocal)
        #expect(hold.media[0].cryptoAttributes.isEmpty)
        let tag = Int(
            try #require(
                offer.media[0].cryptoAttributes.first { $0.key.suite == .counter128Short }
            ).tag)
        _ = try pair.back(
            description(
                "RTP/AVP", [crypto(tag, "AES_CM_128_HMAC_SHA1_32")], address: "192.0.2.20"))
        #expect(pair.callee.suite == .counter128Short)
    }

    @Test(arguments: [SecurityPolicy.Demand.allowed, .required])
    func `who refused what it was offered is offered G.711 as encrypted as before`(
        demand: SecurityPolicy.Demand
    ) throws {
        var pair = CallPair()
        pair.callee = negotiation(demand, offersKeys: true)
        let first = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "8"]))
        pair.callee = negotiation(demand, offersKeys: true).plain
        pair.caller = CallPair().caller
        let second = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "8"]))
        #expect(second.formats().allSatisfy { $0.hasPrefix("PCM") })
        #expect(second.media[0].profile == first.media[0].profile)
        let suites = second.media[0].cryptoAttributes.map(\.key.suite)
        #expect(suites == first.media[0].cryptoAttributes.map(\.key.suite) && !suites.isEmpty)
    }

    @Test func `keys stay over a hold, whoever holds, and over a refresh`() throws {
        var pair = CallPair()
        pair.caller = negotiation(.allowed)
        pair.callee = negotiation(.required, offersKeys: true, secret: 2)
        let secure = try description("RTP/SAVP", [crypto(1, "AES_CM_128_HMAC_SHA1_80")])
        let offer = try pair.forward(secure)
        let tag = Int(
            try #require(offer.media[0].cryptoAttributes.first { $0.key.suite == .counter128 }).tag)
        let taken = try description(
            "RTP/SAVP", [crypto(tag, "AES_CM_128_HMAC_SHA1_80", Self.others)],
            address: "192.0.2.20")
        _ = try pair.back(taken)
        let before = (agreed(pair.caller), agreed(pair.callee))
        let again = try pair.forward(secure)
        #expect(again.media[0].cryptoAttributes.map(\.key) == [before.1?.sent])
        #expect(again.media[0].cryptoAttributes.map(\.tag) == [UInt32(tag)])
        _ = try pair.back(taken)
        let refresh = try pair.callee.repeatOffer(local: pair.calleeLocal)
        #expect(refresh.media == again.media)
        #expect((agreed(pair.caller), agreed(pair.callee)) == before)
    }

    @Test func `a new key of the party is taken, and another suite gets a new key of ours`() throws
    {
        var pair = CallPair()
        pair.caller = negotiation(.allowed)
        let plain = try SDPTexts.audio(["8"], address: "192.0.2.20")
        func round(_ suite: String, _ key: String) throws -> SRTPKeyPair {
            _ = try pair.forward(description("RTP/SAVP", [crypto(1, suite, key)]))
            _ = try pair.back(plain)
            return try #require(agreed(pair.caller))
        }
        let first = try round("AES_CM_128_HMAC_SHA1_80", Self.theirs)
        let second = try round("AES_CM_128_HMAC_SHA1_80", Self.others)
        #expect(second.sent == first.sent)
        #expect(second.received != first.received)
        let third = try round("AES_CM_128_HMAC_SHA1_32", Self.others)
        let fourth = try round("AES_CM_128_HMAC_SHA1_80", Self.others)
        #expect(Set([first.sent.bytes, third.sent.bytes, fourth.sent.bytes]).count == 3)
    }
}

extension CallPair {
    /// The callee's side of that pair once more, with another answer.
    fileprivate mutating func again<Result>(
        _ pair: CallPair, _ answer: (inout MediaNegotiation) throws -> Result
    ) rethrows -> Result {
        callee = pair.callee
        return try answer(&callee)
    }
}
