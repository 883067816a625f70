import Fuzzing
import Platform
import SIPStack

/// Messages made of choices.
extension Choices {
    /// A request as some phone would send it, or nearly.
    mutating func request(on flow: Flow) -> Request {
        let method = pick([
            Method.invite, .invite, .ack, .bye, .cancel, .options, .info, .register, .message,
            Method("BREW"),
        ])
        let flags = byte()
        var to = address("102")
        if flags & 1 != 0 { to.tag = pick(Pool.tags) }
        var from = address("101")
        if flags & 2 == 0 { from.tag = pick(Pool.tags) }
        var request = Request(
            method: method, uri: address("102").uri, from: from, to: to,
            callID: pick(Pool.callIDs),
            cSeq: CSeq(number: UInt32(below(3)) + 1, method: method))
        if flags & 4 == 0 {
            request.vias = [
                Via(
                    transport: flow.transport, host: .ip(flow.remote.address),
                    port: flow.remote.port, branch: pick(Pool.branches), rport: .requested)
            ]
        }
        if flags & 8 == 0 { request.fields.append(name: .maxForwards, raw: "70") }
        if flags & 16 == 0 {
            request.fields.append(name: .contact, raw: "<sip:101@192.0.2.1:5062>")
        }
        if flags & 32 != 0 { request.fields.append(name: .require, raw: "100rel") }
        if flags & 64 != 0 { request.fields.append(name: .recordRoute, raw: "<sip:192.0.2.9;lr>") }
        if flags & 128 != 0 { request.content = .sdp(Array("v=0\r\n".utf8)) }
        return request
    }

    /// A response to a request that we sent, or nearly.
    mutating func response(to request: Request) -> Response {
        let status = pick([
            Status.trying, .ringing, .sessionProgress, .ok, .accepted, .movedTemporarily,
            .unauthorized, .busyHere, .requestTerminated, .callOrTransactionDoesNotExist,
            .requestPending, .decline,
        ])
        let flags = byte()
        var response = Response(
            to: request, status: status,
            toTag: flags & 1 == 0 ? pick(Pool.tags) : nil)
        if flags & 2 == 0 {
            response.fields.append(name: .contact, raw: "<sip:102@192.0.2.2>")
        }
        if flags & 4 != 0 { response.content = .sdp(Array("v=0\r\n".utf8)) }
        if flags & 8 != 0 { response.cSeq.number &+= 1 }
        if flags & 16 != 0 { response.vias += response.vias }
        if flags & 32 != 0 {
            response.fields.append(name: .recordRoute, raw: "<sip:192.0.2.9>, <sip:192.0.2.8;lr>")
        }
        return response
    }

    mutating func address(_ person: String) -> NameAddress {
        NameAddress(
            uri: .sip(SIPURI(user: person, host: .ip(IPAddress(v4: 0xC000_0202)), port: 5060)))
    }
}

/// The value of bytes that a core wants to send: it must be a readable message.
func readable(_ bytes: [UInt8], by parser: inout MessageParser) -> Message? {
    switch parser.parse(bytes, framing: .datagram) {
    case .request(let request): return .request(request)
    case .response(let response): return .response(response)
    case .rejected(let rejection):
        require(false, "readable: \(String(decoding: bytes, as: UTF8.self)): \(rejection.error)")
    case .discarded(let error):
        require(false, "readable: \(String(decoding: bytes, as: UTF8.self)): \(error)")
    }
    return nil
}
