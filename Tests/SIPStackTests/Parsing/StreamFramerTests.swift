import Testing

@testable import SIPStack

struct StreamFramerTests {
    private let message = Array(
        ("BYE sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nl : 4\r\nX: Content-Length: 9\r\n\r\n"
            + "body").utf8)

    private func pieces(_ bytes: [UInt8], of size: Int) -> [StreamFramer.Framed] {
        var framer = StreamFramer()
        var found: [StreamFramer.Framed] = []
        var index = 0
        while index < bytes.count {
            framer.append(Array(bytes[index..<min(bytes.count, index + size)]))
            index += size
            while let framed = framer.next() { found.append(framed) }
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 7, 50, 1000])
    func `messages come out whole, however the stream was cut`(size: Int) {
        let found = pieces(message + message + message, of: size)
        #expect(found == [.message(message), .message(message), .message(message)])
    }

    @Test func `RFC 5626 §3.5.1: keep-alives between messages are told apart`() {
        let ping: [UInt8] = [13, 10, 13, 10]
        #expect(pieces(ping, of: 4) == [.keepAlivePing])
        #expect(pieces([13, 10], of: 2) == [.keepAlivePong])
        #expect(pieces(ping, of: 2) == [.keepAlivePong, .keepAlivePing])
        #expect(pieces(ping, of: 3) == [.keepAlivePong, .keepAlivePing])
        #expect(pieces(ping, of: 1).last == .keepAlivePing)
        #expect(
            pieces(message + ping + message + [13, 10], of: 1000) == [
                .message(message), .keepAlivePing, .message(message), .keepAlivePong,
            ])
    }

    @Test(arguments: [
        ("BYE sip:a@h SIP/2.0\r\nVia: x\r\n\r\n", MessageError.Kind.missing(.contentLength)),
        ("BYE sip:a@h SIP/2.0\r\nl: -1\r\n\r\n", .bad(.contentLength, .expectedNumber)),
        ("BYE sip:a@h SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n", .repeated(.contentLength)),
        ("BYE sip:a@h SIP/2.0\r\nl: 99999\r\n\r\n", .messageTooLarge),
        (
            "BYE sip:a@h SIP/2.0\r\nl: 99999999999999999999\r\n\r\n",
            .bad(.contentLength, .expectedNumber)
        ),
    ])
    func `a stream whose next message cannot be found is broken, once`(
        text: String, kind: MessageError.Kind
    ) {
        var framer = StreamFramer()
        framer.append(Array(text.utf8))
        guard case .broken(let error) = framer.next() else {
            Issue.record("not broken")
            return
        }
        #expect(error.kind == kind)
        framer.append(message)
        #expect(framer.next() == nil)
    }

    @Test func `a header that never ends is broken at its limit`() {
        var framer = StreamFramer(limits: MessageLimits(headerSize: 1000))
        framer.append([UInt8](repeating: 65, count: 1001))
        guard case .broken(let error) = framer.next() else {
            Issue.record("not broken")
            return
        }
        #expect(error.kind == .headerTooLarge)
        #expect(error.limit == 1000)
    }
}
