import Platform

/// What the exchange speaks itself, beside what it relays.
extension MediaNegotiation {
    /// What Opus is offered and answered with: we use copies of lost packets, and send them.
    static var opusParameters: String { "useinbandfec=1" }

    /// What a leg is offered of a stream: what the other leg has and, after it, what we could turn
    /// that into.
    func offerable(_ stream: MediaProposal.Stream) -> [PayloadFormat] {
        guard stream.kind == .audio, stream.formats.contains(where: { SoundKind($0.codec) != nil })
        else { return stream.formats }
        var formats = stream.formats
        // Told apart by codec, not by number: the numbers are those of another leg.
        for codec in policy.spoken where !formats.contains(where: { $0.codec == codec }) {
            formats.append(
                PayloadFormat(
                    payloadType: codec.staticPayloadType ?? 107, codec: codec,
                    parameters: codec == .opus ? Self.opusParameters : nil))
        }
        guard formats.count > stream.formats.count,
            let events = stream.formats.first(where: \.codec.isTelephoneEvent)
        else { return formats }
        for (clockRate, number) in [(8_000 as UInt32, 101 as UInt8), (48_000, 102)] {
            let codec = Codec.telephoneEvent(clockRate: clockRate)
            guard !formats.contains(where: { $0.codec == codec }),
                formats.contains(where: { $0.codec.isSound && $0.codec.clockRate == clockRate })
            else { continue }
            formats.append(
                PayloadFormat(
                    payloadType: number, codec: codec, parameters: events.parameters ?? "0-16"))
        }
        return formats
    }

    /// What we answer a leg whose offer shares no sound with what the other leg took: one codec of
    /// its own offer that we speak, and the events that go with it; empty where there is none.
    ///
    /// A party that hears through a narrow codec gains nothing from a costly one on our side of it.
    func translated(
        _ given: [PayloadFormat], for line: NegotiatedLine
    ) -> [NegotiatedLine.Format] {
        guard line.kind == .audio, policy.allowsTranscoding,
            let theirs = given.lazy.compactMap({ SoundKind($0.codec) }).first
        else { return [] }
        let candidates = line.formats.filter { SoundKind($0.codec) != nil }
        let narrow = candidates.first { $0.codec == .pcma || $0.codec == .pcmu }
        let isNarrow = theirs.sampleRate == SoundKind.narrow
        guard var format = (isNarrow ? narrow : nil) ?? candidates.first else { return [] }
        if format.codec == .opus { format.localParameters = Self.opusParameters }
        // RFC 3389 §5: noise goes with a codec of its own clock that has none of its own.
        let noise = line.formats.filter {
            $0.codec.isComfortNoise && $0.codec.clockRate == format.codec.clockRate
        }.prefix(1)
        let events = line.formats.filter(\.codec.isTelephoneEvent)
        guard
            var event = events.first(where: { $0.codec.clockRate == format.codec.clockRate })
                ?? events.first,
            given.contains(where: \.codec.isTelephoneEvent)
        else { return [format] + noise }
        event.localParameters = event.remoteParameters
        return [format, event] + noise
    }

    /// True where something that one party says reaches the other: by a codec that both have, in our
    /// translation, or as T.38.
    public func canSpeak(with other: MediaNegotiation) -> Bool {
        lines.contains { mine in
            guard mine.stream != nil,
                let theirs = other.lines.first(where: { $0.stream == mine.stream }),
                theirs.kind == mine.kind
            else { return false }
            return mine.kind != .audio || mine.sharesSound(with: theirs)
                || isSpoken(mine) && other.isSpoken(theirs)
        }
    }

    /// True where we can decode and encode what is said on that line.
    func isSpoken(_ line: NegotiatedLine) -> Bool {
        policy.allowsTranscoding && line.kind == .audio
            && line.formats.contains { SoundKind($0.codec) != nil }
    }
}

extension NegotiatedLine {
    /// True where a codec of one is understood by the other as it is.
    func sharesSound(with other: NegotiatedLine) -> Bool {
        formats.contains { format in
            format.codec.isSound
                && other.formats.contains { $0.remote.isInterchangeable(with: format.remote) }
        }
    }

    /// How we can talk with the party of this line ourselves.
    var sound: SoundDescription {
        var received: [SoundFormat] = []
        var sent: SoundFormat?
        for format in formats {
            guard let kind = SoundKind(format.codec) else { continue }
            received.append(SoundFormat(payloadType: format.localType, kind: kind))
            if sent == nil {
                sent = SoundFormat(
                    payloadType: format.remoteType, kind: kind,
                    packetTime: remotePacketTime ?? SoundFormat.usualPacketTime,
                    opus: OpusParameters(parameters: format.remoteParameters))
            }
        }
        // Some phones send under the number they wrote themselves instead of ours.
        for format in formats where format.remoteType != format.localType {
            guard let kind = SoundKind(format.codec),
                !formats.contains(where: { $0.localType == format.remoteType })
            else { continue }
            received.append(SoundFormat(payloadType: format.remoteType, kind: kind))
        }
        return SoundDescription(
            received: Array(received.prefix(SoundDescription.formatLimit)), sent: sent,
            sentEvents: formats.filter(\.codec.isTelephoneEvent).map {
                TelephoneEventFormat(payloadType: $0.remoteType, clockRate: $0.codec.clockRate)
            },
            noiseType: formats.first {
                $0.codec.isComfortNoise && $0.codec.clockRate == SoundKind.narrow
            }?.localType)
    }
}
