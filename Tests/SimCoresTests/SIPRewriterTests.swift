import Platform
import Testing

@testable import Sim

struct SIPRewriterTests {
    private static let claimed = IPAddress(v4: 0xC0A8_0101)
    private static let outer = SocketAddress(address: IPAddress(v4: 0xC612_0001), port: 40_001)

    private static let body = """
        v=0\r
        o=phone 10000 1 IN IP4 192.168.1.1\r
        s=-\r
        c=IN IP4 192.168.1.1\r
        t=0 0\r
        m=audio 10000 RTP/AVP 0 8\r

        """
    private static let invite = """
        INVITE sip:101@exchange.example SIP/2.0\r
        Via: SIP/2.0/UDP 192.168.1.1:5060;branch=z9hG4bKone;rport\r
        From: <sip:100@exchange.example>;tag=a\r
        To: <sip:101@exchange.example>\r
        Call-ID: 192.168.1.1-not-mine\r
        CSeq: 1 INVITE\r
        Contact: <sip:100@192.168.1.1:5060>\r
        Content-Type: application/sdp\r
        Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """

    private static func outward(_ rewriting: BoxPlan.Rewriting) -> String {
        let rewriter = SIPRewriter(rewriting: rewriting, claimed: claimed, outer: outer)
        let bytes = rewriter.outward(Array(invite.utf8)) { $0 == 5060 ? 40_001 : 40_002 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test
    func
        `a box that means well and does well rewrites Via, Contact and description, and the length with it`()
    {
        let text = Self.outward(.whole)
        #expect(text.contains("Via: SIP/2.0/UDP 198.18.0.1:40001;branch=z9hG4bKone;rport\r\n"))
        #expect(text.contains("Contact: <sip:100@198.18.0.1:40001>\r\n"))
        #expect(text.contains("c=IN IP4 198.18.0.1\r\n"))
        #expect(text.contains("m=audio 40002 RTP/AVP 0 8\r\n"))
        #expect(text.contains("Call-ID: 192.168.1.1-not-mine\r\n"))
        #expect(Self.length(of: text) == Self.body(of: text).utf8.count)
    }

    @Test func `a box that does badly rewrites some of it`() {
        let contactOnly = Self.outward(.contactOnly)
        #expect(contactOnly.contains("Contact: <sip:100@198.18.0.1:40001>"))
        #expect(contactOnly.contains("Via: SIP/2.0/UDP 192.168.1.1:5060"))
        #expect(contactOnly.contains("c=IN IP4 192.168.1.1"))
        let addresses = Self.outward(.addressesOnly)
        #expect(addresses.contains("Contact: <sip:100@198.18.0.1:5060>"))
        #expect(addresses.contains("m=audio 10000 "))
        let wrong = Self.outward(.wrongLength)
        #expect(Self.length(of: wrong) != Self.body(of: wrong).utf8.count)
        let description = Self.outward(.descriptionOnly)
        #expect(description.contains("Contact: <sip:100@192.168.1.1:5060>"))
        #expect(description.contains("m=audio 40002 "))
    }

    @Test func `what comes in is turned back, and what is another phone's is left`() {
        let rewriter = SIPRewriter(rewriting: .whole, claimed: Self.claimed, outer: Self.outer)
        let answer = """
            SIP/2.0 200 OK\r
            Via: SIP/2.0/UDP 198.18.0.1:40001;branch=z9hG4bKone;rport=40001;received=198.18.0.1\r
            Contact: <sip:100@198.18.0.1:40001>;expires=60\r
            Contact: <sip:100@198.18.0.1:40009>;expires=20\r
            Content-Length: 0\r
            \r

            """
        let bytes = rewriter.inward(Array(answer.utf8)) { $0 == 40_001 ? 5060 : nil }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("UDP 192.168.1.1:5060;branch=z9hG4bKone;rport=40001;received=198"))
        #expect(text.contains("Contact: <sip:100@192.168.1.1:5060>;expires=60"))
        #expect(text.contains("Contact: <sip:100@198.18.0.1:40009>;expires=20"))
    }

    @Test func `sound, STUN and line breaks are no messages`() {
        #expect(!SIPRewriter.isMessage([UInt8](repeating: 0x80, count: 172)))
        #expect(!SIPRewriter.isMessage([13, 10, 13, 10]))
        #expect(!SIPRewriter.isMessage([0, 1, 0, 0] + [UInt8](repeating: 1, count: 40)))
        #expect(SIPRewriter.isMessage(Array(Self.invite.utf8)))
    }

    private static func body(of text: String) -> Substring {
        text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
    }

    private static func length(of text: String) -> Int? {
        text.firstRange(of: "Content-Length: ").flatMap { found in
            Int(text[found.upperBound...].prefix { $0.isNumber })
        }
    }
}
