import Media
import Platform
import Testing

struct SessionDescriptionTests {
    @Test func `a desk phone's offer is read whole`() throws {
        let offer = try SessionDescription(parsing: SDPTexts.deskPhone)
        #expect(offer.origin.identifier == "3831")
        #expect(offer.name == "call")
        #expect(offer.connection?.address == IPAddress("192.0.2.10"))
        let audio = try #require(offer.media.first)
        #expect(audio.kind == .audio)
        #expect(audio.port == 4000)
        #expect(audio.profile == .rtpAVP)
        #expect(audio.packetTime == .milliseconds(20))
        #expect(
            audio.payloadFormats == [
                PayloadFormat(payloadType: 9, codec: .g722),
                PayloadFormat(payloadType: 8, codec: .pcma),
                PayloadFormat(payloadType: 0, codec: .pcmu),
                PayloadFormat(
                    payloadType: 101, codec: .telephoneEvent(clockRate: 8_000), parameters: "0-16"),
            ])
    }

    @Test func `what is not understood is kept in order and written again`() throws {
        for text in [SDPTexts.deskPhone, SDPTexts.softPhone, SDPTexts.fax] {
            let once = try SessionDescription(parsing: text)
            #expect(try SessionDescription(parsing: once.encoded()) == once)
        }
        let written = try SessionDescription(parsing: SDPTexts.softPhone).encoded()
        #expect(String(decoding: written, as: UTF8.self).contains("a=ssrc:1191432 cname:phone"))
        #expect(
            SDPTexts.deskPhone == (try SessionDescription(parsing: SDPTexts.deskPhone).encoded()))
    }

    @Test func `IPv6, an m-line's own c= and session attributes count`() throws {
        let offer = try SessionDescription(parsing: SDPTexts.softPhone)
        #expect(offer.connection == nil)
        #expect(offer.connection(of: offer.media[0])?.address == IPAddress("2001:db8::7"))
        #expect(offer.media[0].isRTCPMuxed)
        #expect(offer.bandwidths == [SDPBandwidth(kind: "AS", value: 117)])
        let held = try SDPTexts.audio(["8"], more: ["a=sendonly"])
        #expect(held.direction(of: held.media[0]) == .sendOnly)
        let whole = try SessionDescription(
            parsing: SDPTexts.lines(
                "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
                "a=inactive", "m=audio 4 RTP/AVP 0"))
        #expect(whole.direction(of: whole.media[0]) == .inactive)
    }

    @Test func `several c= lines of one m-line are kept, the first counts`() throws {
        let layered = try SessionDescription(
            parsing: SDPTexts.lines(
                "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "m=audio 4/2 RTP/AVP 0",
                "c=IN IP4 233.252.0.1/127", "c=IN IP4 233.252.0.2/127/3"))
        #expect(layered.media[0].connections.count == 2)
        #expect(layered.media[0].portCount == 2)
        #expect(layered.connection(of: layered.media[0])?.address == IPAddress("233.252.0.1"))
        #expect(layered.media[0].connections[1].suffix == "127/3")
    }

    @Test(arguments: [
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4 RTP/AVP 0\n",
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0",
        "v=0\r\no=The Phone 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4 RTP/AVP 0\r\n\r\n\0",
        "v=0\r\ns=-\r\no=- 1 1 IN IP4 phone.example.org\r\nm=audio 4 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 1 IN IP6 192.0.2.1\r\ns= \r\nm=audio 4 RTP/AVP 0\r\na=\r\na=rtpmap:x\r\n",
    ]) func `what phones get wrong without harm is read`(text: String) throws {
        let description = try SessionDescription(parsing: Array(text.utf8))
        #expect(description.media.count == 1)
        #expect(description.media[0].payloadFormats.first?.codec == .pcmu)
    }

    @Test func `a name for an address is kept, but is no address`() throws {
        let named = try SessionDescription(
            parsing: SDPTexts.lines(
                "v=0", "o=- 1 1 IN IP4 phone.example.org", "s=-", "c=IN IP4 phone.example.org",
                "t=0 0", "m=audio 4 RTP/AVP 0"))
        #expect(named.connection?.host == .name("phone.example.org"))
        #expect(named.connection?.address == nil)
    }

    static let broken: [(String, SDPError)] = [
        ("", SDPError(.versionMissing, at: 0)),
        ("o=- 1 1 IN IP4 1.2.3.4\r\n", SDPError(.versionMissing, at: 0)),
        ("v=1\r\n", SDPError(.versionMissing, at: 0)),
        ("v=0\r\n", SDPError(.originMissing, at: 5)),
        ("v=0\r\ns=-\r\nx\r\n", SDPError(.malformedLine, at: 10)),
        ("v=0\r\n\r\ns=-\r\n", SDPError(.malformedLine, at: 5)),
        ("v=0\r\no=- 1 1 IN IP4\r\n", SDPError(.malformedOrigin, at: 5)),
        ("v=0\r\no=- a 1 IN IP4 1.2.3.4\r\n", SDPError(.malformedOrigin, at: 5)),
        ("v=0\r\nc=IN IP9 1.2.3.4\r\n", SDPError(.malformedConnection, at: 5)),
        ("v=0\r\nc=IN IP4 1.2.3.4/\r\n", SDPError(.malformedConnection, at: 5)),
        ("v=0\r\nc=IN IP4 <bad>\r\n", SDPError(.malformedConnection, at: 5)),
        ("v=0\r\nb=AS\r\n", SDPError(.malformedBandwidth, at: 5)),
        ("v=0\r\nm=audio\r\n", SDPError(.malformedMedia, at: 5)),
        ("v=0\r\nm=audio 70000 RTP/AVP 0\r\n", SDPError(.malformedMedia, at: 5)),
        ("v=0\r\nm=audio -4 RTP/AVP 0\r\n", SDPError(.malformedMedia, at: 5)),
        ("v=0\r\nm=audio 4/0 RTP/AVP 0\r\n", SDPError(.malformedMedia, at: 5)),
        (
            "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\no=- 1 1 IN IP4 1.2.3.4\r\n",
            SDPError(.originRepeated, at: 29)
        ),
    ]

    @Test(arguments: broken) func `broken bytes are refused with the place`(
        text: String, error: SDPError
    ) {
        #expect(throws: error) { try SessionDescription(parsing: Array(text.utf8)) }
    }

    @Test func `every limit is refused by name`() {
        func kind(_ text: String) -> SDPError.Kind? {
            do {
                _ = try SessionDescription(parsing: Array(text.utf8))
                return nil
            } catch { return error.kind }
        }
        let head = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n"
        #expect(kind(String(repeating: "a=x\r\n", count: 8_000)) == .tooLong(limit: 32_768))
        #expect(
            kind(head + "a=" + String(repeating: "x", count: 2_100) + "\r\n")
                == .lineTooLong(limit: 2_048))
        #expect(
            kind(head + "a=" + String(repeating: "x", count: 2_100)) == .lineTooLong(limit: 2_048))
        #expect(
            kind(head + String(repeating: "m=audio 4 RTP/AVP 0\r\n", count: 17))
                == .tooManyMedia(limit: 16))
        #expect(
            kind(head + "m=audio 4 RTP/AVP" + String(repeating: " 0", count: 129))
                == .tooManyFormats(limit: 128))
        #expect(
            kind(head + String(repeating: "a=x\r\n", count: 1_100)) == .tooManyLines(limit: 1_024))
    }

    @Test func `a value cannot break out of its line`() throws {
        var description = try SessionDescription(parsing: SDPTexts.deskPhone)
        description.name = "x\r\nm=audio 1 RTP/AVP 0"
        let again = try SessionDescription(parsing: description.encoded())
        #expect(again.media.count == 1)
    }

    @Test(arguments: 0..<40)
    func `no mutation of a description traps, and what is read round-trips`(
        seed: UInt64
    ) {
        var random = Seeded(seed)
        for _ in 0..<100 {
            var bytes = random.pick([SDPTexts.deskPhone, SDPTexts.softPhone, SDPTexts.fax])
            for _ in 0...random.below(6) {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(random.pick(Array("=: /\r\n0am".utf8)), at: place)
                default:
                    let end = min(bytes.count, place + random.below(40))
                    bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
                }
            }
            guard let once = try? SessionDescription(parsing: bytes) else { continue }
            let again = try? SessionDescription(parsing: once.encoded())
            #expect(again == once, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
