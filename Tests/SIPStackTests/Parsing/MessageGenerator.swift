/// Makes messages and spoils them, from a seed: the same seed, the same bytes.
struct MessageGenerator {
    private var seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var z = seed
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func number(below limit: Int) -> Int {
        limit > 0 ? Int(next() % UInt64(limit)) : 0
    }

    mutating func one<Value>(of values: [Value]) -> Value {
        values[number(below: values.count)]
    }

    private mutating func maybe(_ text: String) -> String {
        number(below: 2) == 0 ? "" : text
    }

    private mutating func space() -> String {
        one(of: ["", "", "", " ", "  ", "\t", "\r\n ", " \r\n\t "])
    }

    private mutating func uri() -> String {
        one(of: [
            "sip:alice@example.com", "sips:bob:pw@[2001:db8::1]:5061;transport=tls;lr",
            "sip:%61b%3Bc;d?e@192.0.2.1:5070;user=phone;x=%20", "tel:+1-201-555-0123;ext=7",
            "tel:7042;phone-context=example.com", "sip:example.com;gr=urn:uuid:1?a=b&c=",
            "urn:service:sos", "http://example.com/a?b=c",
        ])
    }

    private mutating func address() -> String {
        let name = one(of: [
            "", "Alice ", "\"A \\\" \\\\ B, C\" ", "A. G. Bell ", "\"\" ", "\"Жё\"",
        ])
        let tag = maybe("\(space());\(space())tag\(space())=\(space())t\(number(below: 999))")
        return "\(name)<\(uri())>\(tag)" + maybe(";x=\"q;,\\\"\"") + maybe(";flag")
    }

    private mutating func via() -> String {
        let version = one(of: ["SIP/2.0/", "SIP / 2.0 / ", "SIP/2.0\r\n /"])
        let transport = one(of: ["UDP", "TCP", "TLS", "WSS", "SCTP", "X-1"])
        let host = one(of: ["a.example.com", "192.0.2.1:5060", "[2001:DB8::9:1] : 7", "x_y"])
        return "\(version)\(transport) \(host);branch=z9hG4bK\(number(below: 9999))"
            + maybe(";rport") + maybe(";received=2001:db8::1") + maybe(";ttl=3")
    }

    private mutating func field() -> String {
        let list = [
            "Contact: \(address()), \(address())", "m: *", "Route: <\(uri())>", "Max-Forwards: 70",
            "Subject:\(space())a b\r\n  c", "s:", "X-Foo: ba\"r", "x-\(number(below: 9)): \u{1}y",
            "Supported: 100rel, timer", "Expires: \(number(below: 9999))", "Event: dialog;id=1",
            "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", response=\"0\"",
            "Content-Type: application/sdp", "Reason: SIP;cause=200;text=\"x\"",
            "Date: Sat, 13 Nov 2010 23:29:00 GMT", "Accept:", "Record-Route:\(space())<\(uri())>",
            "History-Info: <\(uri())>;index=1", "Warning: 399 h \"t\"", "Timestamp: 1.5",
        ]
        return one(of: list)
    }

    /// A whole message, mostly well formed.
    mutating func message() -> [UInt8] {
        let method = one(of: ["INVITE", "REGISTER", "ACK", "BYE", "OPTIONS", "x-Y%"])
        let start =
            number(below: 3) == 0
            ? "SIP/2.0 \(100 + number(below: 600)) " + maybe("Reason Жё")
            : "\(method) \(uri()) SIP/2.0"
        var lines = [
            "\(one(of: ["Via", "v", "VIA"])): \(via())" + maybe(", \(via())"),
            "From\(space()):\(space())\(address())", "t: \(address())",
            "Call-ID: \(number(below: 99999))@h", "CSeq:\(space())\(number(below: 9999)) \(method)",
        ].filter { !$0.hasPrefix("From\r") && !$0.hasPrefix("From \r") }
        if lines.count < 5 { lines.append("f: \(address())") }
        for _ in 0..<number(below: 8) { lines.append(field()) }
        for index in lines.indices { lines.swapAt(index, number(below: lines.count)) }
        let body = maybe("v=0\r\no=- 1 1 IN IP4 h\r\n")
        lines.append("Content-Length: \(body.utf8.count)")
        return Array((start + "\r\n" + lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    /// Changes, removes, doubles or inserts a few bytes.
    mutating func spoil(_ bytes: inout [UInt8]) {
        let special = Array("\r\n \t:;,<>\"\\=@[]/%?&*0SIP\0\u{7F}".utf8) + [0x80, 0xFF]
        for _ in 0...number(below: 4) {
            let place = number(below: bytes.count)
            switch number(below: 5) {
            case 0 where !bytes.isEmpty: bytes[place] = one(of: special)
            case 1 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2 where !bytes.isEmpty:
                bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 20)))
            case 3: bytes.insert(one(of: special), at: place)
            default:
                let end = min(bytes.count, place + number(below: 60))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            }
        }
    }
}
