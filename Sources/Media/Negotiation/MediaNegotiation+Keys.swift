import Wire

/// Whether a party's streams are encrypted.
public struct SecurityPolicy: Hashable, Sendable {
    public enum Demand: Hashable, Sendable {
        /// Keys are neither offered nor taken.
        case never
        /// As the party offers it.
        case allowed
        /// A stream in the clear is refused.
        case required
    }

    public var demand: Demand
    /// Our offers bring keys. They stand in the description for all to read that can read it: false
    /// where the signalling is in the clear, unless encryption is required.
    public var offersKeys: Bool
    /// Of our certificate; without one no keys are made by handshake (DTLS-SRTP).
    public var fingerprint: CertificateFingerprint?
    /// Our offers ask for a handshake instead of bringing keys.
    public var offersHandshake: Bool
    /// Our offers let the party find its way by checks (ICE): what browsers insist on. Offers that it
    /// makes are taken with checks or without.
    public var offersChecks: Bool

    public init(
        demand: Demand, offersKeys: Bool, fingerprint: CertificateFingerprint? = nil,
        offersHandshake: Bool = false, offersChecks: Bool = false
    ) {
        self.demand = demand
        self.offersKeys = offersKeys
        self.fingerprint = fingerprint
        self.offersHandshake = offersHandshake
        self.offersChecks = offersChecks
    }

    public static let none = SecurityPolicy(demand: .never, offersKeys: false)
}

/// Makes our keys, from a secret that was drawn at random for this dialog alone.
struct KeyMaker: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    private var secret: [UInt8] = []
    private var madeCount: UInt64 = 0

    /// Bytes of a secret.
    static let secretLength = 32

    var isReady: Bool { !secret.isEmpty }
    var description: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }

    mutating func take(_ secret: [UInt8]) {
        self.secret = secret
    }

    /// A key that was never made before; nil without a secret.
    mutating func make(_ suite: SRTPSuite) -> SRTPKey? {
        guard isReady else { return nil }
        madeCount += 1
        let bytes =
            HMAC.sha256(key: secret, name + [0]) + HMAC.sha256(key: secret, name + [1])
        return SRTPKey(suite, bytes: Array(bytes.prefix(suite.keyLength + suite.saltLength)))
    }

    /// Credentials that were never made before: 48 bits of name, 144 of password (RFC 8445 §5.3 wants
    /// 24 and 128); nil without a secret.
    mutating func makeCredentials() -> ICECredentials? {
        guard isReady else { return nil }
        madeCount += 1
        let bytes = HMAC.sha256(key: secret, name + [2])
        return ICECredentials(
            fragment: Base64.encode(Array(bytes[..<6])),
            password: Base64.encode(Array(bytes[6..<24])))
    }

    private var name: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: madeCount >> UInt64(8 * $0)) }
    }
}

/// Keys in the description (SDES, RFC 4568).
extension MediaNegotiation {
    /// How many random bytes ``take(secret:)`` wants.
    public static var secretLength: Int { KeyMaker.secretLength }

    /// False until a secret was taken: no keys are offered or answered without.
    public var hasSecret: Bool { keyMaker.isReady }

    /// Takes what our keys are made of, drawn at random for this dialog.
    public mutating func take(secret: [UInt8]) {
        keyMaker.take(secret)
    }

    /// How the first stream that is encrypted is; nil where everything is in the clear.
    public var suite: SRTPSuite? {
        lines.lazy.filter { $0.stream != nil }.compactMap { $0.keys?.sent.suite }.first
    }

