import Platform

/// Offers and answers of the remote party.
extension MediaNegotiation {
    /// Takes an offer of the remote party; answer it with ``makeAnswer(from:local:)`` or drop it with
    /// ``abandonOffer()``.
    ///
    /// - Returns: what the other leg shall be offered.
    public mutating func receiveOffer(_ offer: SessionDescription)
        throws(NegotiationError) -> MediaProposal
    {
        guard !isOfferPending else { throw .offerPending }
        var offered: [NegotiatedLine] = []
        for (index, line) in offer.media.enumerated() {
            let previous = lines.indices.contains(index) ? lines[index] : nil
            offered.append(receivedLine(line, in: offer, previous: previous))
        }
        assignStreams(&offered)
        let isEnding = offer.media.allSatisfy { $0.port == 0 }
        guard isEnding || offered.contains(where: { $0.stream != nil }) else {
            let active = offer.media.filter { $0.port != 0 }
            if policy.security.demand == .required,
                active.contains(where: \.profile.isPlainRTP)
            {
                throw .encryptionRequired
            }
            throw .nothingAcceptable(onlySecure: active.contains(where: \.profile.isSecureRTP))
        }
        exchange = .received(offered, isAnswered: false)
        return MediaProposal(
            streams: offered.compactMap { $0.proposed(direction: $0.remoteDirection) })
    }

    /// One offered m-line; `stream` is -1 where it could be relayed and awaits its number.
    private mutating func receivedLine(
        _ line: MediaDescription, in offer: SessionDescription, previous: NegotiatedLine?
    ) -> NegotiatedLine {
        var taken = NegotiatedLine(
            kind: line.kind, profile: line.profile, formatTexts: line.formats)
        taken.takeRemote(line, in: offer)
        taken.willingDirection = taken.remoteDirection
        taken.asksVoiceReports = taken.remoteAsksVoiceReports && policy.asksVoiceReports
        guard line.port != 0, taken.isRelayable(under: policy),
            chooseKey(of: line, in: offer, for: &taken, previous: previous)
        else {
            taken.refuse()
            return taken
        }
        answerChecks(on: &taken, previous: previous)
        taken.formats = policy.allowed(line.payloadFormats, of: line.kind).map {
            NegotiatedLine.Format(
                codec: $0.codec, remoteParameters: $0.parameters, localParameters: nil,
                localType: $0.payloadType, remoteType: $0.payloadType)
        }
        guard line.kind == .image || taken.formats.contains(where: \.codec.isSound) else {
            taken.refuse()
            return taken
        }
        taken.stream = previous?.stream ?? -1
        return taken
    }

    /// A line keeps its stream; new ones get the lowest free number, audio before the others.
    private func assignStreams(_ offered: inout [NegotiatedLine]) {
        var taken: Set<Int> = []
        for index in offered.indices {
            guard let stream = offered[index].stream, stream >= 0 else { continue }
            if !taken.insert(stream).inserted { offered[index].stream = -1 }
        }
        for kind in [MediaKind.audio, .image, .video] {
            for index in offered.indices
            where offered[index].stream == -1 && offered[index].kind == kind {
                let limit = MediaLegSetup.maximumStreamCount
                if let free = (0..<limit).first(where: { !taken.contains($0) }) {
                    taken.insert(free)
                    offered[index].stream = free
                } else {
                    offered[index].refuse()
                }
            }
        }
    }

    /// Takes the answer to our offer; may be repeated until the next offer (18x, then 2xx).
    ///
    /// - Returns: what the remote party took: for the answer to the leg that the offer came from.
    ///   Empty where it refused every stream.
    @discardableResult
    public mutating func receiveAnswer(_ answer: SessionDescription)
        throws(NegotiationError) -> MediaProposal
    {
        guard case .sent(let offered, _) = exchange else { throw .noOfferPending }
        guard answer.media.count <= offered.count else { throw .malformedAnswer }
        var answered = offered
        for index in answered.indices {
            guard index < answer.media.count else {
                answered[index].refuse()
                continue
            }
            takeAnswer(answer.media[index], in: answer, for: &answered[index])
        }
        lines = answered
        exchange = .sent(offered, isAnswered: true)
        return MediaProposal(
            streams: answered.compactMap { $0.proposed(direction: $0.remoteDirection) })
    }

    private func takeAnswer(
        _ line: MediaDescription, in answer: SessionDescription, for mine: inout NegotiatedLine
    ) {
        guard mine.stream != nil else { return }
        guard line.port != 0, line.kind == mine.kind,
            line.kind == .image ? line.profile.isUDPTL : takeKey(of: line, in: answer, for: &mine)
        else { return mine.refuse() }
        let wasMuxed = mine.isMuxed, name = mine.name
        mine.takeRemote(line, in: answer)
        mine.isMuxed = mine.isMuxed && wasMuxed
        mine.name = name
        if !mine.isMuxed || mine.remoteFragment == nil { mine.localChecks = nil }
        let local = mine.localDirection
        let theirs = mine.remoteDirection
        mine.willingDirection = MediaDirection(
            sends: local.receives ? theirs.sends : mine.willingDirection.sends,
            receives: local.sends ? theirs.receives : mine.willingDirection.receives)
        mine.remoteDirection = theirs.intersection(local.reversed)
        guard line.kind != .image else { return }
        var chosen: [NegotiatedLine.Format] = []
        for format in line.payloadFormats {
            let rest = mine.formats.filter { known in
                !chosen.contains { $0.localType == known.localType }
            }
            let match =
                rest.first { $0.localType == format.payloadType && $0.codec == format.codec }
                ?? rest.first { $0.local.isInterchangeable(with: format) }
            guard var match else { continue }
            match.remoteType = format.payloadType
            match.remoteParameters = format.parameters
            chosen.append(match)
        }
        guard chosen.contains(where: \.codec.isSound) else { return mine.refuse() }
        mine.formats = chosen
    }
}
