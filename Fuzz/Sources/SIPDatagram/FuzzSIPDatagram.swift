import Fuzzing
import SIPStack

/// A datagram that should be one SIP message: whatever the verdict, what we write of it is
/// readable, and reads as the same message.
func fuzzSIPDatagram(_ bytes: [UInt8]) {
    var parser = MessageParser()
    switch parser.parse(bytes, framing: .datagram) {
    case .request(let request):
        requireSame(.request(request), &parser)
        let answer = Response(to: request, status: .notFound, toTag: "fuzz")
        requireSame(.response(answer), &parser)
    case .response(let response):
        requireSame(.response(response), &parser)
    case .rejected(let rejection):
        if let response = rejection.response { requireSame(.response(response), &parser) }
        _ = rejection.encodedAnswer()
    case .discarded:
        break
    }
}

private func requireSame(_ message: Message, _ parser: inout MessageParser) {
    let written = message.encoded()
    for framing in [MessageFraming.datagram, .stream] {
        let again: Message
        switch parser.parse(written, framing: framing) {
        case .request(let request): again = .request(request)
        case .response(let response): again = .response(response)
        case .rejected(let rejection):
            return require(isLimit(rejection.error), "readable: \(text(written)): \(rejection)")
        case .discarded(let error):
            return require(isLimit(error), "readable: \(text(written)): \(error)")
        }
        require(again == message, "the same: \(message) but \(again)")
        require(again.encoded() == written, "written the same: \(text(written))")
    }
}

/// Written in the long form a message can outgrow a limit that its compact form kept.
private func isLimit(_ error: MessageError) -> Bool { error.limit != nil }

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
