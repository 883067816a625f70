/// A codec as SDP names it: encoding name, clock rate, channel count (RFC 8866 §6.6).
public struct Codec: Sendable {
    /// The encoding name as written; compared without case.
    public var name: String
    /// RTP timestamp units a second; for G.722 8000, though it samples at 16 kHz (RFC 3551 §4.5.2).
    public var clockRate: UInt32
    public var channelCount: UInt8

    public init(_ name: String, clockRate: UInt32, channelCount: UInt8 = 1) {
        self.name = name
        self.clockRate = clockRate
        self.channelCount = channelCount
    }

    public static let pcmu = Codec("PCMU", clockRate: 8_000)
    public static let pcma = Codec("PCMA", clockRate: 8_000)
    public static let g722 = Codec("G722", clockRate: 8_000)
    public static let opus = Codec("opus", clockRate: 48_000, channelCount: 2)

    /// RFC 4733, at the clock rate of the audio it accompanies.
    public static func telephoneEvent(clockRate: UInt32) -> Codec {
        Codec("telephone-event", clockRate: clockRate)
    }

    public var isTelephoneEvent: Bool { lowercasedName == "telephone-event" }
    /// RFC 3389.
    public var isComfortNoise: Bool { lowercasedName == "cn" }
    /// True for what carries sound or pictures, not only events or silence: a stream needs one.
    var isSound: Bool { !isTelephoneEvent && !isComfortNoise }
    /// Formats whose packets or parameters name other payload types: rewriting would break them.
    var namesOtherPayloadTypes: Bool {
        ["red", "rtx", "ulpfec", "flexfec", "flexfec-03", "parityfec"].contains(lowercasedName)
    }

    var lowercasedName: String { name.lowercased() }
}

extension Codec: Hashable {
    public static func == (one: Codec, other: Codec) -> Bool {
        one.clockRate == other.clockRate && one.channelCount == other.channelCount
            && one.lowercasedName == other.lowercasedName
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(lowercasedName)
        hasher.combine(clockRate)
    }
}

extension Codec: LosslessStringConvertible {
    /// `opus/48000/2`, `PCMA/8000`: the right side of `a=rtpmap`.
    public var description: String {
        channelCount == 1 ? "\(name)/\(clockRate)" : "\(name)/\(clockRate)/\(channelCount)"
    }

    /// Reads what `description` writes; nil where it is anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, !parts[0].isEmpty,
            let clockRate = UInt32(parts[1]), clockRate > 0
        else { return nil }
        var channelCount: UInt8 = 1
        if parts.count == 3 {
            guard let given = UInt8(parts[2]), given > 0 else { return nil }
            channelCount = given
        }
        self.init(String(parts[0]), clockRate: clockRate, channelCount: channelCount)
    }
}

extension Codec {
    /// The codec of a static payload type (RFC 3551 §6); nil for reserved and dynamic ones.
    public static func ofStaticPayloadType(_ number: UInt8) -> Codec? {
        switch number {
        case 0: .pcmu
        case 3: Codec("GSM", clockRate: 8_000)
        case 4: Codec("G723", clockRate: 8_000)
        case 5: Codec("DVI4", clockRate: 8_000)
        case 6: Codec("DVI4", clockRate: 16_000)
        case 7: Codec("LPC", clockRate: 8_000)
        case 8: .pcma
        case 9: .g722
        case 10: Codec("L16", clockRate: 44_100, channelCount: 2)
        case 11: Codec("L16", clockRate: 44_100)
        case 12: Codec("QCELP", clockRate: 8_000)
        case 13: Codec("CN", clockRate: 8_000)
        case 14: Codec("MPA", clockRate: 90_000)
        case 15: Codec("G728", clockRate: 8_000)
        case 16: Codec("DVI4", clockRate: 11_025)
        case 17: Codec("DVI4", clockRate: 22_050)
        case 18: Codec("G729", clockRate: 8_000)
        case 25: Codec("CelB", clockRate: 90_000)
        case 26: Codec("JPEG", clockRate: 90_000)
        case 28: Codec("nv", clockRate: 90_000)
        case 31: Codec("H261", clockRate: 90_000)
        case 32: Codec("MPV", clockRate: 90_000)
        case 33: Codec("MP2T", clockRate: 90_000)
        case 34: Codec("H263", clockRate: 90_000)
        default: nil
        }
    }

    /// The static payload type of this codec, where it has one.
    public var staticPayloadType: UInt8? {
        (0..<35).first { Codec.ofStaticPayloadType($0) == self }
    }
}
