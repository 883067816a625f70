import Media
import Platform

/// Two legs of one call, as the exchange glues them.
struct CallPair {
    var caller = MediaNegotiation(identifier: 11)
    var callee = MediaNegotiation(identifier: 22)
    let callerLocal = CallPair.local(20_000)
    let calleeLocal = CallPair.local(20_100)

    /// Relay streams from that port up.
    static func local(_ port: UInt16, count: Int = 2) -> [LocalStream] {
        (0..<count).map { number in
            let address = IPAddress(v4: 0xC633_6401)
            let base = port + 2 * UInt16(number)
            return LocalStream(
                rtp: SocketAddress(address: address, port: base),
                rtcp: SocketAddress(address: address, port: base + 1))
        }
    }

    /// The caller offers: what the callee is offered.
    mutating func forward(_ offer: SessionDescription) throws(NegotiationError)
        -> SessionDescription
    {
        let wanted = try caller.receiveOffer(offer)
        return try callee.makeOffer(from: wanted, local: calleeLocal)
    }

    /// The callee answers: what the caller is answered.
    mutating func back(_ answer: SessionDescription) throws(NegotiationError)
        -> SessionDescription
    {
        let given = try callee.receiveAnswer(answer)
        return try caller.makeAnswer(from: given, local: callerLocal)
    }

    /// A call that stands on PCMA with telephone events 101 at the caller's, 96 at the callee's.
    static func standing() throws -> CallPair {
        var pair = CallPair()
        _ = try pair.forward(
            SDPTexts.audio(["8 PCMA/8000", "0 PCMU/8000", "101 telephone-event/8000"]))
        _ = try pair.back(
            SDPTexts.audio(
                ["8 PCMA/8000", "101 telephone-event/8000"], address: "192.0.2.20", port: 5000))
        return pair
    }
}

extension SessionDescription {
    /// What an m-line offers: `PCMA/8000=8`.
    func formats(_ line: Int = 0) -> [String] {
        media[line].payloadFormats.map { "\($0.codec)=\($0.payloadType)" }
    }
}
