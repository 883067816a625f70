import Media
import PBX
import Platform
import Wire

/// What a phone thinks of encrypted sound: drawn from the seed once.
enum PhoneEncryption: Sendable, Equatable {
    case unknown
    /// Asks for keys (SDES, RFC 4568) in calls of its own, and takes what it is offered.
    case taken
    /// It goes into no call without, and the exchange knows.
    case demanded
    /// The same two by handshake (DTLS-SRTP, RFC 5763).
    case handshakeTaken
    case handshakeDemanded
    /// As browsers do (WebRTC): by handshake, and by checks (ICE) before it.
    case browser

    /// Of a thousand worlds so many have any, and of a thousand phones there so many.
    private static let inWorlds = 400
    private static let inPhones = 500
    /// Keys in the description are the oldest way, and the most frequent one.
    private static let kinds: [PhoneEncryption] = [
        .taken, .taken, .demanded, .demanded, .handshakeTaken, .handshakeDemanded, .browser,
    ]

    /// One for each phone of a world.
    static func drawn(for count: Int, from random: SimulatedRandom) -> [PhoneEncryption] {
        guard random.happens(perThousand: inWorlds) else {
            return Array(repeating: .unknown, count: count)
        }
        return (0..<count).map { _ in
            guard random.happens(perThousand: inPhones) else { return .unknown }
            return kinds[random.number(in: 0...kinds.count - 1)]
        }
    }

    var isDemanded: Bool {
        self == .demanded || self == .handshakeDemanded || self == .browser
    }
    var isByHandshake: Bool {
        self == .handshakeTaken || self == .handshakeDemanded || self == .browser
    }

    /// As the exchange is told.
    var policy: EncryptionPolicy {
        switch self {
        case .demanded: .required
        case .handshakeDemanded: .dtls
        case .browser: .browser
        case .unknown, .taken, .handshakeTaken: .allowed
        }
    }
}

/// One key of a description: with what one party encrypts.
struct PhoneKey: Sendable, Equatable {
    /// The suites that virtual phones have, in the order in which they like them.
    enum Suite: String, Sendable, CaseIterable {
        case counter = "AES_CM_128_HMAC_SHA1_80"
        case galois = "AEAD_AES_128_GCM"
        case counterShort = "AES_CM_128_HMAC_SHA1_32"

        static let keyLength = 16
        init?(_ suite: SRTPSuite) {
            switch suite {
            case .counter128: self = .counter
            case .galois128: self = .galois
            case .counter128Short: self = .counterShort
            case .counter256, .galois256: return nil
            }
        }

        var saltLength: Int { self == .galois ? 12 : 14 }
        var proofLength: Int {
            switch self {
            case .counter: 10
            case .galois: 16
            case .counterShort: 4
            }
        }
    }

    var tag: Int
    let suite: Suite
    /// The key, then the salt.
    let bytes: [UInt8]

    init(tag: Int, _ suite: Suite, from random: any RandomSource) {
        self.tag = tag
        self.suite = suite
        bytes = random.bytes(Suite.keyLength + suite.saltLength)
    }

    /// One that a handshake has made.
    init(_ suite: Suite, bytes: [UInt8]) {
        tag = 0
        self.suite = suite
        self.bytes = bytes
    }

    /// Reads what stands behind `a=crypto:`; nil for what this phone does not have.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 3, let tag = Int(words[0]), let suite = Suite(rawValue: "\(words[1])"),
            words[2].hasPrefix("inline:"),
            let coded = words[2].dropFirst("inline:".count).split(separator: "|").first,
            let bytes = Base64.decode(String(coded)),
            bytes.count == Suite.keyLength + suite.saltLength
        else { return nil }
        self.tag = tag
        self.suite = suite
        self.bytes = bytes
    }

    var text: String { "\(tag) \(suite.rawValue) inline:\(Base64.encode(bytes))" }
}

/// With what both parties of a stream encrypt.
struct PhoneKeyPair: Sendable, Equatable {
    var own: PhoneKey
    var other: PhoneKey

    init(own: PhoneKey, other: PhoneKey) {
        self.own = own
        self.other = other
    }

    /// What two descriptions agree on: the answer names a line of the offer by its tag.
    init?(_ local: PhoneSDP, _ remote: PhoneSDP) {
        for own in local.keys {
            if let other = remote.keys.first(where: { $0.tag == own.tag && $0.suite == own.suite })
            {
                self.own = own
                self.other = other
                return
            }
        }
        return nil
    }
}

