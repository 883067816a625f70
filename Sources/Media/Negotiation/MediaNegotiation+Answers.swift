import Platform

/// Offers and answers of our own.
extension MediaNegotiation {
    /// Makes an offer from what another leg wants.
    ///
    /// Lines of this dialog stay where they are; new streams are appended. Send it, then
    /// ``receiveAnswer(_:)`` or ``abandonOffer()``.
    public mutating func makeOffer(from proposal: MediaProposal, local: [LocalStream])
        throws(NegotiationError) -> SessionDescription
    {
        guard !isOfferPending else { throw .offerPending }
        var offered = lines
        var placed: Set<Int> = []
        for index in offered.indices {
            guard let number = offered[index].stream else { continue }
            if let stream = proposal.stream(number), placed.insert(number).inserted,
                fill(&offered[index], with: stream, local: local)
            {
                continue
            }
            offered[index].refuse()
        }
        for stream in proposal.streams where placed.insert(stream.number).inserted {
            let free = offered.firstIndex { $0.stream == nil && $0.kind == stream.kind }
            if let free {
                if !fill(&offered[free], with: stream, local: local) { offered[free].refuse() }
                continue
            }
            var line = NegotiatedLine(kind: stream.kind, profile: .rtpAVP, formatTexts: [])
            line.profile = stream.kind == .image ? .udptl : .rtpAVP
            if fill(&line, with: stream, local: local) { offered.append(line) }
        }
        let isEnding = proposal.streams.isEmpty && !lines.isEmpty
        guard isEnding || offered.contains(where: { $0.stream != nil }) else {
            throw .nothingInCommon
        }
        nameChecked(&offered)
        exchange = .sent(offered, isAnswered: false)
        return write(offered, local: local)
    }

    /// Offers again what we said last: a refresh of the session, with the same version (RFC 4028
    /// §7.4, RFC 3264 §8).
    public mutating func repeatOffer(local: [LocalStream])
        throws(NegotiationError) -> SessionDescription
    {
        guard !isOfferPending else { throw .offerPending }
        var offered = lines
        if case .sent(let said, _) = exchange { offered = said }
        guard !offered.isEmpty else { throw .nothingInCommon }
        exchange = .sent(offered, isAnswered: false)
        return write(offered, local: local)
    }

    /// Makes one line of an offer; false where nothing of the stream can be offered here.
    private mutating func fill(
        _ line: inout NegotiatedLine, with stream: MediaProposal.Stream, local: [LocalStream]
    ) -> Bool {
        guard local.indices.contains(stream.number), policy.allows(stream.kind) else {
            return false
        }
        if line.kind != stream.kind || !line.isRelayable(under: policy) {
            // T.38 replaces audio in the same place, or gives it back (RFC 3264 §8.3.3).
            line.profile = stream.kind == .image ? .udptl : .rtpAVP
            line.kind = stream.kind
            line.isMuxed = false
            line.dropKeys()
            line.stream = nil
        }
        guard offerKeys(on: &line) else { return false }
        var formats: [NegotiatedLine.Format] = []
        for format in policy.ordered(offerable(stream), of: stream.kind) {
            guard let number = number(for: format, besides: formats) else { continue }
            formats.append(
                NegotiatedLine.Format(
                    codec: format.codec, remoteParameters: format.parameters,
                    localParameters: format.parameters, localType: number, remoteType: number))
        }
        guard stream.kind == .image || formats.contains(where: \.codec.isSound) else {
            return false
        }
        line.stream = stream.number
        line.formats = formats
        line.formatTexts =
            stream.kind == .image ? ["t38"] : formats.map { String($0.localType) }
        line.localDirection = stream.direction
        line.asksVoiceReports = stream.kind == .audio && policy.asksVoiceReports
        line.takeLocal(stream)
        return true
    }

