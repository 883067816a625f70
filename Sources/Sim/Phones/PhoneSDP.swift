import Platform

/// The session description of a virtual phone: one audio stream, written and read by hand.
///
/// On purpose not Media's: the phone is a second opinion on what the exchange writes.
struct PhoneSDP: Sendable, Equatable {
    enum Direction: String, Sendable, CaseIterable {
        case sendrecv, sendonly, recvonly, inactive

        /// What an answer says to it, from a phone that wants to talk (RFC 3264 §6.1).
        var answered: Direction {
            switch self {
            case .sendrecv: .sendrecv
            case .sendonly: .recvonly
            case .recvonly: .sendonly
            case .inactive: .inactive
            }
        }

        var sends: Bool { self == .sendrecv || self == .sendonly }
    }

    /// Where audio is wanted.
    var address: SocketAddress
    var direction: Direction
    /// In order of preference; 0 and 8 are G.711, 101 is telephone-event.
    var payloadTypes: [UInt8]
    /// The origin line's version: rises with every change.
    var version: UInt64

    static let known: [UInt8] = [0, 8, 101]

    /// The answer to an offer: what both know, in the offer's order.
    func answer(at address: SocketAddress, version: UInt64) -> PhoneSDP {
        PhoneSDP(
            address: address, direction: direction.answered,
            payloadTypes: payloadTypes.filter(Self.known.contains), version: version)
    }

    var bytes: [UInt8] {
        let family = address.address.isIPv4 ? "IP4" : "IP6"
        let types = payloadTypes.map(String.init).joined(separator: " ")
        var lines = [
            "v=0", "o=phone \(address.port) \(version) IN \(family) \(address.address)", "s=-",
            "c=IN \(family) \(address.address)", "t=0 0",
            "m=audio \(address.port) RTP/AVP \(types)",
        ]
        if payloadTypes.contains(101) {
            lines += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"]
        }
        lines.append("a=\(direction.rawValue)")
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// Reads the first audio stream; nil where there is none that can be sent to.
    static func read(_ bytes: [UInt8]) -> PhoneSDP? {
        var address: IPAddress?
        var port: UInt16?
        var types: [UInt8] = []
        var direction = Direction.sendrecv
        var version: UInt64 = 0
        var isInAudio = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.dropFirst(2).split(separator: " ").map(String.init)
            if line.hasPrefix("o="), words.count > 2 { version = UInt64(words[2]) ?? 0 }
            if line.hasPrefix("m=") {
                isInAudio = words.first == "audio" && port == nil
                guard isInAudio, words.count > 3 else { continue }
                port = UInt16(words[1])
                types = words.dropFirst(3).compactMap { UInt8($0) }
            }
            let isForAudio = isInAudio || port == nil
            if isForAudio, line.hasPrefix("c="), words.count > 2 { address = IPAddress(words[2]) }
            if isForAudio, line.hasPrefix("a=") {
                direction = Direction(rawValue: String(line.dropFirst(2))) ?? direction
            }
        }
        guard let address, let port, port != 0 else { return nil }
        return PhoneSDP(
            address: SocketAddress(address: address, port: port), direction: direction,
            payloadTypes: types, version: version)
    }
}
