import Media
import Platform
import Wire

/// How keys come about in a simulated world: what DTLS-SRTP does (RFC 5764) in three datagrams, without
/// its cryptography.
///
///     who begins ── hello: certificate, chance, suites ──►
///                ◄── answer: certificate, chance, suite ── who waits
///                ── done ──►
///
/// OpenSSL would draw chance and time of another world. What is the exchange's own is the same: who
/// begins, whom a certificate belongs to, from when on keys count, and what comes of losses.
///
/// A pure core.
struct SimulatedHandshake: Sendable {
    enum Outcome: Sendable, Equatable {
        /// A key, then its salt, of each party.
        case keys(SRTPSuite, own: [UInt8], other: [UInt8])
        case failed
    }

    private enum Kind: UInt8 {
        case hello = 1, answer, done
    }

    /// What got no answer goes again after it.
    static let pause = Duration.seconds(1)
    /// Then an unfinished one has failed.
    static let patience = Duration.seconds(30)
    /// Bytes of a certificate's SHA-256.
    static let certificateLength = 32

    private static let chanceLength = 16
    private static let proofLength = 8
    /// A record of a handshake (RFC 7983: 20 to 63).
    private static let contentType: UInt8 = 22

    private let begins: Bool
    private let certificate: [UInt8]
    private let expected: [UInt8]
    private let suites: [SRTPSuite]
    private let chance: [UInt8]
    /// What was sent last: it goes again.
    private var last: [UInt8] = []
    private(set) var isOver = false

    /// - Parameters:
    ///   - certificate: the hash of our own.
    ///   - expected: of the party's, as its description names it.
    ///   - suites: those that we have, our favourite first.
    init(
        begins: Bool, certificate: [UInt8], expected: [UInt8], suites: [SRTPSuite],
        random: any RandomSource
    ) {
        self.begins = begins
        self.certificate = certificate
        self.expected = expected
        self.suites = suites
        chance = random.bytes(Self.chanceLength)
    }

    /// Whether that may be a datagram of a handshake.
    static func isDatagram(_ bytes: [UInt8]) -> Bool { bytes.first == contentType }

    /// The first datagram, of who begins.
    mutating func begin() -> [UInt8]? {
        guard begins else { return nil }
        last = datagram(.hello, echo: Array(repeating: 0, count: Self.chanceLength), suites)
        return last
    }

    /// What is to be said again.
    func repetition() -> [UInt8]? { isOver || last.isEmpty ? nil : last }

    /// Takes a datagram: what is to be said to it, and once what came of it all. One that is damaged
    /// never came.
    mutating func receive(_ bytes: [UInt8]) -> (reply: [UInt8]?, outcome: Outcome?) {
        guard let (kind, theirs, chance, echo, offered) = Self.read(bytes) else {
            return (nil, nil)
        }
        switch kind {
        case .hello where !begins:
            guard theirs == expected, let suite = suites.first(where: offered.contains) else {
                return fail()
            }
            last = datagram(.answer, echo: chance, [suite])
            return (last, nil)
        case .answer where begins && echo == self.chance:
            let done = datagram(.done, echo: chance, offered)
            // It has not heard that we heard it.
            guard !isOver else { return (done, nil) }
            guard theirs == expected, let suite = offered.first, suites.contains(suite) else {
                return fail()
            }
            isOver = true
            return (done, keys(suite, self.chance + chance))
        case .done where !begins && echo == self.chance && !isOver:
            guard theirs == expected, let suite = offered.first else { return fail() }
            isOver = true
            return (nil, keys(suite, chance + self.chance))
        case .hello, .answer, .done:
            return (nil, nil)  // Late, or of a handshake of before.
        }
    }

    private mutating func fail() -> ([UInt8]?, Outcome?) {
        guard !isOver else { return (nil, nil) }
        isOver = true
        return (nil, .failed)
    }

    /// - Parameter chances: of who begins, then of the other.
    private func keys(_ suite: SRTPSuite, _ chances: [UInt8]) -> Outcome {
        let length = suite.keyLength + suite.saltLength
        let (first, second) = (
            Array(HMAC.sha256(key: chances, [0]).prefix(length)),
            Array(HMAC.sha256(key: chances, [1]).prefix(length))
        )
        return begins
            ? .keys(suite, own: first, other: second) : .keys(suite, own: second, other: first)
    }

    private func datagram(_ kind: Kind, echo: [UInt8], _ suites: [SRTPSuite]) -> [UInt8] {
        let codes = suites.compactMap { SRTPSuite.allCases.firstIndex(of: $0) }.map { UInt8($0) }
        let body = [Self.contentType, kind.rawValue] + certificate + chance + echo + codes
        return body + HMAC.sha256(key: [], body).prefix(Self.proofLength)
    }

    private static func read(
        _ bytes: [UInt8]
    ) -> (Kind, certificate: [UInt8], chance: [UInt8], echo: [UInt8], [SRTPSuite])? {
        let head = 2 + certificateLength + 2 * chanceLength
        let end = bytes.count - proofLength
        guard end > head, bytes[0] == contentType, let kind = Kind(rawValue: bytes[1]),
            HMAC.sha256(key: [], Array(bytes[..<end])).prefix(proofLength)
                .elementsEqual(bytes[end...])
        else { return nil }
        let chance = 2 + certificateLength
        let echo = chance + chanceLength
        let suites = bytes[head..<end].compactMap { code in
            Int(code) < SRTPSuite.allCases.count ? SRTPSuite.allCases[Int(code)] : nil
        }
        return (
            kind, Array(bytes[2..<chance]), Array(bytes[chance..<echo]), Array(bytes[echo..<head]),
            suites
        )
    }
}
