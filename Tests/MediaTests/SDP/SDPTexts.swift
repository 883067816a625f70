import Media
import Platform

/// Descriptions as phones send them.
enum SDPTexts {
    /// A desk phone's offer.
    static let deskPhone = lines(
        "v=0", "o=- 3831 3831 IN IP4 192.0.2.10", "s=call", "c=IN IP4 192.0.2.10", "t=0 0",
        "m=audio 4000 RTP/AVP 9 8 0 101", "a=rtpmap:9 G722/8000", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16",
        "a=ptime:20", "a=sendrecv", "a=rtcp:4001 IN IP4 192.0.2.10")

    /// A softphone with video, ICE and SDES beside plain RTP.
    static let softPhone = lines(
        "v=0", "o=- 3909 1 IN IP6 2001:db8::7", "s=pjmedia", "b=AS:117", "t=0 0", "a=X-nat:0",
        "m=audio 40010 RTP/AVP 96 8 101 102", "c=IN IP6 2001:db8::7", "b=TIAS:96000",
        "a=rtcp:40011 IN IP6 2001:db8::7", "a=sendrecv", "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1;stereo=0", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/48000", "a=fmtp:101 0-16",
        "a=rtpmap:102 telephone-event/8000", "a=fmtp:102 0-16",
        "a=candidate:H1 1 UDP 2130706431 192.0.2.7 40010 typ host", "a=rtcp-mux",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
        "a=ssrc:1191432 cname:phone@example", "m=video 40012 RTP/AVP 97", "c=IN IP6 2001:db8::7",
        "a=rtpmap:97 H264/90000", "a=fmtp:97 profile-level-id=42e01f;packetization-mode=1")

    /// A fax machine's re-INVITE (T.38 Annex D).
    static let fax = lines(
        "v=0", "o=fax 1 2 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0",
        "m=image 4000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
        "a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxBuffer:262",
        "a=T38FaxMaxDatagram:176", "a=T38FaxUdpEC:t38UDPRedundancy")

    static func lines(_ lines: String...) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// An audio description, as a test needs it.
    static func audio(
        _ formats: [String], address: String = "192.0.2.10", port: UInt16 = 4000,
        version: Int = 1, more: [String] = []
    ) throws(SDPError) -> SessionDescription {
        let numbers = formats.compactMap { $0.split(separator: " ").first }
        let maps = formats.filter { $0.contains(" ") }.map { "a=rtpmap:\($0)" }
        let family = address.contains(":") ? "IP6" : "IP4"
        let all =
            [
                "v=0", "o=- 1 \(version) IN \(family) \(address)", "s=-",
                "c=IN \(family) \(address)", "t=0 0",
                "m=audio \(port) RTP/AVP " + numbers.joined(separator: " "),
            ] + maps + more
        return try SessionDescription(parsing: Array((all.joined(separator: "\r\n") + "\r\n").utf8))
    }
}
