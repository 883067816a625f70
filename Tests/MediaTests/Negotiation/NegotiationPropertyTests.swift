import Media
import Platform
import Testing

/// A phone that offers and answers at random, within the rules.
private struct RandomPhone {
    var random: Seeded
    var address: IPAddress
    /// Its numbers for dynamic codecs, stable as RFC 3264 §8.3.2 asks.
    var numbers: [Codec: UInt8] = [:]
    var lines: [MediaKind] = []

    private static let codecs: [Codec] = [
        .pcma, .pcmu, .g722, .opus, Codec("iLBC", clockRate: 8_000),
        Codec("G729", clockRate: 8_000),
        Codec("AMR", clockRate: 8_000), .telephoneEvent(clockRate: 8_000),
        .telephoneEvent(clockRate: 48_000), Codec("red", clockRate: 8_000),
    ]

    init(seed: UInt64, address: IPAddress) {
        random = Seeded(seed)
        self.address = address
    }

    mutating func number(_ codec: Codec) -> UInt8 {
        if let number = codec.staticPayloadType ?? numbers[codec] { return number }
        var number: UInt8
        repeat { number = UInt8(96 + random.below(32)) } while numbers.values.contains(number)
        numbers[codec] = number
        return number
    }

    mutating func offer() -> SessionDescription {
        if lines.isEmpty || (lines.count < 4 && random.chance(20)) {
            lines.append(random.pick([.audio, .audio, .audio, .video, .image, .application]))
        }
        if random.chance(10), let last = lines.last, last == .audio || last == .image {
            lines[lines.count - 1] = last == .audio ? .image : .audio
        }
        return described(lines.map { line($0) })
    }

    private mutating func line(_ kind: MediaKind) -> MediaDescription {
        let port: UInt16 = random.chance(8) ? 0 : UInt16(4_000 + 2 * random.below(1_000))
        guard kind == .audio || kind == .video else {
            return MediaDescription(
                kind: kind, port: port, profile: kind == .image ? .udptl : TransportProfile("TCP"),
                formats: [kind == .image ? "t38" : "x"])
        }
        var formats: [PayloadFormat] = []
        for codec in Self.codecs where random.chance(50) {
            formats.append(PayloadFormat(payloadType: number(codec), codec: codec))
        }
        var attributes = formats.map {
            SDPAttribute.rtpMap(RTPMap(payloadType: $0.payloadType, codec: $0.codec))
        }
        attributes.append(.direction(random.pick(MediaDirection.allCases)))
        return MediaDescription(
            kind: kind, port: port,
            profile: random.chance(90) ? .rtpAVP : TransportProfile("RTP/SAVP"),
            formats: formats.map { String($0.payloadType) }, attributes: attributes)
    }

    mutating func answer(to offer: SessionDescription) -> SessionDescription {
        lines = offer.media.map(\.kind)
        var answered: [MediaDescription] = []
        for line in offer.media {
            var mine = line
            var chosen = line.payloadFormats.filter { _ in random.chance(70) }
            if random.chance(30) { chosen.reverse() }
            let isRefused = line.port == 0 || random.chance(10)
            mine.port = isRefused ? 0 : UInt16(6_000 + 2 * random.below(1_000))
            if line.kind == .audio, !isRefused {
                // A third of them answer under numbers of their own.
                let own = random.chance(30)
                for index in chosen.indices where own {
                    chosen[index].payloadType = number(chosen[index].codec)
                }
                mine.formats = chosen.map { String($0.payloadType) }
                mine.attributes = chosen.map {
                    .rtpMap(RTPMap(payloadType: $0.payloadType, codec: $0.codec))
                }
                let allowed = offer.direction(of: line).reversed
                mine.attributes.append(
                    .direction(allowed.intersection(random.pick(MediaDirection.allCases))))
            }
            answered.append(mine)
        }
        return described(answered)
    }

    private func described(_ media: [MediaDescription]) -> SessionDescription {
        SessionDescription(
            origin: SDPOrigin(identifier: "1", version: "1", address: SDPConnection(address)),
            connection: SDPConnection(address), media: media)
    }
}

/// What must hold of everything that one leg says.
private struct LegRules {
    private var numbers: [String: Codec] = [:]
    private var lineCount = 0
    private var version = 0

    /// Our description as sent to the phone, written and read again.
    mutating func check(_ ours: SessionDescription) throws {
        let read = try SessionDescription(parsing: ours.encoded())
        #expect(read == ours)
        #expect(ours.media.count >= lineCount, "a line was lost")
        let next = try #require(Int(ours.origin.version))
        #expect(next >= version && next <= version + 1)
        version = next
    }

