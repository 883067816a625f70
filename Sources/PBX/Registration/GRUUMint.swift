import Platform
import SIPStack
import Wire

/// Makes and reads the URIs that lead to one device of an extension (GRUU, RFC 5627).
///
/// A public one is the extension's URI with the device's instance ID: good for ever. A temporary one
/// says nothing of whose it is to anybody but us, no two can be told to be of one device, and it is
/// good for as long as the registration under whose Call-ID it was given (§3.1.2). Nothing is kept
/// for one: it holds, sealed, the extension and a mark of instance and Call-ID, which a binding must
/// bear.
///
///     user = "tgruu." hex(seal: 10 bytes, veiled: extension ID 8, mark 8, salt 6)
///     seal = HMAC(key, 1 plain), veil = HMAC(key, 2 seal)
struct GRUUMint: Sendable {
    /// Which of an extension's devices a request is for.
    enum Choice: Hashable, Sendable {
        case every
        case instance(String)
        /// By a temporary GRUU.
        case registration(mark: UInt64)
    }

    static let keyLength = 32
    private static let prefix = "tgruu."
    private static let sealLength = 10
    private static let plainLength = 22

    private let key: [UInt8]
    private let host: Host

    init(key: [UInt8], host: Host) {
        self.key = key
        self.host = host
    }

    func publicURI(of number: ExtensionNumber, instance: String) -> URI {
        var uri = SIPURI(user: number.digits, host: host)
        uri.setGRUU(instance)
        return .sip(uri)
    }

    /// - Parameter salt: drawn at random; 48 bits of it count.
    func temporaryURI(
        of extensionID: ExtensionID, instance: String, sipCallID: String, salt: UInt64
    ) -> URI {
        var plain = Self.bytes(UInt64(bitPattern: extensionID.number))
        plain += Self.bytes(Self.mark(instance: instance, sipCallID: sipCallID))
        plain += Self.bytes(salt).suffix(Self.plainLength - plain.count)
        let seal = seal(plain)
        var uri = SIPURI(user: Self.prefix + hex(seal + veiled(plain, under: seal)), host: host)
        uri.setGRUU(nil)
        return .sip(uri)
    }

    /// Whose a temporary GRUU is; nil for one that is none of ours.
    func read(_ uri: SIPURI) -> (extensionID: ExtensionID, mark: UInt64)? {
        guard Self.isTemporary(uri),
            let token = uri.user.flatMap({
                Wire.bytes(hex: String($0.dropFirst(Self.prefix.count)))
            }),
            token.count == Self.sealLength + Self.plainLength
        else { return nil }
        let seal = Array(token.prefix(Self.sealLength))
        let plain = veiled(Array(token.dropFirst(Self.sealLength)), under: seal)
        guard constantTimeEqual(seal, self.seal(plain)) else { return nil }
        let number = Int64(bitPattern: Self.number(plain[0..<8]))
        return (ExtensionID(number: number), Self.number(plain[8..<16]))
    }

    /// Whether a URI is one of ours.
    func isMine(_ uri: SIPURI) -> Bool { uri.isGRUU && uri.host == host }

    static func isTemporary(_ uri: SIPURI) -> Bool { uri.user?.hasPrefix(prefix) ?? false }

    /// What a binding must bear for a temporary GRUU to lead there.
    static func mark(instance: String, sipCallID: String) -> UInt64 {
        let digest = MessageDigest.sha256(Array(instance.utf8) + [0] + Array(sipCallID.utf8))
        return number(digest[0..<8])
    }

    private func seal(_ plain: [UInt8]) -> [UInt8] {
        Array(HMAC.sha256(key: key, [1] + plain).prefix(Self.sealLength))
    }

    private func veiled(_ text: [UInt8], under seal: [UInt8]) -> [UInt8] {
        zip(text, HMAC.sha256(key: key, [2] + seal)).map { $0 ^ $1 }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension Binding {
    /// Whether that choice means this device.
    func isMeant(by choice: GRUUMint.Choice) -> Bool {
        switch choice {
        case .every: true
        case .instance(let wanted): instance == wanted
        case .registration(let mark):
            instance.map { GRUUMint.mark(instance: $0, sipCallID: sipCallID) == mark } ?? false
        }
    }
}
