import Platform
import Testing

@testable import Wire

/// Replies put together by hand, as RFC 1035 §4.1 draws them.
private struct ReplyBuilder {
    var writer = ByteWriter(reserving: 512)
    var answers: UInt16 = 0

    init(_ question: NameQuestion, flags: UInt16 = 0x8180, answers: UInt16, authorities: UInt16 = 0)
    {
        for field in [7, flags, 1, answers, authorities, 0] { writer.write(UInt16(field)) }
        name(question.name)
        writer.write(question.kind.number)
        writer.write(UInt16(1))
    }

    mutating func name(_ text: String) {
        for label in text.split(separator: ".") {
            writer.write(UInt8(label.utf8.count))
            for byte in label.utf8 { writer.write(byte) }
        }
        writer.write(UInt8(0))
    }

    /// The name of the question, by a pointer.
    mutating func record(_ type: UInt16, lifetime: UInt32, _ content: [UInt8], owner: String? = nil)
    {
        if let owner { name(owner) } else { writer.write(UInt16(0xC00C)) }
        writer.write(type)
        writer.write(UInt16(1))
        writer.write(lifetime)
        writer.write(UInt16(content.count))
        for byte in content { writer.write(byte) }
    }

    var bytes: [UInt8] { writer.bytes }

    static func encoded(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}

@Suite struct NameReplyTests {
    let question = NameQuestion("sip.example.com", .a)

    @Test func `addresses come with the least lifetime`() {
        var reply = ReplyBuilder(question, answers: 2)
        reply.record(1, lifetime: 300, [192, 0, 2, 1])
        reply.record(1, lifetime: 60, [192, 0, 2, 2])
        #expect(
            NameReply.answer(to: question, in: reply.bytes)
                == .records(
                    [.address(IPAddress(v4: 0xC000_0201)), .address(IPAddress(v4: 0xC000_0202))],
                    lifetime: .seconds(60)))
    }

    @Test func `SRV and NAPTR are read, RFC 2782 and RFC 3403`() {
        let srv = NameQuestion("_sip._udp.example.com", .srv)
        var reply = ReplyBuilder(srv, answers: 1)
        reply.record(
            33, lifetime: 30, [0, 10, 0, 60, 0x13, 0xC4] + ReplyBuilder.encoded("A.Example"))
        #expect(
            NameReply.answer(to: srv, in: reply.bytes)
                == .records(
                    [.srv(SRVRecord(priority: 10, weight: 60, port: 5060, target: "a.example"))],
                    lifetime: .seconds(30)))
        let naptr = NameQuestion("example.com", .naptr)
        reply = ReplyBuilder(naptr, answers: 1)
        let texts = [UInt8(1)] + Array("s".utf8) + [7] + Array("SIP+D2U".utf8) + [0]
        reply.record(
            35, lifetime: 30, [0, 50, 0, 5] + texts + ReplyBuilder.encoded("_sip._udp.example.com"))
        #expect(
            NameReply.answer(to: naptr, in: reply.bytes)
                == .records(
                    [
                        .naptr(
                            NAPTRRecord(
                                order: 50, preference: 5, flags: "s", spoken: "SIP+D2U",
                                replacement: "_sip._udp.example.com"))
                    ], lifetime: .seconds(30)))
    }

    @Test func `an alias is followed within the reply`() {
        var reply = ReplyBuilder(question, answers: 2)
        reply.record(5, lifetime: 10, ReplyBuilder.encoded("real.example"))
        reply.record(1, lifetime: 300, [192, 0, 2, 9], owner: "real.example")
        #expect(
            NameReply.answer(to: question, in: reply.bytes)
                == .records([.address(IPAddress(v4: 0xC000_0209))], lifetime: .seconds(10)))
    }

    @Test func `another name's records are nobody's answer`() {
        var reply = ReplyBuilder(question, answers: 1)
        reply.record(1, lifetime: 300, [192, 0, 2, 9], owner: "evil.example")
        #expect(
            NameReply.answer(to: question, in: reply.bytes)
                == .nothing(lifetime: NameResolverLimits.nothingLifetime))
    }

    @Test func `"nothing" holds for as long as the zone says, RFC 2308`() {
        var reply = ReplyBuilder(question, flags: 0x8183, answers: 0, authorities: 1)
        let soa =
            ReplyBuilder.encoded("ns.example") + ReplyBuilder.encoded("admin.example")
            + [UInt8](repeating: 0, count: 16) + [0, 0, 0, 90]
        reply.record(6, lifetime: 3600, soa)
        #expect(
            NameReply.answer(to: question, in: reply.bytes) == .nothing(lifetime: .seconds(90)))
    }

    @Test func `pointers that circle end`() {
        var reply = ReplyBuilder(question, answers: 1)
        let place = UInt16(reply.bytes.count)
        reply.writer.write(0xC000 | place)
        #expect(NameReply.answer(to: question, in: reply.bytes) == nil)
    }

    @Test func `whatever is cut or changed, reading ends without a trap`() {
        var reply = ReplyBuilder(question, answers: 2)
        reply.record(5, lifetime: 10, ReplyBuilder.encoded("real.example"))
        reply.record(1, lifetime: 300, [192, 0, 2, 9], owner: "real.example")
        let whole = reply.bytes
        for count in 0..<whole.count {
            _ = NameReply.answer(to: question, in: Array(whole[..<count]))
            for value: UInt8 in [0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF] {
                var changed = whole
                changed[count] = value
                _ = NameReply.answer(to: question, in: changed)
            }
        }
    }
}
