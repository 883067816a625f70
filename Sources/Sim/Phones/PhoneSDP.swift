import Platform

/// The session description of a virtual phone: one stream of audio, or of a fax (T.38), written and read
/// by hand.
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

    /// How keys are to be made (RFC 5763): whose certificate it is, and who begins.
    struct Handshake: Sendable, Equatable {
        enum Role: String, Sendable {
            case active, passive, actpass
        }

        var role: Role
        /// SHA-256.
        var certificate: [UInt8]

        var lines: [String] {
            let digits = Array("0123456789ABCDEF")
            let parts = certificate.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }
            return [
                "a=setup:\(role.rawValue)",
                "a=fingerprint:sha-256 \(parts.joined(separator: ":"))",
            ]
        }

        static func readCertificate(_ text: Substring) -> [UInt8]? {
            let words = text.split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "sha-256" else { return nil }
            return words[1].split(separator: ":").compactMap { UInt8($0, radix: 16) }
        }
    }

    /// Where audio is wanted.
    var address: SocketAddress
    var direction: Direction
    /// In order of preference; 0 and 8 are G.711, 101 is telephone-event.
    var payloadTypes: [UInt8]
    /// The origin line's version: rises with every change.
    var version: UInt64
    /// There may have been a later one that never came.
    var isOutdated = false
    /// It says `c=0.0.0.0` and no direction: how phones held before RFC 3264 (§8.4).
    var isHeldByAddress = false
    /// With what the sound is encrypted (RFC 4568), or may be: one in an answer, several in an offer.
    var keys: [PhoneKey] = []
    /// Keys are made on the way of the sound itself (DTLS-SRTP).
    var handshake: Handshake?
    /// The way is found by checks (ICE), as browsers do.
    var checks: PhoneCheckCredentials?
    /// It says so (`RTP/SAVP`), whatever keys it brings.
    var isEncrypted = false
    /// A fax by T.38 instead of audio.
    var isImage = false

    static let known: [UInt8] = [0, 8, 101]

    /// The answer to an offer: what both know, in the offer's order.
    func answer(
        at address: SocketAddress, version: UInt64, taking known: [UInt8]
    ) -> PhoneSDP {
        PhoneSDP(
            address: address, direction: direction.answered,
            payloadTypes: payloadTypes.filter(known.contains), version: version,
            isImage: isImage)
    }

    var bytes: [UInt8] {
        let family = address.address.isIPv4 ? "IP4" : "IP6"
        let types = payloadTypes.map(String.init).joined(separator: " ")
        var lines = [
            "v=0", "o=phone \(address.port) \(version) IN \(family) \(address.address)", "s=-",
            "c=IN \(family) \(isHeldByAddress ? .anyV4 : address.address)", "t=0 0",
        ]
        if isImage {
            lines += [
                "m=image \(address.port) udptl t38", "a=T38FaxVersion:0",
                "a=T38FaxRateManagement:transferredTCF", "a=T38FaxUdpEC:t38UDPRedundancy",
            ]
            return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
        }
        lines.append("m=audio \(address.port) \(profile) \(types)")
        if payloadTypes.contains(101) {
            lines += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"]
        }
        lines += keys.map { "a=crypto:\($0.text)" } + (handshake?.lines ?? [])
        if let checks {
            lines += checks.lines
            lines.append(
                "a=candidate:1 1 udp 2130706431 \(address.address) \(address.port) typ host")
            lines.append("a=rtcp-mux")
        }
        if !isHeldByAddress { lines.append("a=\(direction.rawValue)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    private var profile: String {
        if handshake != nil { return checks == nil ? "UDP/TLS/RTP/SAVP" : "UDP/TLS/RTP/SAVPF" }
        return keys.isEmpty ? "RTP/AVP" : "RTP/SAVP"
    }

    /// Reads the first stream of audio or fax; nil where there is none that can be sent to.
    static func read(_ bytes: [UInt8]) -> PhoneSDP? {
        var address: IPAddress?
        var port: UInt16?
        var types: [UInt8] = []
        var direction = Direction.sendrecv
        var version: UInt64 = 0
        var isInAudio = false
        var security = Security()
        var isEncrypted = false
        var isImage = false
        for line in bytes.split(whereSeparator: { $0 == 13 || $0 == 10 }) where line.count > 2 {
            let value = line.dropFirst(2)
            let isForAudio = isInAudio || port == nil
            switch line[line.startIndex] {
            case UInt8(ascii: "o"):
                let words = value.split(separator: 32)
                if words.count > 2 { version = UInt64(text(words[2])) ?? 0 }
            case UInt8(ascii: "m"):
                let words = value.split(separator: 32)
                let kind = text(words.first ?? [])
                isInAudio = ["audio", "image"].contains(kind) && port == nil
                guard isInAudio, words.count > 3 else { continue }
                isImage = kind == "image"
                port = UInt16(text(words[1]))
                isEncrypted = text(words[2]).contains("SAVP")
                types = words.dropFirst(3).compactMap { UInt8(text($0)) }
            case UInt8(ascii: "c") where isForAudio:
                let words = value.split(separator: 32)
                if words.count > 2 { address = IPAddress(utf8: words[2]) }
            case UInt8(ascii: "a") where isForAudio:
                let attribute = text(value)
                direction = Direction(rawValue: attribute) ?? direction
                security.take(attribute)
            default: break
            }
        }
        guard let address, let port, port != 0 else { return nil }
        return PhoneSDP(
            address: SocketAddress(address: address, port: port), direction: direction,
            payloadTypes: types, version: version, keys: security.keys,
            handshake: security.handshake, checks: security.checks, isEncrypted: isEncrypted,
            isImage: isImage)
    }

    /// What attributes say of keys, and of the way to them.
    private struct Security {
        var keys: [PhoneKey] = []
        private var role: Handshake.Role?
        private var certificate: [UInt8]?
        private var fragment: String?
        private var password: String?

        var handshake: Handshake? {
            guard let role, let certificate else { return nil }
            return Handshake(role: role, certificate: certificate)
        }

        var checks: PhoneCheckCredentials? {
            guard let fragment, let password else { return nil }
            return PhoneCheckCredentials(fragment: fragment, password: password)
        }

        mutating func take(_ attribute: String) {
            guard let colon = attribute.firstIndex(of: ":") else { return }
            let value = attribute[attribute.index(after: colon)...]
            switch attribute[..<colon] {
            case "crypto": PhoneKey(String(value)).map { keys.append($0) }
            case "setup": role = Handshake.Role(rawValue: String(value))
            case "fingerprint": certificate = Handshake.readCertificate(value)
            case "ice-ufrag": fragment = String(value)
            case "ice-pwd": password = String(value)
            default: break
            }
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
