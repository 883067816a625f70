import Platform

/// Writes SIP that nobody means well with: requests that are distorted in the ways of RFC 4475 and
/// worse, floods with wrong credentials, and what scanners send.
struct HostileMessages {
    /// Bytes of the longest that are written: as much as a datagram holds.
    private static let longest = 65_000

    /// Where they are sent from, and to.
    let source: SocketAddress
    let target: SocketAddress
    let domain: String
    let random: any RandomSource

    // MARK: Whole requests

    /// REGISTER, with credentials that somebody guesses.
    ///
    /// - Parameter nonce: of a challenge; without one a nonce is made up.
    func guessedRegistration(of number: String, nonce: String? = nil) -> [UInt8] {
        var lines = request("REGISTER", uri: "sip:\(domain)", from: number, to: number)
        let digest = random.token(32)
        lines.append(
            "Authorization: Digest username=\"\(number)\", realm=\"\(domain)\","
                + " nonce=\"\(nonce ?? random.token(24))\", uri=\"sip:\(domain)\", response=\"\(digest)\""
        )
        lines.append("Contact: <sip:\(number)@\(source)>")
        return Self.text(lines)
    }

    /// INVITE without credentials, from one who claims to be of the house.
    func intrudingCall(from caller: String, to number: String) -> [UInt8] {
        var lines = request("INVITE", uri: "sip:\(number)@\(domain)", from: caller, to: number)
        let body =
            "v=0\r\no=- 1 1 IN IP4 \(source.address)\r\ns=-\r\nc=IN IP4 \(source.address)\r\n"
            + "t=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
        lines += ["Contact: <sip:\(caller)@\(source)>", "Content-Type: application/sdp"]
        return Self.text(lines, body: body)
    }

    /// What scanners ask to find numbers.
    func scan(of number: String) -> [UInt8] {
        let method = pick(["OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE"])
        return Self.text(
            request(method, uri: "sip:\(number)@\(domain)", from: number, to: number)
                + ["User-Agent: friendly-scanner", "Contact: <sip:\(number)@\(source)>"])
    }

    /// A request with up to three things wrong with it.
    func distorted() -> [UInt8] {
        let number = String(random.number(in: 100...999))
        let method = pick(["INVITE", "OPTIONS", "REGISTER", "BYE", "ACK", "CANCEL", "MESSAGE"])
        var lines =
            request(method, uri: "sip:\(number)@\(domain)", from: number, to: number)
            + ["Contact: <sip:\(number)@\(source)>"]
        var body = random.happens(perThousand: 300) ? "v=0\r\nm=audio 0 RTP/AVP\r\n" : ""
        for _ in 0..<random.number(in: 1...3) { distort(&lines, &body) }
        var bytes = Self.text(lines, body: body)
        if random.happens(perThousand: 200) {
            bytes.removeLast(random.number(in: 0...bytes.count - 1))
        }
        if random.happens(perThousand: 100) { bytes = bytes.filter { $0 != 13 } }
        return Array(bytes.prefix(Self.longest))
    }

    /// Bytes without any sense.
    func garbage() -> [UInt8] {
        random.bytes(random.number(in: 1...1500))
    }

    // MARK: Distortions

    private func distort(_ lines: inout [String], _ body: inout String) {
        let line = random.number(in: 0...lines.count - 1)
        switch random.number(in: 0...11) {
        case 0: lines.remove(at: line)
        case 1: lines.insert(lines[line], at: line)
        case 2: lines[0] = startLine()
        case 3: lines.append(badField())
        case 4:
            lines[line] = lines[line].replacing(": ", with: pick([" : ", ":\r\n ", ":\t", ":"]))
        case 5: lines[line] += String(repeating: pick(["x", ",", ";", "\"", "<"]), count: length())
        case 6: lines += repeatElement("Via: SIP/2.0/UDP \(source);branch=z9hG4bK1", count: 100)
        case 7: lines.append("Content-Length: \(pick(Self.lengths))")
        case 8: lines.swapAt(line, 0)
        case 9: lines[line] = lines[line].replacing(" ", with: "\0")
        case 10: body = "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=" + random.token(64)
        default: lines[line] = String(lines[line].reversed())
        }
    }

    private func length() -> Int {
        random.happens(perThousand: 200) ? 60_000 : random.number(in: 1...400)
    }

    private static let lengths = ["-1", "99999999999999999999", "65536", "1e3", "", "0x10", "4 4"]

    private func startLine() -> String {
        pick([
            "INVITE sip: SIP/2.0", "INVITE  sip:100@\(domain)  SIP/2.0", "INVITE <sip:1> SIP/2.0",
            "INVITE sip:100@\(domain) SIP/7.0", "INVITE sip:100@\(domain)", "invite sip:1 SIP/2.0",
            "OPTIONS http://\(domain)/ SIP/2.0", "OPTIONS nobody:\(random.token(9)) SIP/2.0",
            "!\u{7F}METHOD sip:%00%GG@[::1]:99999;lr=;;x SIP/2.0", "SIP/2.0 4294967301 Better Not",
            "SIP/2.0 200 OK", "SIP/2.0 100", "REGISTER sip:\(domain);maddr=0.0.0.0 SIP/2.0",
            "MESSAGE sip:100%40\(domain)?Route=%3Csip:x%3E&x= SIP/2.0", "",
        ])
    }

    private func badField() -> String {
        pick([
            "CSeq: 4294967296 INVITE", "CSeq: 1 BYE", "CSeq: -1", "Max-Forwards: 0",
            "Max-Forwards: 300", "Contact: *", "Contact: \"open <sip:x>", "Expires: 99999999999999",
            "Require: nothing, much, , here", "Authorization: NoOneKnows opaque=\"x\"",
            "From: \"Bell\u{8}\" <sip:x@y>;tag=;tag=2", "To: sip:x@y;tag=\u{FFFD}", ": nameless",
            "Via: SIP/2.0/UDP [::1::]:0;rport=70000;received=x", "Via: SIP / 2.0 / TCP 1.2.3.4:5",
            "Route: <sip:\(target);lr>, <sip:\(target);lr>", "Record-Route: <sip:;lr>",
            "Content-Encoding: gzip", "Content-Type: multipart/mixed", "Replaces: a;b;c;to-tag=1",
            "Date: Fri, 99 Jan 2099 99:99:99 EST", "Session-Expires: 0;refresher=both",
            "Authorization: Digest username=\"100\", realm=\"\(domain)\", nonce=\"\", nc=zzzzzzzz",
        ])
    }

    // MARK: Text

    private func request(_ method: String, uri: String, from: String, to: String) -> [String] {
        [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/UDP \(source);branch=z9hG4bK\(random.token(12));rport",
            "Max-Forwards: 70", "From: <sip:\(from)@\(domain)>;tag=\(random.token(8))",
            "To: <sip:\(to)@\(domain)>", "Call-ID: \(random.token(16))",
            "CSeq: \(random.number(in: 1...9)) \(method)",
        ]
    }

    private static func text(_ lines: [String], body: String = "") -> [UInt8] {
        var lines = lines
        if !lines.contains(where: { $0.hasPrefix("Content-Length") }) {
            lines.append("Content-Length: \(body.utf8.count)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[random.number(in: 0...choices.count - 1)]
    }
}
