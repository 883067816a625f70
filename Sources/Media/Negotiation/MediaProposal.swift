import Platform

/// What one leg wants, freed of what belongs to that leg alone: addresses and the order of
/// m-lines. It is the only thing that crosses from one leg's negotiation to the other's.
///
/// Streams are named by the number of the relay's stream (``LocalStream``); a stream that is
/// missing is refused or ended.
public struct MediaProposal: Equatable, Sendable {
    /// One stream as a leg offers or answers it.
    public struct Stream: Equatable, Sendable {
        /// The relay's stream, 0…3.
        public var number: Int
        public var kind: MediaKind
        /// RTP formats, the preferred first, under the payload types of the leg that proposes.
        public var formats: [PayloadFormat]
        /// As written in the proposing leg's description.
        public var direction: MediaDirection
        public var packetTime: Duration?
        public var maximumPacketTime: Duration?
        public var bandwidths: [SDPBandwidth]
        /// The `T38…` attributes of a fax stream.
        public var faxAttributes: [SDPAttribute]

        public init(
            number: Int, kind: MediaKind, formats: [PayloadFormat] = [],
            direction: MediaDirection = .sendReceive, packetTime: Duration? = nil,
            maximumPacketTime: Duration? = nil, bandwidths: [SDPBandwidth] = [],
            faxAttributes: [SDPAttribute] = []
        ) {
            self.number = number
            self.kind = kind
            self.formats = formats
            self.direction = direction
            self.packetTime = packetTime
            self.maximumPacketTime = maximumPacketTime
            self.bandwidths = bandwidths
            self.faxAttributes = faxAttributes
        }
    }

    public var streams: [Stream]

    public init(streams: [Stream]) {
        self.streams = streams
    }

    public func stream(_ number: Int) -> Stream? {
        streams.first { $0.number == number }
    }

    /// The offer for a callee when the caller made none (RFC 3261 §13.2.1, "late offer"): one audio
    /// stream with every codec the policy allows; without an allow list those that nearly every
    /// phone has, G.711 first, because the caller must be able to take what the callee picks.
    public static func supported(by policy: CodecPolicy = .standard) -> MediaProposal {
        let codecs = policy.audio ?? [.pcma, .pcmu, .g722, .opus]
        var next: UInt8 = 96
        func format(_ codec: Codec, _ parameters: String? = nil) -> PayloadFormat {
            if let number = codec.staticPayloadType {
                return PayloadFormat(payloadType: number, codec: codec, parameters: parameters)
            }
            defer { next += next == 100 ? 2 : 1 }
            return PayloadFormat(payloadType: next, codec: codec, parameters: parameters)
        }
        var formats = codecs.prefix(20).map { format($0) }
        var clockRates: [UInt32] = []
        for codec in codecs.prefix(20) where !clockRates.contains(codec.clockRate) {
            clockRates.append(codec.clockRate)
        }
        for clockRate in clockRates {
            let events = Codec.telephoneEvent(clockRate: clockRate)
            formats.append(
                clockRate == 8_000
                    ? PayloadFormat(payloadType: 101, codec: events, parameters: "0-16")
                    : format(events, "0-16"))
        }
        return MediaProposal(streams: [Stream(number: 0, kind: .audio, formats: formats)])
    }
}
