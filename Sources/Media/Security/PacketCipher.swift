import Wire

/// What one key makes for the packets of one direction (RFC 3711 §4.3): RTP's keys or RTCP's.
///
/// Nothing is allocated for a packet. One thread at a time.
final class PacketCipher {
    private enum Locks {
        case counter(CounterCipher, KeyedSHA1)
        case galois(GaloisCipher)
    }

    /// RTCP's labels follow RTP's (RFC 3711 §4.3.1, §4.3.2).
    enum Use: UInt8 {
        case media = 0
        case control = 3
    }

    private let locks: Locks
    /// As the first block or the nonce begins.
    private let salt: CounterCipher.Block
    let tagLength: Int
    var isGalois: Bool { if case .galois = locks { true } else { false } }

    init(_ key: SRTPKey, for use: Use, seals: Bool) {
        let suite = key.suite
        let label = use.rawValue
        let own = key.derived(label: label, count: suite.keyLength)
        let salt = key.derived(label: label + 2, count: suite.saltLength)
        var block = CounterCipher.Block(repeating: 0)
        for index in salt.indices { block[index] = salt[index] }
        self.salt = block
        tagLength = use == .media ? suite.tagLength : suite.controlTagLength
        if suite.isGalois {
            locks = .galois(GaloisCipher(key: own, seals: seals))
        } else {
            let proof = key.derived(label: label + 1, count: 20)
            locks = .counter(CounterCipher(key: own), KeyedSHA1(key: proof))
        }
    }

    /// A packet in its room: header, what is encrypted, what stands behind that, and the tag.
    struct Layout {
        var header: Int
        /// Where what is encrypted ends.
        var end: Int
        var ssrc: UInt32
        /// RTP's 48 bits, or RTCP's 31 with the bit that says it is encrypted.
        var index: UInt64
        var use: Use
    }

    /// Encrypts, and writes the tag.
    func seal(_ layout: Layout, in room: PacketRoom) {
        let bytes = room.bytes
        switch locks {
        case .galois(let cipher):
            let (trailer, tag) = galoisPlaces(layout, in: room)
            _ = cipher.apply(
                nonce(layout), header: slice(bytes, 0, layout.header), trailer: trailer,
                to: slice(bytes, layout.header, layout.end), tag: tag)
        case .counter(let cipher, let proof):
            cipher.apply(block(layout), to: slice(bytes, layout.header, layout.end))
            let proved = provedEnd(layout)
            let code = proof.code(of: slice(bytes, 0, proved), tail: tail(layout))
            for index in 0..<tagLength { bytes[proved + index] = code[index] }
        }
    }

    /// Checks the tag, and decrypts; where it is false the room holds rubbish.
    func open(_ layout: Layout, in room: PacketRoom) -> Bool {
        let bytes = room.bytes
        switch locks {
        case .galois(let cipher):
            let (trailer, tag) = galoisPlaces(layout, in: room)
            return cipher.apply(
                nonce(layout), header: slice(bytes, 0, layout.header), trailer: trailer,
                to: slice(bytes, layout.header, layout.end), tag: tag)
        case .counter(let cipher, let proof):
            let proved = provedEnd(layout)
            let code = proof.code(of: slice(bytes, 0, proved), tail: tail(layout))
            var difference: UInt8 = 0
            for index in 0..<tagLength { difference |= code[index] ^ bytes[proved + index] }
            guard difference == 0 else { return false }
            cipher.apply(block(layout), to: slice(bytes, layout.header, layout.end))
            return true
        }
    }

    /// Of RTP the rollover counter is proved, which no packet carries.
    private func tail(_ layout: Layout) -> UInt32? {
        layout.use == .media ? UInt32(truncatingIfNeeded: layout.index >> 16) : nil
    }

    /// RTCP's index is in the packet, and proved there.
    private func provedEnd(_ layout: Layout) -> Int {
        layout.end + (layout.use == .control ? 4 : 0)
    }

    /// With GCM the tag follows what it is of, and RTCP's index the tag (RFC 7714 §9.1).
    private func galoisPlaces(
        _ layout: Layout, in room: PacketRoom
    ) -> (trailer: UnsafeMutableBufferPointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>) {
        let bytes = room.bytes
        let tag = room.start + layout.end
        guard layout.use == .control else { return (nil, tag) }
        let start = layout.end + tagLength
        return (slice(bytes, start, start + 4), tag)
    }

    private func slice(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, _ start: Int, _ end: Int
    ) -> UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(rebasing: bytes[start..<end])
    }

    /// RFC 3711 §4.1.1.
    private func block(_ layout: Layout) -> CounterCipher.Block {
        var block = salt
        let index = layout.use == .media ? layout.index : layout.index & 0x7FFF_FFFF
        for byte in 0..<4 {
            block[4 + byte] ^= UInt8(truncatingIfNeeded: layout.ssrc >> UInt32(24 - 8 * byte))
        }
        for byte in 0..<6 {
            block[8 + byte] ^= UInt8(truncatingIfNeeded: index >> UInt64(40 - 8 * byte))
        }
        return block
    }

    /// RFC 7714 §8.1, §9.1: both end with 48 bits of index.
    private func nonce(_ layout: Layout) -> GaloisCipher.Nonce {
        var nonce = GaloisCipher.Nonce(repeating: 0)
        for byte in 0..<12 { nonce[byte] = salt[byte] }
        let index = layout.use == .media ? layout.index : layout.index & 0x7FFF_FFFF
        for byte in 0..<4 {
            nonce[2 + byte] ^= UInt8(truncatingIfNeeded: layout.ssrc >> UInt32(24 - 8 * byte))
        }
        for byte in 0..<6 {
            nonce[6 + byte] ^= UInt8(truncatingIfNeeded: index >> UInt64(40 - 8 * byte))
        }
        return nonce
    }
}

extension SRTPKey {
    /// RFC 3711 §4.3: the keystream of the key itself, from a block that names the use.
    func derived(label: UInt8, count: Int) -> [UInt8] {
        var block = CounterCipher.Block(repeating: 0)
        for (index, byte) in bytes[suite.keyLength...].enumerated() { block[index] = byte }
        block[7] ^= label
        var result = [UInt8](repeating: 0, count: count)
        result.withUnsafeMutableBufferPointer {
            CounterCipher(key: Array(bytes[..<suite.keyLength])).apply(block, to: $0)
        }
        return result
    }
}
