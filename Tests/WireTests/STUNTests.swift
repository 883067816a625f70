import Platform
import Testing

@testable import Wire

/// The vectors of RFC 5769, and what a SIP port answers.
struct STUNTests {
    static let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)

    static let request = vector(
        """
        00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e2074657374 20636c69656e74
        00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
        00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf
        """)
    static let responseV4 = vector(
        """
        0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
        80280004 c07d4c96
        """)
    static let responseV6 = vector(
        """
        01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9
        00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c
        """)
    static let longTerm = vector(
        """
        00010060 2112a442 78ad3433c6ad72c029da412e
        00060012 e3839ee38388e383aae38383e382afe382b90000
        0015001c 662f2f3439396b3935346436 4f4c33346f4c394653547679363473 41
        0014000b 6578616d706c652e6f726700 00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666
        """)

    private static func vector(_ text: String) -> [UInt8] {
        bytes(hex: text.filter { !$0.isWhitespace }) ?? []
    }

    @Test func `RFC 5769 §2.1: the request is read, and its integrity holds`() throws {
        let message = try STUNMessage(parsing: Self.request)
        #expect(message.messageClass == .request)
        #expect(message.method == STUNMessage.bindingMethod)
        #expect(message[STUNAttributeType.software] == Array("STUN test client".utf8))
        #expect(message[STUNAttributeType.username] == Array("evtj:h6vY".utf8))
        #expect(message[STUNAttributeType.priority] == [0x6E, 0, 1, 0xFF])
        #expect(STUNMessage.hasIntegrity(Self.request, key: Self.password))
        #expect(!STUNMessage.hasIntegrity(Self.request, key: [1]))
    }

    @Test func `RFC 5769 §2.2 and §2.3: mapped addresses of both families are read`() throws {
        let v4 = try STUNMessage(parsing: Self.responseV4)
        #expect(v4.messageClass == .success)
        #expect(v4.xorMappedAddress == SocketAddress("192.0.2.1:32853"))
        #expect(STUNMessage.hasIntegrity(Self.responseV4, key: Self.password))
        let v6 = try STUNMessage(parsing: Self.responseV6)
        #expect(
            v6.xorMappedAddress
                == SocketAddress("[2001:db8:1234:5678:11:2233:4455:6677]:32853"))
        #expect(STUNMessage.hasIntegrity(Self.responseV6, key: Self.password))
    }

    @Test func `RFC 5769 §2.4: long-term credentials make the key`() throws {
        _ = try STUNMessage(parsing: Self.longTerm)
        let key = STUNMessage.longTermKey(
            username: "マトリックス", realm: "example.org", password: "TheMatrIX")
        #expect(STUNMessage.hasIntegrity(Self.longTerm, key: key))
    }

    @Test func `no message with a flipped bit keeps a fingerprint that holds`() {
        for bit in 0..<Self.responseV4.count * 8 {
            var bytes = Self.responseV4
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let read = try? STUNMessage(parsing: bytes)
            #expect(read?[STUNAttributeType.fingerprint] == nil)
        }
    }

    @Test func `every prefix of a message is refused as truncated`() {
        for count in 0..<Self.request.count {
            #expect(throws: STUNError.self) {
                try STUNMessage(parsing: Array(Self.request[..<count]))
            }
        }
    }

    @Test func `a message written is read as the same, with integrity and fingerprint`() throws {
        var message = STUNMessage(
            .indication, method: 0xFFF, transactionID: .init(high: 7, low: 9),
            attributes: [.init(type: 0x0006, value: [1, 2, 3]), .init(type: 0x8022, value: [])])
        message.append(xorMappedAddress: SocketAddress(address: .loopbackV4, port: 5060))
        let bytes = message.encoded(integrityKey: [1, 2], hasFingerprint: true)
        let read = try STUNMessage(parsing: bytes)
        #expect(read.messageClass == .indication)
        #expect(read.method == 0xFFF)
        #expect(read.transactionID == message.transactionID)
        #expect(Array(read.attributes.prefix(3)) == message.attributes)
        #expect(STUNMessage.hasIntegrity(bytes, key: [1, 2]))
    }

    @Test(arguments: ["192.0.2.7:1024", "[2001:db8::9]:65535"])
    func `a binding request is answered with the address it came from`(text: String) throws {
        let source = try #require(SocketAddress(text))
        let request = STUNMessage(.request, transactionID: .init(high: 1, low: 2))
        let answer = try #require(
            STUNMessage.bindingAnswer(to: request.encoded(hasFingerprint: true), from: source))
        let read = try STUNMessage(parsing: answer)
        #expect(read.messageClass == .success)
        #expect(read.transactionID == request.transactionID)
        #expect(read.xorMappedAddress == source)
        #expect(read[STUNAttributeType.fingerprint] != nil)
    }

    @Test func `a binding request that demands an unknown attribute gets 420`() throws {
        let request = STUNMessage(
            .request, transactionID: .init(high: 1, low: 2),
            attributes: [.init(type: 0x7FFF, value: [1])])
        let source = SocketAddress(address: .loopbackV4, port: 1)
        let answer = try #require(STUNMessage.bindingAnswer(to: request.encoded(), from: source))
        let read = try STUNMessage(parsing: answer)
        #expect(read.messageClass == .failure)
        #expect(read[STUNAttributeType.errorCode]?.prefix(4) == [0, 0, 4, 20])
        #expect(read[STUNAttributeType.unknownAttributes] == [0x7F, 0xFF])
    }

    @Test func `indications, responses and rubbish are not answered`() {
        let source = SocketAddress(address: .loopbackV4, port: 1)
        let indication = STUNMessage(.indication, transactionID: .init(high: 1, low: 2))
        #expect(STUNMessage.bindingAnswer(to: indication.encoded(), from: source) == nil)
        #expect(STUNMessage.bindingAnswer(to: Self.responseV4, from: source) == nil)
        #expect(STUNMessage.bindingAnswer(to: [], from: source) == nil)
        #expect(STUNMessage.bindingAnswer(to: Array("OPTIONS".utf8), from: source) == nil)
    }

    @Test func `only a datagram with the cookie looks like STUN`() {
        #expect(STUNMessage.isLikely(Self.request))
        #expect(!STUNMessage.isLikely(Array("REGISTER sip:example.com SIP/2.0\r\n".utf8)))
        #expect(!STUNMessage.isLikely([0, 1]))
    }

    @Test func `more attributes than the limit are refused`() {
        let many = [STUNMessage.Attribute](
            repeating: .init(type: 0x8022, value: []), count: STUNMessage.attributeLimit + 1)
        let message = STUNMessage(
            .request, transactionID: .init(high: 1, low: 2), attributes: many)
        #expect(throws: STUNError.tooManyAttributes(limit: STUNMessage.attributeLimit)) {
            try STUNMessage(parsing: message.encoded())
        }
    }
}