    /// A description became part of what is agreed: its lines stay for ever. The phone's own offers
    /// may give a number another meaning, which our answers then share.
    mutating func agree(_ ours: SessionDescription, isAnswer: Bool) {
        lineCount = ours.media.count
        guard isAnswer else { return }
        for format in ours.media.filter({ $0.port != 0 }).flatMap(\.payloadFormats) {
            numbers[String(format.payloadType)] = format.codec
        }
    }

    /// Our own offers never give a number to another codec.
    mutating func checkNumbers(_ ours: SessionDescription) {
        for format in ours.media.filter({ $0.port != 0 }).flatMap(\.payloadFormats) {
            let key = String(format.payloadType)
            if let before = numbers[key] {
                #expect(before == format.codec, "\(key) moved from \(before)")
            }
            numbers[key] = format.codec
        }
    }

    func checkAnswer(_ answer: SessionDescription, to offer: SessionDescription) {
        #expect(answer.media.map(\.kind) == offer.media.map(\.kind), "reordered")
        for (mine, theirs) in zip(answer.media, offer.media) {
            #expect(mine.profile == theirs.profile)
            if theirs.port == 0 { #expect(mine.port == 0) }
            guard mine.port != 0, mine.kind == .audio else { continue }
            for format in mine.payloadFormats {
                #expect(
                    theirs.payloadFormats.contains {
                        $0.payloadType == format.payloadType && $0.codec == format.codec
                    }, "\(format) was not offered")
            }
            let allowed = offer.direction(of: theirs).reversed
            let given = answer.direction(of: mine)
            #expect(given.intersection(allowed) == given)
        }
    }
}

struct NegotiationPropertyTests {
    /// One leg: its negotiation, its phone, and what must hold.
    private struct Side {
        var negotiation: MediaNegotiation
        var phone: RandomPhone
        var rules = LegRules()
        var local: [LocalStream]
    }

    @Test(arguments: 0..<200)
    func `answers stay within offers, lines in place, numbers with their codecs`(
        seed: UInt64
    ) throws {
        var random = Seeded(seed &+ 1_000)
        let policy = CodecPolicy(
            allowsVideo: random.chance(50), allowsFax: random.chance(80),
            allowsTranscoding: random.chance(50))
        var sides = (0..<2).map { index -> Side in
            Side(
                negotiation: MediaNegotiation(policy: policy, identifier: UInt64(index)),
                phone: RandomPhone(
                    seed: seed &* 2 &+ UInt64(index), address: IPAddress(v4: 0xC000_020A)),
                local: CallPair.local(UInt16(20_000 + 100 * index), count: 1 + random.below(4)))
        }
        for _ in 0..<12 {
            let from = random.below(2)
            try exchange(from, 1 - from, &sides, isRejected: random.chance(20))
            #expect(!sides[0].negotiation.isOfferPending && !sides[1].negotiation.isOfferPending)
            let there = MediaBridge(from: sides[0].negotiation, to: sides[1].negotiation)
            let back = MediaBridge(from: sides[1].negotiation, to: sides[0].negotiation)
            #expect(there.streams.map(\.number) == back.streams.map(\.number))
            for side in sides {
                let count = side.local.count
                #expect(side.negotiation.streams(count: count, signalling: nil).count == count)
            }
        }
    }

    private func exchange(
        _ from: Int, _ to: Int, _ sides: inout [Side], isRejected: Bool
    ) throws {
        let offer = sides[from].phone.offer()
        do {
            let wanted = try sides[from].negotiation.receiveOffer(offer)
            let ours = try sides[to].negotiation.makeOffer(from: wanted, local: sides[to].local)
            try sides[to].rules.check(ours)
            sides[to].rules.checkNumbers(ours)
            if isRejected { throw NegotiationError.nothingInCommon }
            let theirs = sides[to].phone.answer(to: ours)
            let given = try sides[to].negotiation.receiveAnswer(theirs)
            let answer = try sides[from].negotiation.makeAnswer(
                from: given, local: sides[from].local)
            try sides[from].rules.check(answer)
            sides[from].rules.checkAnswer(answer, to: offer)
            sides[to].rules.agree(ours, isAnswer: false)
            sides[from].rules.agree(answer, isAnswer: true)
        } catch let error as NegotiationError {
            let isExpected =
                switch error {
                case .nothingAcceptable, .nothingInCommon, .encryptionRequired: true
                case .offerPending, .noOfferPending, .malformedAnswer: false
                }
            #expect(isExpected, "\(error)")
            sides[from].negotiation.abandonOffer()
            sides[to].negotiation.abandonOffer()
        }
    }
}
