import Platform
import Testing

@testable import SIPStack

/// Boxes that rewrite messages, and phones that only look so.
struct RewritingSignTests {
    private func sign(via: String, contact: String, source: String) throws -> RewritingSign? {
        let sentBy = SocketAddress(address: try #require(IPAddress(via)), port: 5060)
        var request = Fixture.request(.register, sentBy: sentBy)
        request.fields.append(name: .contact, raw: "<sip:100@\(contact):5060>")
        return RewritingSign(in: request, from: try #require(IPAddress(source)))
    }

    @Test func `who comes from where its Via says, and calls itself private, was rewritten`() throws
    {
        let found = try sign(via: "203.0.113.5", contact: "192.168.1.20", source: "203.0.113.5")
        let words = try #require(found).words
        #expect(words.contains("203.0.113.5") && words.contains("192.168.1.20"))
    }

    @Test(arguments: [
        ("192.168.1.20", "192.168.1.20", "203.0.113.5"),  // behind translation, and honest
        ("203.0.113.5", "203.0.113.5", "203.0.113.5"),  // in the open, or it asked STUN
        ("192.168.1.20", "203.0.113.5", "203.0.113.5"),  // has learnt where it is seen
        ("192.168.1.20", "192.168.1.20", "192.168.1.20"),  // in our own network
        ("192.168.1.20", "10.0.0.3", "192.168.1.20"),  // of two networks
        ("127.0.0.1", "192.168.1.20", "127.0.0.1"),
        ("203.0.113.5", "198.51.100.7", "203.0.113.5"),  // listens elsewhere
    ])
    func `phones that say no more than they know are no sign`(
        via: String, contact: String, source: String
    ) throws {
        #expect(try sign(via: via, contact: contact, source: source) == nil)
    }

    @Test func `what came by way of a proxy says nothing`() throws {
        let source = try #require(IPAddress("203.0.113.5"))
        var request = Fixture.request(
            .register, sentBy: SocketAddress(address: source, port: 5060))
        request.vias.append(contentsOf: Fixture.request().vias)
        request.fields.append(name: .contact, raw: "<sip:100@192.168.1.20>")
        #expect(RewritingSign(in: request, from: source) == nil)
    }
}
