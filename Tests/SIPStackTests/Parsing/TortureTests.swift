import Testing

@testable import SIPStack

/// What the parser alone decides of a message; the stack's further answers are tested with it.
enum Verdict: Equatable {
    case request(String)
    case response(Int)
    case rejected(Int)
    case discarded

    init(_ parsed: ParsedMessage) {
        switch parsed {
        case .request(let request): self = .request(request.method.name)
        case .response(let response): self = .response(response.status.code)
        case .rejected(let rejection): self = .rejected(rejection.status.code)
        case .discarded: self = .discarded
        }
    }
}

@Suite(
    .enabled(
        if: TortureFiles.areThere, "the torture messages are not in ../shared/torture here"))
struct TortureTests {
    static let rfc4475: [(name: String, verdict: Verdict)] = [
        ("wsinv", .request("INVITE")),
        ("intmeth", .request("!interesting-Method0123456789_*+`.%indeed'~")),
        ("esc01", .request("INVITE")), ("escnull", .request("REGISTER")),
        ("esc02", .request("RE%47IST%45R")), ("lwsdisp", .request("OPTIONS")),
        ("longreq", .request("INVITE")), ("dblreq", .request("REGISTER")),
        ("semiuri", .request("OPTIONS")), ("transports", .request("OPTIONS")),
        ("mpart01", .request("MESSAGE")), ("unreason", .response(200)),
        ("noreason", .response(100)),
        // §3.1.2: to be refused.
        ("badinv01", .rejected(400)), ("clerr", .rejected(400)), ("ncl", .rejected(400)),
        ("scalar02", .rejected(400)), ("scalarlg", .discarded), ("quotbal", .rejected(400)),
        ("ltgtruri", .rejected(400)), ("lwsruri", .rejected(400)),
        // Either way is right; these are ours.
        ("lwsstart", .rejected(400)), ("trws", .rejected(400)), ("escruri", .request("INVITE")),
        ("baddate", .request("INVITE")), ("regbadct", .rejected(400)),
        ("badaspec", .request("OPTIONS")), ("baddn", .request("OPTIONS")),
        ("badvers", .rejected(505)), ("mismatch01", .rejected(400)),
        ("mismatch02", .rejected(400)), ("bigcode", .discarded),
        // §3.2 to §3.4: messages that the stack, not the parser, has trouble with.
        ("badbranch", .request("OPTIONS")), ("insuf", .rejected(400)),
        ("unkscm", .request("OPTIONS")), ("novelsc", .request("OPTIONS")),
        ("unksm2", .request("REGISTER")), ("bext01", .request("OPTIONS")),
        ("invut", .request("INVITE")), ("regaut01", .request("REGISTER")),
        ("multi01", .rejected(400)), ("mcl01", .rejected(400)), ("bcast", .response(200)),
        ("zeromf", .request("OPTIONS")), ("cparam01", .request("REGISTER")),
        ("cparam02", .request("REGISTER")), ("regescrt", .request("REGISTER")),
        ("sdp01", .request("INVITE")), ("inv2543", .request("INVITE")),
    ]

    static let rfc5118: [(name: String, verdict: Verdict)] = [
        ("ipv6-good", .request("REGISTER")), ("ipv6-bad", .rejected(400)),
        ("port-ambiguous", .request("REGISTER")), ("port-unambiguous", .request("REGISTER")),
        ("via-received-param-with-delim", .request("BYE")),
        ("via-received-param-no-delim", .request("OPTIONS")), ("ipv6-in-sdp", .request("INVITE")),
        ("mult-ip-in-header", .request("BYE")), ("mult-ip-in-sdp", .request("INVITE")),
        ("ipv4-mapped-ipv6", .request("INVITE")),
        ("ipv6-bug-abnf-3-colons", .request("OPTIONS")),
        ("ipv6-correct-abnf-2-colons", .request("OPTIONS")),
    ]

    @Test(arguments: rfc4475)
    func `RFC 4475: each message gets the verdict that the RFC asks for`(
        name: String, verdict: Verdict
    ) throws {
        var parser = MessageParser()
        let parsed = parser.parse(try TortureFiles.bytes(of: name), framing: .datagram)
        #expect(Verdict(parsed) == verdict, "\(name): \(parsed)")
    }

    @Test(arguments: rfc5118)
    func `RFC 5118: each message gets the verdict that the RFC asks for`(
        name: String, verdict: Verdict
    ) throws {
        var parser = MessageParser()
        let bytes = try TortureFiles.bytes(of: "rfc5118/\(name)")
        let parsed = parser.parse(bytes, framing: .datagram)
        #expect(Verdict(parsed) == verdict, "\(name): \(parsed)")
    }

    @Test(arguments: rfc4475 + rfc5118.map { ("rfc5118/\($0.name)", $0.verdict) })
    func `every torture message that is taken reads the same after it is written`(
        name: String, verdict: Verdict
    ) throws {
        var parser = MessageParser()
        let bytes = try TortureFiles.bytes(of: name)
        for message in [parser.parse(bytes, framing: .datagram)] {
            guard let written = message.encoded else { continue }
            #expect(parser.parse(written, framing: .stream) == message)
        }
    }

    @Test(arguments: rfc4475)
    func `every request that is refused gets an answer, with its Via`(
        name: String, verdict: Verdict
    ) throws {
        var parser = MessageParser()
        let bytes = try TortureFiles.bytes(of: name)
        guard case .rejected(let rejection) = parser.parse(bytes, framing: .datagram) else {
            return
        }
        let answer = try #require(rejection.encodedAnswer())
        #expect(answer.starts(with: "SIP/2.0 \(rejection.status.code) ".utf8))
        #expect(rejection.via != nil)
    }
}

extension ParsedMessage {
    /// The bytes of a message that was taken.
    var encoded: [UInt8]? {
        switch self {
        case .request(let request): request.encoded()
        case .response(let response): response.encoded()
        case .rejected, .discarded: nil
        }
    }
}
