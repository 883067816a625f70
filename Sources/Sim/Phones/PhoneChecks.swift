import Platform
import Wire

/// The name and password that prove one side's checks (RFC 8445 §5.3).
struct PhoneCheckCredentials: Sendable, Equatable {
    var fragment: String
    var password: String

    init(fragment: String, password: String) {
        self.fragment = fragment
        self.password = password
    }

    init(from random: any RandomSource) {
        fragment = random.token(8)
        password = random.token(24)
    }

    var lines: [String] { ["a=ice-ufrag:\(fragment)", "a=ice-pwd:\(password)"] }
}

/// The checks of a phone that finds its way as a browser does (ICE, RFC 8445), to a side that makes none
/// itself: it controls, takes the first way that answers, and asks every few seconds whether it may
/// go on sending (RFC 7675).
///
/// On purpose not Wire's: the phone is a second opinion on STUN.
struct PhoneChecks: Sendable {
    private static let firstPause = Duration.milliseconds(250)
    private static let pause = Duration.seconds(5)
    /// Without an answer for so long there is no leave to send (RFC 7675 §5.1).
    private static let patience = Duration.seconds(30)
    private static let cookie: [UInt8] = [0x21, 0x12, 0xA4, 0x42]
    private static let transactionLength = 12
    private static let proofLength = 20

    let own: PhoneCheckCredentials
    let other: PhoneCheckCredentials
    private let tieBreaker: [UInt8]
    private let random: any RandomSource
    /// Requests that may still be answered, the last ones.
    private var open: [[UInt8]] = []
    private var lastAnswer: Instant?
    /// When the next check is due.
    private(set) var next = Instant.start

    init(
        own: PhoneCheckCredentials, other: PhoneCheckCredentials, random: any RandomSource
    ) {
        self.own = own
        self.other = other
        self.random = random
        tieBreaker = random.bytes(8)
    }

    /// Whether a datagram may be an answer (RFC 7983: 0 to 3).
    static func isDatagram(_ bytes: [UInt8]) -> Bool { bytes.first.map { $0 < 4 } ?? false }

    /// Whether sound may go out.
    func isOpen(now: Instant) -> Bool {
        lastAnswer.map { now - $0 < Self.patience } ?? false
    }

    /// A check, that chooses the way at once.
    mutating func check(now: Instant) -> [UInt8] {
        next = now + (isOpen(now: now) ? Self.pause : Self.firstPause)
        let transaction = random.bytes(Self.transactionLength)
        open = open.suffix(7) + [transaction]
        let priority: [UInt8] = [0x6E, 0x00, 0x1E, 0xFF]
        var attributes = Self.attribute(0x0006, Array("\(other.fragment):\(own.fragment)".utf8))
        attributes += Self.attribute(0x0024, priority) + Self.attribute(0x0025, [])
        attributes += Self.attribute(0x802A, tieBreaker)
        let head: [UInt8] = [0x00, 0x01]
        let tail = Self.cookie + transaction + attributes
        let proof = Self.proof(other.password, head + Self.length(tail, adding: 24) + tail)
        let proved = tail + Self.attribute(0x0008, proof)
        let sum = Self.checksum(head + Self.length(proved, adding: 8) + proved) ^ 0x5354_554E
        let print = (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32($0))) }
        let whole = proved + Self.attribute(0x8028, print)
        return head + Self.length(whole, adding: 0) + whole
    }

    /// Takes an answer; true where it is the first one, or the first for long.
    mutating func receive(_ bytes: [UInt8], now: Instant) -> Bool {
        guard bytes.count > 20, bytes[0] == 0x01, bytes[1] == 0x01,
            bytes[4..<8].elementsEqual(Self.cookie),
            let place = open.firstIndex(where: { bytes[8..<20].elementsEqual($0) }),
            isProved(bytes)
        else { return false }
        open.remove(at: place)
        let wasOpen = isOpen(now: now)
        lastAnswer = now
        return !wasOpen
    }

    /// With the password of who answers (RFC 8445 §7.2.5.2.2 and RFC 8489 §9.1.4).
    private func isProved(_ bytes: [UInt8]) -> Bool {
        var offset = 20
        while offset + 4 <= bytes.count {
            let kind = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            guard offset + 4 + length <= bytes.count else { return false }
            if kind == 0x0008, length == Self.proofLength {
                let covered = offset - 20 + 4 + Self.proofLength
                var signed = Array(bytes[..<offset])
                signed[2] = UInt8(covered >> 8)
                signed[3] = UInt8(covered & 0xFF)
                return Self.proof(other.password, signed)
                    .elementsEqual(bytes[(offset + 4)..<(offset + 4 + length)])
            }
            offset += 4 + (length + 3) & ~3
        }
        return false
    }

    private static func attribute(_ kind: Int, _ value: [UInt8]) -> [UInt8] {
        let head = [
            UInt8(kind >> 8), UInt8(kind & 0xFF), UInt8(value.count >> 8),
            UInt8(value.count & 0xFF),
        ]
        return head + value + Array(repeating: 0, count: (4 - value.count % 4) % 4)
    }

    /// The length field, of what follows cookie and transaction, and as many bytes that are to come.
    private static func length(_ tail: [UInt8], adding more: Int) -> [UInt8] {
        let count = tail.count - cookie.count - transactionLength + more
        return [UInt8(count >> 8), UInt8(count & 0xFF)]
    }

    private static func proof(_ password: String, _ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let code = bytes.withUnsafeMutableBufferPointer {
            KeyedSHA1(key: Array(password.utf8)).code(of: $0, tail: nil)
        }
        return (0..<proofLength).map { code[$0] }
    }

    /// CRC-32 of ISO 3309, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