    /// The number of a format in this dialog: the one it had, else its static one, else the other
    /// leg's where that is free here, else a free dynamic one; nil where none is left.
    private mutating func number(
        for format: PayloadFormat, besides used: [NegotiatedLine.Format]
    ) -> UInt8? {
        func isUsed(_ number: UInt8) -> Bool { used.contains { $0.localType == number } }
        let known = bindings.filter {
            $0.isInterchangeable(with: format) && !isUsed($0.payloadType)
        }
        if let same = known.first(where: { $0.parameters == format.parameters }) ?? known.first {
            return same.payloadType
        }
        func isFree(_ number: UInt8) -> Bool {
            !isUsed(number) && !bindings.contains { $0.payloadType == number }
        }
        var number = format.codec.staticPayloadType.flatMap { isFree($0) ? $0 : nil }
        if number == nil, format.payloadType >= 96, isFree(format.payloadType) {
            number = format.payloadType
        }
        // 96…127 are dynamic; 35…63 may be used when those run out (RFC 5761 §4 keeps 64…95 free).
        number = number ?? (96..<128).first(where: isFree) ?? (35..<64).first(where: isFree)
        guard let number else { return nil }
        bindings.append(
            PayloadFormat(
                payloadType: number, codec: format.codec, parameters: format.parameters))
        return number
    }

    /// Answers the remote party's offer with what the other leg took; may be repeated until the
    /// next offer. Lines the other leg did not take are refused in place. An empty proposal refuses
    /// every line.
    public mutating func makeAnswer(from proposal: MediaProposal, local: [LocalStream])
        throws(NegotiationError) -> SessionDescription
    {
        guard case .received(let offered, _) = exchange else { throw .noOfferPending }
        var answered = offered
        for index in answered.indices {
            guard let number = answered[index].stream else { continue }
            guard local.indices.contains(number), let stream = proposal.stream(number),
                accept(stream, for: &answered[index])
            else {
                answered[index].refuse()
                continue
            }
        }
        let hadStreams = offered.contains { $0.stream != nil }
        guard
            proposal.streams.isEmpty || !hadStreams
                || answered.contains(where: { $0.stream != nil })
        else { throw .nothingInCommon }
        for format in answered.flatMap(\.formats) { bind(format.local) }
        lines = answered
        exchange = .received(offered, isAnswered: true)
        return write(answered, local: local)
    }

    private func accept(
        _ stream: MediaProposal.Stream, for line: inout NegotiatedLine
    ) -> Bool {
        guard stream.kind == line.kind else { return false }
        var chosen: [NegotiatedLine.Format] = []
        for format in stream.formats {
            let rest = line.formats.filter { offered in
                offered.remote.isInterchangeable(with: format)
                    && !chosen.contains { $0.localType == offered.localType }
            }
            let exact = rest.first { $0.remoteParameters == format.parameters }
            guard var match = exact ?? rest.first else { continue }
            match.localParameters = format.parameters
            chosen.append(match)
        }
        if !chosen.contains(where: \.codec.isSound) {
            chosen = translated(stream.formats, for: line)
        }
        guard line.kind == .image || chosen.contains(where: \.codec.isSound) else {
            return false
        }
        line.formats = chosen
        line.localDirection = stream.direction.intersection(line.remoteDirection.reversed)
        line.remoteDirection = line.remoteDirection.intersection(line.localDirection.reversed)
        line.takeLocal(stream)
        return true
    }

    /// Notes that a number now means this format. The remote party's offers decide: should one
    /// break RFC 3264 §8.3.2 and reuse a number, the newer meaning counts.
    private mutating func bind(_ format: PayloadFormat) {
        bindings.removeAll { $0.payloadType == format.payloadType }
        bindings.append(format)
    }

    /// Writes our description; the version rises by one where it differs from the last
    /// (RFC 3264 §8).
    private mutating func write(
        _ lines: [NegotiatedLine], local: [LocalStream]
    ) -> SessionDescription {
        let first = lines.compactMap(\.stream).first { local.indices.contains($0) }
        let address =
            first.map { local[$0].rtp.address } ?? local.first?.rtp.address ?? IPAddress.anyV4
        var description = SessionDescription(
            origin: SDPOrigin(
                identifier: String(identifier), version: String(version),
                address: SDPConnection(address)),
            connection: SDPConnection(address),
            attributes: checkAttributes(of: lines),
            media: lines.map { $0.written(local: local, sessionAddress: address) })
        if let lastDescription, lastDescription != description {
            version &+= 1
            description.origin.version = String(version)
        }
        lastDescription = description
        return description
    }
}