    /// Chooses among the keys that the remote party offers, its favourite first; false where the line
    /// can't be as it is. Our own key stays while the suite does.
    mutating func chooseKey(
        of line: MediaDescription, in offer: SessionDescription, for taken: inout NegotiatedLine,
        previous: NegotiatedLine?
    ) -> Bool {
        guard line.kind != .image else { return true }
        if line.profile.isHandshakeKeyed {
            return chooseHandshake(of: line, in: offer, for: &taken, previous: previous)
        }
        let offered = policy.security.demand == .never ? nil : line.cryptoAttributes.first
        if let offered {
            let suite = offered.key.suite
            let former = previous?.keys?.sent
            if let own = former?.suite == suite ? former : keyMaker.make(suite) {
                taken.localCrypto = [CryptoAttribute(tag: offered.tag, key: own)]
                taken.keys = SRTPKeyPair(sent: own, received: offered.key)
                return true
            }
        }
        return line.profile.isPlainRTP && policy.security.demand != .required
    }

    /// Chooses who begins the handshake that the remote party offers: it, where that is left to us, for
    /// its first datagram may have to open a way through NAT; but whoever began before begins again.
    private func chooseHandshake(
        of line: MediaDescription, in offer: SessionDescription, for taken: inout NegotiatedLine,
        previous: NegotiatedLine?
    ) -> Bool {
        guard policy.security.demand != .never, let own = policy.security.fingerprint,
            let theirs = offer.fingerprint(of: line), let role = offer.setup(of: line)
        else { return false }
        let begins =
            switch role {
            case .active: false
            case .passive: true
            case .either: previous?.handshake?.begins ?? false
            }
        taken.localFingerprint = own
        taken.localRole = begins ? .active : .passive
        taken.handshake = HandshakeTerms(begins: begins, fingerprint: theirs)
        return true
    }

    /// Puts our keys on a line that is offered; false where it may not be offered without. What both
    /// agreed on before is offered again: in the clear, or under the same key.
    mutating func offerKeys(on line: inout NegotiatedLine) -> Bool {
        let security = policy.security
        guard line.kind != .image else {
            line.dropKeys()
            return true
        }
        if line.stream != nil {
            if line.keys != nil { return true }
            if line.handshake != nil {
                line.localRole = .either  // RFC 8842 §5.2: whatever was agreed before.
                return true
            }
            guard security.demand == .required else { return line.profile.isPlainRTP }
        }
        line.dropKeys()
        if security.offersHandshake {
            line.profile = security.offersChecks ? .browser : .dtlsSAVP
            if security.offersChecks { line.localChecks = keyMaker.makeCredentials() }
            line.localFingerprint = security.fingerprint
            line.localRole = .either
            line.isMuxed = true
            return security.fingerprint != nil
        }
        if security.demand != .never, security.offersKeys {
            for (index, suite) in SRTPSuite.allCases.enumerated() {
                guard let key = keyMaker.make(suite) else { break }
                line.localCrypto.append(CryptoAttribute(tag: UInt32(index + 1), key: key))
            }
        }
        let isRequired = security.demand == .required
        // Where it is a choice the profile stays plain: who doesn't know the attribute passes it over,
        // and talks in the clear (the way of nearly every phone that has both).
        line.profile = isRequired ? .rtpSAVP : .rtpAVP
        return !isRequired || !line.localCrypto.isEmpty
    }

    /// Takes the key of an answer; false where the stream can't stand with it.
    func takeKey(
        of line: MediaDescription, in answer: SessionDescription, for mine: inout NegotiatedLine
    ) -> Bool {
        if mine.localRole != nil {
            guard line.profile.isHandshakeKeyed, let theirs = answer.fingerprint(of: line),
                let role = answer.setup(of: line), role != .either
            else { return false }
            mine.handshake = HandshakeTerms(begins: role == .passive, fingerprint: theirs)
            return true
        }
        for theirs in line.cryptoAttributes {
            guard
                let own = mine.localCrypto.first(where: {
                    $0.tag == theirs.tag && $0.key.suite == theirs.key.suite
                })
            else { continue }
            mine.localCrypto = [own]
            mine.keys = SRTPKeyPair(sent: own.key, received: theirs.key)
            return line.profile.isPlainRTP || line.profile.isDescriptionKeyed
        }
        mine.dropKeys()
        return line.profile.isPlainRTP && mine.profile.isPlainRTP
            && policy.security.demand != .required
    }
}
