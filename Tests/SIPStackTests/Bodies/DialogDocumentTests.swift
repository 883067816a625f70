import Testing

@testable import SIPStack

@Suite struct DialogDocumentTests {
    private func address(_ number: String, _ name: String? = nil) throws -> NameAddress {
        NameAddress(displayName: name, uri: try URI("sip:\(number)@example.com"))
    }

    @Test func `RFC 4235 §4.1: a full document has entity, version and every dialog`() throws {
        let document = DialogDocument(
            entity: try URI("sip:101@example.com"), version: 7,
            entries: [
                DialogDocument.Entry(
                    identifier: "a",
                    name: DialogDocument.Name(
                        sipCallID: "x@<y>", localTag: "theirs", remoteTag: "ours"),
                    direction: .recipient, phase: .early,
                    local: DialogDocument.Party(try address("101", "Ann")),
                    remote: DialogDocument.Party(try address("102"))),
                DialogDocument.Entry(identifier: "b", phase: .terminated),
            ])
        let text = String(decoding: document.encoded(), as: UTF8.self)
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>\r
                <dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="7" state="full" \
                entity="sip:101@example.com"><dialog id="a" \
                call-id="x@&lt;y&gt;" local-tag="theirs" remote-tag="ours" direction="recipient">\
                <state>early</state><local><identity display="Ann">sip:101@example.com</identity>\
                <target uri="sip:101@example.com"></target></local><remote>\
                <identity>sip:102@example.com</identity>\
                <target uri="sip:102@example.com"></target></remote></dialog><dialog id="b">\
                <state>terminated</state></dialog></dialog-info>
                """)
    }

    @Test func `who holds renders nothing`() throws {
        let entry = DialogDocument.Entry(
            identifier: "a", direction: .initiator, phase: .confirmed,
            local: DialogDocument.Party(try address("101"), isRendering: false))
        let document = DialogDocument(
            entity: try URI("sip:101@example.com"), version: 0, entries: [entry])
        #expect(
            String(decoding: document.encoded(), as: UTF8.self).contains(
                #"<param pname="+sip.rendering" pval="no"></param>"#))
    }

    @Test func `names can't break out of their place, whatever is in them`() throws {
        var writer = XMLWriter()
        writer.text("<a href=\"x\" b='y'>&amp;\u{0}\u{8}\u{FFFF}\n\u{1F600}")
        #expect(
            String(decoding: writer.bytes, as: UTF8.self).hasSuffix(
                "&lt;a href=&quot;x&quot; b=&apos;y&apos;&gt;&amp;amp;\u{FFFD}\u{FFFD}\u{FFFD}&#10;\u{1F600}"
            ))
    }

    @Test func `presence says open or closed, and what somebody does`() throws {
        let busy = PresenceDocument(
            entity: try URI("sip:101@example.com"), isOpen: true, isOnThePhone: true)
        let text = String(decoding: busy.encoded(), as: UTF8.self)
        #expect(text.contains("<basic>open</basic>"))
        #expect(text.contains("<rpid:on-the-phone>"))
        let gone = PresenceDocument(
            entity: try URI("sip:101@example.com"), isOpen: false, isOnThePhone: false)
        #expect(String(decoding: gone.encoded(), as: UTF8.self).contains("<basic>closed</basic>"))
    }
}
