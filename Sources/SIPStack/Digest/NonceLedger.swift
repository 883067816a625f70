import Platform
import Wire

/// Makes nonces that prove themselves, and remembers which counts of them were used.
///
/// A nonce is its time of birth, a random part, and a code over both with a key that only this
/// process has: 64 hexadecimal digits. Nothing is kept of a nonce until it is used.
struct NonceLedger: Sendable {
    /// What a nonce's use comes to.
    enum Use: Hashable, Sendable {
        case fresh
        /// Not ours, too old, or forgotten.
        case stale
        /// That count was used before, or is too far behind.
        case replayed
    }

    /// Nonces in use at most. Beyond it the one that was used first is forgotten, and all that are
    /// not younger become stale: their owners are challenged once more.
    static var capacity: Int { 16_384 }
    /// How far behind the highest count another may come: requests overtake each other over UDP.
    static var window: UInt32 { 64 }

    fileprivate struct Counts: Sendable {
        var highest: UInt32
        /// Bit n: the count n below the highest was used.
        var used: UInt64
    }

    private let key: [UInt8]
    private let lifetime: Duration
    private var counts: [String: Counts] = [:]
    /// Nonces in the order of their first use, from `firstIndex` on.
    private var order: [(nonce: String, birth: Instant)] = []
    private var firstIndex = 0
    /// Nonces born at or before this are stale unless they are kept.
    private var forgottenUpTo: Instant?

    init(key: [UInt8], lifetime: Duration) {
        self.key = key
        self.lifetime = lifetime
    }

    /// How many nonces are kept.
    var count: Int { counts.count }

    func make(now: Instant, random: any RandomSource) -> String {
        var writer = ByteWriter(reserving: 36)
        writer.write(UInt64(bitPattern: now.nanoseconds))
        writer.write(random.next())
        return hex(writer.bytes + code(of: writer.bytes))
    }

    /// Uses a nonce with a count; 1 where the client counts nothing, so that it is good for once.
    mutating func use(_ nonce: String, count: UInt32, now: Instant) -> Use {
        guard count > 0, let birth = birth(of: nonce), birth <= now, now - birth <= lifetime
        else { return .stale }
        forget(now: now)
        guard let kept = counts[nonce] else {
            if let forgottenUpTo, birth <= forgottenUpTo { return .stale }
            keep(nonce, birth: birth, count: count)
            return .fresh
        }
        guard let next = kept.adding(count) else { return .replayed }
        counts[nonce] = next
        return .fresh
    }

    /// When one of our nonces was made; nil for what is none of ours.
    private func birth(of nonce: String) -> Instant? {
        guard nonce.utf8.count == 64, let bytes = bytes(hex: nonce),
            constantTimeEqual(code(of: Array(bytes[..<16])), bytes[16...])
        else { return nil }
        var reader = ByteReader(bytes)
        return reader.readUInt64().map { Instant(nanoseconds: Int64(bitPattern: $0)) }
    }

    private func code(of bytes: [UInt8]) -> [UInt8] {
        Array(HMAC.sha256(key: key, bytes).prefix(16))
    }

    private mutating func keep(_ nonce: String, birth: Instant, count: UInt32) {
        if counts.count >= Self.capacity { forgetFirst() }
        counts[nonce] = Counts(highest: count, used: 1)
        order.append((nonce, birth))
    }

    /// Forgets the nonces that are too old to be used again.
    private mutating func forget(now: Instant) {
        while firstIndex < order.count, now - order[firstIndex].birth > lifetime { forgetFirst() }
    }

    private mutating func forgetFirst() {
        let (nonce, birth) = order[firstIndex]
        counts[nonce] = nil
        forgottenUpTo = max(forgottenUpTo ?? birth, birth)
        firstIndex += 1
        if firstIndex * 2 > order.count {
            order.removeFirst(firstIndex)
            firstIndex = 0
        }
    }
}

extension NonceLedger.Counts {
    /// With one more count used; nil where it was used before or is too far behind.
    fileprivate func adding(_ count: UInt32) -> Self? {
        if count > highest {
            let step = count - highest
            let shifted = step < NonceLedger.window ? used << UInt64(step) : 0
            return Self(highest: count, used: shifted | 1)
        }
        let behind = highest - count
        guard behind < NonceLedger.window, used >> UInt64(behind) & 1 == 0 else { return nil }
        return Self(highest: highest, used: used | 1 << UInt64(behind))
    }
}
