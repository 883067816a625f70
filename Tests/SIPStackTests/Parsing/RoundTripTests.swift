import Testing

@_spi(Fuzzing) @testable import SIPStack

struct RoundTripTests {
    /// What is taken, written and read again must be the same; and written again, the same bytes.
    private func check(_ parsed: ParsedMessage, _ parser: inout MessageParser) -> Bool {
        guard let written = parsed.encoded else { return true }
        let again = parser.parse(written, framing: .stream)
        return again == parsed && again.encoded == written
    }

    @Test(arguments: [UInt64](1...8))
    func `well-formed messages are taken, and read the same after they are written`(
        seed: UInt64
    ) {
        var generator = MessageGenerator(seed: seed)
        var parser = MessageParser()
        var taken = 0
        for _ in 0..<500 {
            let bytes = generator.message()
            let parsed = parser.parse(bytes, framing: .datagram)
            if parsed.encoded != nil { taken += 1 }
            guard check(parsed, &parser) else {
                Issue.record("\(String(decoding: bytes, as: UTF8.self))")
                return
            }
        }
        #expect(taken > 250)
    }

    @Test(arguments: [UInt64](1...10))
    func `spoiled messages never trap, and what is taken still reads the same`(seed: UInt64) {
        var generator = MessageGenerator(seed: seed &* 7919)
        var parser = MessageParser()
        var essentials = MessageEssentials()
        for _ in 0..<1000 {
            var bytes = generator.message()
            generator.spoil(&bytes)
            let parsed = parser.parse(bytes, framing: .datagram)
            try? parser.readEssentials(bytes.span, into: &essentials)
            if case .rejected(let rejection) = parsed { _ = rejection.encodedAnswer() }
            guard check(parsed, &parser) else {
                Issue.record("\(String(decoding: bytes, as: UTF8.self))")
                return
            }
            readEveryField(of: parsed)
        }
    }

    @Test(arguments: [UInt64](1...4))
    func `what a field's type writes it reads to the same text again`(seed: UInt64) {
        var generator = MessageGenerator(seed: seed &* 104_729)
        for _ in 0..<1000 {
            let sample = generator.one(of: FieldTableTests.good)
            var value = Array(sample.value.utf8)
            generator.spoil(&value)
            for parser in [generator.one(of: allFieldParsers)] {
                guard let once = try? parser.rewrite(value) else { continue }
                let twice = try? parser.rewrite(once)
                #expect(once == twice, "\(parser.name): \(String(decoding: value, as: UTF8.self))")
            }
        }
    }

    private func readEveryField(of parsed: ParsedMessage) {
        let fields: HeaderFields
        switch parsed {
        case .request(let request): fields = request.fields
        case .response(let response): fields = response.fields
        case .rejected, .discarded: return
        }
        for line in fields.lines {
            for parser in allFieldParsers where parser.name == line.name {
                _ = try? parser.rewrite(Array(line.value.utf8))
            }
        }
    }
}
