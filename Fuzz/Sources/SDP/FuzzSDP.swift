import Fuzzing
import Media
import Platform

/// A session description: written and read again it is the same; as an offer it is refused or gets
/// an answer with as many m-lines, each a subset of what was offered (RFC 3264 §6).
func fuzzSDP(_ bytes: [UInt8]) {
    guard let description = try? SessionDescription(parsing: bytes) else { return }
    let written = description.encoded()
    guard let again = try? SessionDescription(parsing: written) else {
        return require(false, "what we write is readable: \(text(written))")
    }
    require(again == description, "the same: \(description) but \(again)")
    require(again.encoded() == written, "written the same: \(text(written))")

    for line in description.media {
        _ = (line.payloadFormats, line.packetTime, line.maximumPacketTime, line.direction)
    }
    answer(description)
    offer(description)
}

private let local = (0..<4).map { number in
    LocalStream(
        rtp: SocketAddress(address: .loopbackV4, port: 20_000 + UInt16(number) * 2),
        rtcp: SocketAddress(address: .loopbackV4, port: 20_001 + UInt16(number) * 2))
}

/// We answer the description as an offer.
private func answer(_ offer: SessionDescription) {
    for demand in [SecurityPolicy.Demand.never, .allowed, .required] {
        answer(offer, keyed(1, demand), demand)
    }
}

/// A party's negotiation with a secret for its keys.
private func keyed(_ number: UInt8, _ demand: SecurityPolicy.Demand) -> MediaNegotiation {
    let security = SecurityPolicy(demand: demand, offersKeys: demand != .never)
    var negotiation = MediaNegotiation(
        policy: CodecPolicy(security: security), identifier: UInt64(number))
    negotiation.take(
        secret: [UInt8](repeating: number, count: MediaNegotiation.secretLength))
    return negotiation
}

private func answer(
    _ offer: SessionDescription, _ negotiation: MediaNegotiation, _ demand: SecurityPolicy.Demand
) {
    var negotiation = negotiation
    guard (try? negotiation.receiveOffer(offer)) != nil,
        let answer = try? negotiation.makeAnswer(from: negotiation.proposal, local: local)
    else { return }
    require(answer.media.count == offer.media.count, "an answer to every m-line")
    for (ours, theirs) in zip(answer.media, offer.media) {
        require(ours.kind == theirs.kind, "m-lines keep their order: \(ours), \(theirs)")
        guard ours.port != 0 else { continue }
        require(theirs.port != 0, "what was not offered is not taken")
        require(
            ours.formats.allSatisfy(theirs.formats.contains),
            "a subset: \(ours.formats) of \(theirs.formats)")
    }
    let streams = negotiation.streams(count: 4, signalling: nil)
    for stream in streams where stream.transport == .rtp {
        require(demand != .never || stream.keys == nil, "no keys where none are wanted")
        require(demand != .required || stream.keys != nil, "nothing in the clear")
    }
    requireReadable(answer)
}

/// We offer what we support, and the description comes as the answer; then as a new offer.
private func offer(_ description: SessionDescription) {
    for demand in [SecurityPolicy.Demand.never, .allowed, .required] {
        offer(description, keyed(2, demand))
    }
}

private func offer(_ description: SessionDescription, _ negotiation: MediaNegotiation) {
    var negotiation = negotiation
    guard let offer = try? negotiation.makeOffer(from: .supported(), local: local) else { return }
    requireReadable(offer)
    _ = try? negotiation.receiveAnswer(description)
    _ = negotiation.streams(count: 4, signalling: .loopbackV4)
    negotiation.abandonOffer()
    guard (try? negotiation.receiveOffer(description)) != nil else { return }
    let answer = try? negotiation.makeAnswer(from: .supported(), local: local)
    if let answer { requireReadable(answer) }
}

private func requireReadable(_ description: SessionDescription) {
    let again = try? SessionDescription(parsing: description.encoded())
    require(again == description, "readable: \(text(description.encoded()))")
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
