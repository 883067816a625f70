/// A codec with its parameters under a payload type number.
public struct PayloadFormat: Hashable, Sendable {
    /// 0…127; a number means something only together with the leg it came from.
    public var payloadType: UInt8
    public var codec: Codec
    /// The raw value of `a=fmtp`.
    public var parameters: String?

    public init(payloadType: UInt8, codec: Codec, parameters: String? = nil) {
        self.payloadType = payloadType
        self.codec = codec
        self.parameters = parameters
    }

    /// True where packets of one are understood as packets of the other: the same codec, and the
    /// same values of those parameters that change what stands in the packet.
    public func isInterchangeable(with other: PayloadFormat) -> Bool {
        guard codec == other.codec else { return false }
        for name in Self.shapingParameters(of: codec)
        where parameter(name) != other.parameter(name) {
            return false
        }
        return true
    }

    /// Parameters that change the packet's layout, with the value that counts when absent.
    private static func shapingParameters(of codec: Codec) -> [(name: String, absent: String)] {
        switch codec.lowercasedName {
        case "amr", "amr-wb":
            [("octet-align", "0"), ("crc", "0"), ("robust-sorting", "0"), ("interleaving", "")]
        case "h264": [("packetization-mode", "0")]
        case "g7221": [("bitrate", "")]
        case "vp9": [("profile-id", "0")]
        default: []
        }
    }

    private func parameter(_ shaping: (name: String, absent: String)) -> String {
        for part in (parameters ?? "").split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let name = pair.first, trimmed(name).lowercased() == shaping.name else {
                continue
            }
            return pair.count == 2 ? trimmed(pair[1]).lowercased() : ""
        }
        return shaping.absent
    }

    private func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
