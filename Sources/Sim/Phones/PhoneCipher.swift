import Wire

/// SRTP as a phone has it (RFC 3711, RFC 7714), of one direction under one key: RTP alone.
///
/// On purpose not Media's: the phone is a second opinion on rollover counters and proofs.
final class PhoneCipher {
    private let suite: PhoneKey.Suite
    private let salt: [UInt8]
    private let counter: CounterCipher
    private let proof: KeyedSHA1
    private let galois: GaloisCipher
    /// The highest index of each source.
    private var highest: [UInt32: Int64] = [:]

    init(_ key: PhoneKey, seals: Bool) {
        suite = key.suite
        let whole = Array(key.bytes.prefix(PhoneKey.Suite.keyLength))
        let wholeSalt = Array(key.bytes.dropFirst(PhoneKey.Suite.keyLength))
        let own = Self.derived(0, PhoneKey.Suite.keyLength, whole, wholeSalt)
        counter = CounterCipher(key: own)
        galois = GaloisCipher(key: own, seals: seals)
        proof = KeyedSHA1(key: Self.derived(1, 20, whole, wholeSalt))
        salt = Self.derived(2, key.suite.saltLength, whole, wholeSalt)
    }

    /// RFC 3711 §4.3.3: the keystream of the master key, from a block that names what it is for.
    private static func derived(
        _ label: UInt8, _ count: Int, _ whole: [UInt8], _ salt: [UInt8]
    ) -> [UInt8] {
        var block = salt + [UInt8](repeating: 0, count: 16 - salt.count)
        block[7] ^= label
        var made = [UInt8](repeating: 0, count: count)
        made.withUnsafeMutableBufferPointer {
            CounterCipher(key: whole).apply(
                high: number(block[..<8]), low: number(block[8...]), to: $0)
        }
        return made
    }

    /// Encrypts what stands behind the header, and adds the proof.
    func seal(_ packet: [UInt8]) -> [UInt8] {
        let index = takeIndex(of: packet)
        var sealed = packet + Array(repeating: 0, count: suite.proofLength)
        _ = apply(index, to: &sealed, end: packet.count, seals: true)
        note(index, of: packet)
        return sealed
    }

    /// The packet in the clear; nil where its proof is wrong.
    func open(_ packet: [UInt8]) -> [UInt8]? {
        let end = packet.count - suite.proofLength
        guard end >= AudioProbe.headerLength else { return nil }
        let index = takeIndex(of: packet)
        var opened = packet
        guard index >= 0, apply(index, to: &opened, end: end, seals: false) else { return nil }
        note(index, of: packet)
        return Array(opened[..<end])
    }

    // MARK: Index

    /// RFC 3711 §3.3.1: that of the three possible ones that lies next to the highest.
    private func takeIndex(of packet: [UInt8]) -> Int64 {
        let number = Int64(packet[2]) << 8 | Int64(packet[3])
        guard let highest = highest[Self.source(of: packet)] else { return number }
        let last = highest & 0xFFFF
        var turn = highest >> 16
        if last < 0x8000, number - last > 0x8000 { turn -= 1 }
        if last >= 0x8000, last - 0x8000 > number { turn += 1 }
        return turn << 16 | number
    }

    private func note(_ index: Int64, of packet: [UInt8]) {
        let source = Self.source(of: packet)
        highest[source] = max(highest[source] ?? index, index)
    }

    private static func source(of packet: [UInt8]) -> UInt32 {
        packet[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
    }

    // MARK: Bytes

    /// Encrypts and proves, or checks and decrypts, in place; false where the proof is wrong.
    private func apply(_ index: Int64, to packet: inout [UInt8], end: Int, seals: Bool) -> Bool {
        let header = AudioProbe.headerLength
        let first = block(index, Self.source(of: packet))
        return packet.withUnsafeMutableBufferPointer { bytes in
            func part(_ range: Range<Int>) -> UnsafeMutableBufferPointer<UInt8> {
                UnsafeMutableBufferPointer(rebasing: bytes[range])
            }
            guard suite != .galois else {
                guard let tag = part(end..<bytes.count).baseAddress else { return false }
                let nonce = nonce(first)
                return galois.apply(
                    head: UInt32(Self.number(nonce[..<4])), tail: Self.number(nonce[4...]),
                    header: part(0..<header), trailer: nil, to: part(header..<end), tag: tag)
            }
            let high = Self.number(first[..<8]), low = Self.number(first[8...])
            if seals { counter.apply(high: high, low: low, to: part(header..<end)) }
            let code = proof.code(of: part(0..<end), tail: UInt32(truncatingIfNeeded: index >> 16))
            for place in 0..<suite.proofLength {
                if seals {
                    bytes[end + place] = code[place]
                } else if bytes[end + place] != code[place] {
                    return false
                }
            }
            if !seals { counter.apply(high: high, low: low, to: part(header..<end)) }
            return true
        }
    }

    /// Source and index as RFC 3711 §4.1.1 places them, added to the salt.
    private func block(_ index: Int64, _ source: UInt32) -> [UInt8] {
        var block = salt + [UInt8](repeating: 0, count: 16 - salt.count)
        for byte in 0..<4 { block[4 + byte] ^= UInt8(source >> UInt32(24 - 8 * byte) & 0xFF) }
        for byte in 0..<6 { block[8 + byte] ^= UInt8(index >> Int64(40 - 8 * byte) & 0xFF) }
        return block
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// RFC 7714 §8.1: two bytes of nothing, source and index, added to the salt.
    private func nonce(_ block: [UInt8]) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: 12)
        for place in 0..<12 {
            // The block has both two bytes further back; what it has of the salt is taken out.
            let added = block[place + 2] ^ (place + 2 < salt.count ? salt[place + 2] : 0)
            nonce[place] = salt[place] ^ (place < 2 ? 0 : added)
        }
        return nonce
    }
}
