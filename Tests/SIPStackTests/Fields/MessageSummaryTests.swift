import Testing

@testable import SIPStack

struct MessageSummaryTests {
    @Test func `RFC 3842 §5.3: a summary is read and written`() throws {
        let text =
            "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\n"
            + "Voice-Message: 2/8 (0/2)\r\nFax-Message: 1/0\r\n"
        let summary = try MessageSummary(parsing: Array(text.utf8))
        #expect(summary.isWaiting)
        #expect(summary.account == "sip:alice@vmail.example.com")
        #expect(
            summary.counts == [
                .init(kind: "Voice-Message", new: 2, old: 8, urgentNew: 0, urgentOld: 2),
                .init(kind: "Fax-Message", new: 1, old: 0),
            ])
        #expect(String(decoding: summary.encoded(), as: UTF8.self) == text)
    }

    @Test(arguments: ["", "Messages-Waiting", "Messages-Waiting: no\r\nVoice-Message: 2\r\n"])
    func `a malformed summary is refused`(text: String) {
        #expect(throws: FieldError.self) { try MessageSummary(parsing: Array(text.utf8)) }
    }
}
