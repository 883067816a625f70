import Testing

@Suite struct LexerTests {
    private func words(_ text: String) -> [String] {
        SourceLexer(text).tokens.filter { $0.kind == .word }.map(\.text)
    }

    @Test(arguments: [
        ("a // b\nc", ["a", "c"]), ("a /* b /* c */ d */ e", ["a", "e"]),
        ("a \"b \\\" c\" d", ["a", "d"]), ("a #\"b \" c\"# d", ["a", "d"]),
        ("a \"b \\(c(\"d\")) e\" f", ["a", "c", "f"]),
        ("a #\"b \\(c) \\#(d)\"# e", ["a", "d", "e"]),
        ("a \"\"\"\n b \" c\n \"\"\" d", ["a", "d"]), ("a 0xFF b1", ["a", "b1"]),
        ("@Test func `b c`()", ["@Test", "func"]), ("#expect(a)", ["#expect", "a"]),
    ])
    func `strings and comments hold no code, interpolations do`(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test func `lines are counted through comments and long strings`() {
        let text = "a\n/*\n\n*/ b\n\"\"\"\n\\(c)\n\n\"\"\" + d\n// e\nf"
        let lexer = SourceLexer(text)
        let lines = lexer.tokens.filter { $0.kind == .word }.map { "\($0.text)\($0.line)" }
        #expect(lines == ["a1", "b4", "c6", "d8", "f10"])
        #expect(lexer.comments.last?.line == 9)
        #expect(lexer.lineCount == 10)
    }

    @Test(arguments: [
        ("SIPURI", ["sipuri"]), ("userAgent", ["user", "agent"]), ("rtpPort", ["rtp", "port"]),
        ("SDPOffer", ["sdp", "offer"]), ("callID", ["call", "id"]), ("old_name", ["old", "name"]),
        ("v4Bits", ["v4", "bits"]),
    ])
    func `a name is split into its words`(name: String, expected: [String]) {
        #expect(DeclaredName.words(of: name) == expected)
    }
}
