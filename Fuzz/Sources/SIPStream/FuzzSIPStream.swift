import Fuzzing
import SIPStack

/// A stream of messages and keep-alives: how it was cut into chunks makes no difference to the
/// messages that come out, and what comes out is parsed without a trap.
///
/// The first byte says how long the chunks are.
func fuzzSIPStream(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    let whole = messages(of: stream, chunk: max(1, stream.count))
    let pieces = messages(of: stream, chunk: Int(first) + 1)
    require(whole == pieces, "chunks of \(Int(first) + 1) make no difference")
    var parser = MessageParser()
    for message in whole { _ = parser.parse(message, framing: .stream) }
}

/// The messages of a stream, cut into chunks; ends where the framer gives the stream up.
private func messages(of stream: [UInt8], chunk: Int) -> [[UInt8]] {
    var framer = StreamFramer()
    var found: [[UInt8]] = []
    var start = 0
    while start < stream.count {
        let end = min(stream.count, start + chunk)
        framer.append(Array(stream[start..<end]))
        start = end
        var count = 0
        while let framed = framer.next() {
            count += 1
            require(count <= stream.count, "every step consumes something")
            switch framed {
            case .message(let message): found.append(message)
            case .keepAlivePing, .keepAlivePong: break
            case .broken:
                require(framer.next() == nil, "a broken stream gives nothing more")
                return found
            }
        }
    }
    return found
}
