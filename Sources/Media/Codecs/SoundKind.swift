/// A codec that the exchange itself can speak and understand; all others can only be relayed.
public enum SoundKind: Hashable, Sendable {
    case pcmu, pcma, g722, opus
    /// Linear samples (RFC 3551 §4.5.11), mono: for tests and measurements.
    case linear(sampleRate: Int)

    /// The rates that the exchange works at: what a telephone hears, twice that, and in rooms all that
    /// is heard.
    public static var narrow: Int { 8_000 }
    public static var wide: Int { 16_000 }
    public static var full: Int { 48_000 }

    /// nil for what we cannot speak.
    public init?(_ codec: Codec) {
        switch codec.lowercasedName {
        case "pcmu" where codec.clockRate == 8_000 && codec.channelCount == 1: self = .pcmu
        case "pcma" where codec.clockRate == 8_000 && codec.channelCount == 1: self = .pcma
        case "g722" where codec.clockRate == 8_000 && codec.channelCount == 1: self = .g722
        case "opus" where codec.clockRate == 48_000 && codec.channelCount == 2: self = .opus
        case "l16"
        where (codec.clockRate == 8_000 || codec.clockRate == 16_000) && codec.channelCount == 1:
            self = .linear(sampleRate: Int(codec.clockRate))
        default: return nil
        }
    }

    /// As descriptions write it.
    var encodingName: String {
        switch self {
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        case .g722: "G722"
        case .opus: "opus"
        case .linear: "L16"
        }
    }

    /// RTP timestamp units a second. G.722's is 8000 by an old mistake (RFC 3551 §4.5.2), Opus's
    /// 48000 whatever it carries (RFC 7587 §4.1).
    public var clockRate: Int {
        switch self {
        case .pcmu, .pcma, .g722: 8_000
        case .opus: 48_000
        case .linear(let sampleRate): sampleRate
        }
    }

    /// What the codec carries at best, as far as we use it.
    public var sampleRate: Int {
        switch self {
        case .pcmu, .pcma: Self.narrow
        case .g722, .opus: Self.wide
        case .linear(let sampleRate): sampleRate
        }
    }

    /// The rate at which a party of a room speaks and hears: its codec's own.
    var roomRate: Int { self == .opus ? Self.full : sampleRate }

    /// Encoding costs so much that few in a room have a sound of their own (``SoundRoom/dearLimit``).
    var isDear: Bool { self == .opus }

    /// A decoder whose samples come at that rate, ``narrow``, ``wide`` or ``full``; nil where the
    /// library has no memory for it.
    func makeDecoder(sampleRate: Int) -> (any SoundDecoder)? {
        if sampleRate == Self.full, self != .opus {
            return TripledDecoder(makeDecoder(sampleRate: Self.wide))
        }
        return switch self {
        case .pcmu: G711Decoder(law: .mu, sampleRate: sampleRate)
        case .pcma: G711Decoder(law: .a, sampleRate: sampleRate)
        case .g722: G722Decoder(sampleRate: sampleRate)
        case .opus: OpusDecoder(sampleRate: sampleRate)
        case .linear(let rate): LinearDecoder(carriedRate: rate, sampleRate: sampleRate)
        }
    }

    /// An encoder that takes samples of that rate, ``narrow`` or ``wide``; Opus also ``full``.
    func makeEncoder(sampleRate: Int, opus: OpusParameters = .usual) -> (any SoundEncoder)? {
        switch self {
        case .pcmu: G711Encoder(law: .mu, sampleRate: sampleRate)
        case .pcma: G711Encoder(law: .a, sampleRate: sampleRate)
        case .g722: G722Encoder(sampleRate: sampleRate)
        case .opus: OpusEncoder(sampleRate: sampleRate, parameters: opus)
        case .linear(let rate): LinearEncoder(carriedRate: rate, sampleRate: sampleRate)
        }
    }
}
