import Platform
import Testing

@testable import SIPStack

/// What the stack answers to the messages of RFC 4475 and RFC 5118; what it delivers is for the
/// exchange to judge (401, 404, 406, 415 …). Read from beside the checkout; skipped without them.
@Suite(
    .enabled(
        if: TortureFiles.areThere, "the torture messages are not in ../shared/torture here"))
struct TortureAnswerTests {
    enum Outcome: Hashable, Sendable {
        case status(Int)
        /// Handed to the owner above.
        case delivered
        /// Nothing is sent, nothing delivered.
        case dropped
    }

    /// A file with the outcomes that the RFC allows; most allow one.
    struct Row: Sendable, CustomTestStringConvertible {
        var file: String
        var allowed: Set<Outcome>

        init(_ file: String, _ allowed: Outcome...) {
            self.file = file
            self.allowed = Set(allowed)
        }

        var testDescription: String { file }
    }

    static let valid = [
        // Within a dialog that is none of ours.
        Row("wsinv", .status(481)),
        Row("intmeth", .status(501)),
        Row("esc01", .delivered),
        Row("escnull", .delivered),
        // Its method is a token that nobody knows.
        Row("esc02", .status(501)),
        Row("lwsdisp", .delivered),
        Row("longreq", .delivered),
        Row("dblreq", .delivered),
        Row("semiuri", .delivered),
        Row("transports", .delivered),
        Row("mpart01", .delivered),
        // Responses to requests that we never sent.
        Row("unreason", .dropped),
        Row("noreason", .dropped),
        Row("badbranch", .delivered),
        Row("invut", .delivered),
        Row("regaut01", .delivered),
        Row("bcast", .dropped),
        Row("zeromf", .delivered),
        Row("cparam01", .delivered),
        Row("cparam02", .delivered),
        Row("regescrt", .delivered),
        Row("sdp01", .delivered),
        Row("inv2543", .delivered),
    ]

    static let answered = [
        Row("badvers", .status(505)),
        Row("mismatch01", .status(400)),
        Row("mismatch02", .status(400), .status(501)),
        Row("insuf", .status(400)),
        Row("unkscm", .status(416)),
        Row("novelsc", .status(416)),
        Row("unksm2", .status(400)),
        Row("bext01", .status(420)),
        Row("multi01", .status(400)),
        Row("mcl01", .status(400)),
    ]

    static let invalid = [
        Row("badinv01", .status(400)),
        Row("clerr", .status(400)),
        Row("ncl", .status(400)),
        Row("scalar02", .status(400)),
        Row("scalarlg", .dropped),
        Row("quotbal", .status(400)),
        Row("ltgtruri", .status(400)),
        Row("lwsruri", .status(400)),
        Row("lwsstart", .status(400), .delivered),
        Row("trws", .status(400), .delivered),
        Row("escruri", .status(400), .delivered),
        Row("baddate", .status(400), .delivered),
        Row("regbadct", .status(400), .delivered),
        Row("badaspec", .status(400), .delivered),
        Row("baddn", .status(400), .delivered),
        Row("bigcode", .dropped),
    ]

    static let addresses = [
        Row("rfc5118/ipv6-good", .delivered),
        Row("rfc5118/ipv6-bad", .status(400)),
        Row("rfc5118/port-ambiguous", .delivered),
        Row("rfc5118/port-unambiguous", .delivered),
        Row("rfc5118/via-received-param-no-delim", .delivered),
        Row("rfc5118/via-received-param-with-delim", .status(481)),
        Row("rfc5118/ipv6-in-sdp", .delivered),
        Row("rfc5118/mult-ip-in-header", .status(481)),
        Row("rfc5118/mult-ip-in-sdp", .delivered),
        Row("rfc5118/ipv4-mapped-ipv6", .delivered),
        Row("rfc5118/ipv6-bug-abnf-3-colons", .status(400), .delivered),
        Row("rfc5118/ipv6-correct-abnf-2-colons", .delivered),
    ]

    @Test(arguments: valid + answered + invalid + addresses)
    func `the stack answers as RFC 4475 and RFC 5118 ask`(row: Row) throws {
        let outcome = try outcome(of: row.file)
        #expect(row.allowed.contains(outcome), "\(row.file) came to \(outcome)")
    }

    @Test func `every torture message has its row`() {
        let rows = Self.valid + Self.answered + Self.invalid + Self.addresses
        #expect(rows.count == 49 + 12)
        #expect(Set(rows.map(\.file)).count == rows.count)
    }

    private func outcome(of file: String) throws -> Outcome {
        var parser = MessageParser()
        var layer = Fixture.layer()
        let parsed = parser.parse(try TortureFiles.bytes(of: file), framing: .datagram)
        let effects = layer.handle(.received(parsed, on: Fixture.flow()))
        if effects.accepted != nil { return .delivered }
        // An answer may echo what our own parser would not take: only its status is read.
        for case .send(let bytes, _) in effects {
            let digits = bytes.dropFirst(8).prefix(3)
            return .status(Int(String(decoding: digits, as: UTF8.self)) ?? 0)
        }
        return .dropped
    }
}
