import Wire

/// What one key makes for the packets of one direction (RFC 3711 §4.3): RTP's keys or RTCP's.
///
/// Nothing is allocated for a packet. One thread at a time.
final class PacketCipher {
    /// RTCP's labels follow RTP's (RFC 3711 §4.3.1, §4.3.2).
    enum Use: UInt8 {
        case media = 0
        case control = 3
    }

    /// One of the two ways: GCM, or a keystream and a code.
    private let galois: GaloisCipher?
    private let counter: CounterCipher?
    private let proof: KeyedSHA1?
    /// As the first block or the nonce begins: its first eight bytes and the eight behind them.
    private let salt: (high: UInt64, low: UInt64)
    let tagLength: Int
    var isGalois: Bool { galois != nil }

    init(_ key: SRTPKey, for use: Use, seals: Bool) {
        let suite = key.suite
        let label = use.rawValue
        let own = key.derived(label: label, count: suite.keyLength)
        let salt = key.derived(label: label + 2, count: suite.saltLength)
        var block = (high: UInt64(0), low: UInt64(0))
        for (index, byte) in salt.enumerated() {
            let shift = UInt64(56 - 8 * (index & 7))
            if index < 8 { block.high |= UInt64(byte) << shift }
            if index >= 8 { block.low |= UInt64(byte) << shift }
        }
        self.salt = block
        tagLength = use == .media ? suite.tagLength : suite.controlTagLength
        if suite.isGalois {
            galois = GaloisCipher(key: own, seals: seals)
            (counter, proof) = (nil, nil)
        } else {
            galois = nil
            counter = CounterCipher(key: own)
            proof = KeyedSHA1(key: key.derived(label: label + 1, count: 20))
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

    /// Encrypts, and writes the tag; where it is false the packet may not be sent.
    @inline(__always)
    func seal(_ layout: Layout, in room: PacketRoom) -> Bool {
        if let galois { return apply(galois, layout, in: room) }
        guard let counter, let proof else { return false }
        let bytes = room.bytes
        apply(counter, layout, in: room)
        let proved = provedEnd(layout)
        let code = proof.code(of: slice(bytes, 0, proved), tail: tail(layout))
        for index in 0..<tagLength { bytes[proved + index] = code[index] }
        return true
    }

    /// Checks the tag, and decrypts; where it is false the room holds rubbish.
    @inline(__always)
    func open(_ layout: Layout, in room: PacketRoom) -> Bool {
        if let galois { return apply(galois, layout, in: room) }
        guard let counter, let proof else { return false }
        let bytes = room.bytes
        let proved = provedEnd(layout)
        let code = proof.code(of: slice(bytes, 0, proved), tail: tail(layout))
        var difference: UInt8 = 0
        for index in 0..<tagLength { difference |= code[index] ^ bytes[proved + index] }
        guard difference == 0 else { return false }
        apply(counter, layout, in: room)
        return true
    }

    /// RFC 7714 §8.1, §9.1: source and 48 bits of index stand at the end of the nonce.
    @inline(__always)
    private func apply(
        _ galois: GaloisCipher, _ layout: Layout, in room: PacketRoom
    ) -> Bool {
        let bytes = room.bytes
        let (trailer, tag) = galoisPlaces(layout, in: room)
        let source = UInt64(layout.ssrc) << 48 | clearIndex(layout)
        return galois.apply(
            head: UInt32(truncatingIfNeeded: salt.high >> 32) ^ layout.ssrc >> 16,
            tail: (salt.high << 32 | salt.low >> 32) ^ source,
            header: slice(bytes, 0, layout.header), trailer: trailer,
            to: slice(bytes, layout.header, layout.end), tag: tag)
    }

    /// RFC 3711 §4.1.1.
    @inline(__always)
    private func apply(_ counter: CounterCipher, _ layout: Layout, in room: PacketRoom) {
        counter.apply(
            high: salt.high ^ UInt64(layout.ssrc), low: salt.low ^ clearIndex(layout) << 16,
            to: slice(room.bytes, layout.header, layout.end))
    }

    /// Without the bit that says that it is encrypted.
    @inline(__always)
    private func clearIndex(_ layout: Layout) -> UInt64 {
        layout.use == .media ? layout.index : layout.index & 0x7FFF_FFFF
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
}

extension SRTPKey {
    /// RFC 3711 §4.3: the keystream of the key itself, from a block that names the use.
    func derived(label: UInt8, count: Int) -> [UInt8] {
        var high: UInt64 = 0, low: UInt64 = 0
        for (index, byte) in bytes[suite.keyLength...].enumerated() {
            let shift = UInt64(56 - 8 * (index & 7))
            if index < 8 { high |= UInt64(byte) << shift } else { low |= UInt64(byte) << shift }
        }
        high ^= UInt64(label)
        var result = [UInt8](repeating: 0, count: count)
        result.withUnsafeMutableBufferPointer {
            CounterCipher(key: Array(bytes[..<suite.keyLength])).apply(high: high, low: low, to: $0)
        }
        return result
    }
}