/// Keys in what this phone says of its sound.
extension VirtualPhone {
    /// Two lines of one offer, so that the answer must choose.
    private static let offered = 2

    /// What the first offer of a call of ours says.
    func drawKeys() -> [PhoneKey] {
        guard setup.encryption == .taken || setup.encryption == .demanded else { return [] }
        var suites = PhoneKey.Suite.allCases
        let first = whim.number(in: 0...suites.count - 1)
        suites = Array(suites[first...] + suites[..<first])
        return suites.prefix(Self.offered).enumerated().map { index, suite in
            PhoneKey(tag: index + 1, suite, from: whim)
        }
    }

    /// How an offer of ours wants keys to be made; nil where not by handshake.
    func drawHandshake() -> PhoneSDP.Handshake? {
        guard setup.encryption.isByHandshake else { return nil }
        return PhoneSDP.Handshake(role: .actpass, certificate: setup.certificate)
    }

    /// What proves the checks of an offer of ours; nil where it makes none.
    func drawChecks() -> PhoneCheckCredentials? {
        setup.encryption == .browser ? PhoneCheckCredentials(from: whim) : nil
    }

    /// Who begins: whoever did before; behind a box this phone, whose first datagram opens the way.
    private func chooseRole(_ offered: PhoneSDP.Handshake.Role) -> PhoneSDP.Handshake.Role {
        switch offered {
        case .active: return .passive
        case .passive: return .active
        case .actpass: break
        }
        if let begins = call?.beginsHandshake { return begins ? .active : .passive }
        let own = place.signallingAddress(habits.transport).address
        return Translators.isClaimed(own) || whim.happens(perThousand: 500) ? .active : .passive
    }

    /// The same again, or others: phones of both kinds there are.
    func keysForOffer(after before: [PhoneKey]) -> [PhoneKey] {
        guard manners.contains(.changesKeys) else { return before }
        return before.map { PhoneKey(tag: $0.tag, $0.suite, from: whim) }
    }

    /// The answer to an offer, with a key of ours where it brings one.
    func answer(_ offer: PhoneSDP, in audio: AudioProbe, after before: PhoneSDP?) -> PhoneSDP {
        var answer = offer.answer(
            at: audio.address, version: before?.version ?? 1, taking: quirks.payloadTypes)
        if let theirs = offer.handshake, setup.encryption.isByHandshake {
            answer.handshake = PhoneSDP.Handshake(
                role: chooseRole(theirs.role), certificate: setup.certificate)
            if offer.checks != nil { answer.checks = before?.checks ?? drawChecks() }
            return answer
        }
        guard let chosen = offer.keys.first else { return answer }
        var key = before?.keys.first { $0.suite == chosen.suite }
        if manners.contains(.changesKeys) { key = nil }
        if key != nil { key?.tag = chosen.tag }
        answer.keys = [key ?? PhoneKey(tag: chosen.tag, chosen.suite, from: whim)]
        return answer
    }

    /// Whether an offer encrypts as this phone's policy has it.
    func judgeKeys(ofOffer offer: PhoneSDP) {
        if offer.isEncrypted, offer.keys.isEmpty, offer.handshake == nil {
            complain("an offer without a key that phones have")
        }
        if setup.encryption.isDemanded, !offer.isEncrypted {
            complain("an offer in the clear to who takes none")
        }
        if setup.encryption == .unknown, offer.isEncrypted {
            complain("an offer of keys to a phone without any")
        }
        if offer.isEncrypted, setup.encryption.isByHandshake != (offer.handshake != nil) {
            complain("an offer of keys that are made another way than this phone's")
        }
        if setup.encryption == .browser, offer.isEncrypted, offer.checks == nil {
            complain("an offer without checks to a browser")
        }
    }

    /// Whether an answer encrypts as was offered (RFC 4568 §5.1.2).
    func judgeKeys(of answer: PhoneSDP, to offer: PhoneSDP) {
        if offer.handshake != nil {
            guard let theirs = answer.handshake, theirs.role != .actpass else {
                return complain("an answer that takes no part in the offered handshake")
            }
            if offer.checks != nil, answer.checks == nil {
                complain("an answer without checks to an offer with them")
            }
            return
        }
        guard !offer.keys.isEmpty else {
            if answer.isEncrypted { complain("an answer with keys to an offer without") }
            return
        }
        guard answer.isEncrypted, answer.keys.count == 1, PhoneKeyPair(offer, answer) != nil else {
            return complain("an answer that takes none of the offered keys")
        }
    }
}
