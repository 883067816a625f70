/// What bounds UDPTL (T.38 §9.1) here.
public enum UDPTLLimits {
    /// Bytes of a datagram that is taken or made: one that no way has to cut up.
    public static var datagram: Int { 1_400 }
    /// How far back lost packets are looked for.
    public static var history: Int { 32 }
    /// Ahead of, or behind, the last one by more: the sender has begun anew.
    static var jump: Int { 1_000 }
}

/// One UDPTL datagram, taken apart in place (T.38 §9.1): a packet of T.38 with its number, and what
/// brings lost ones back.
///
///     number │ primary │ 0x00 │ count │ packet number − 1 │ packet number − 2 …
///                      │ 0x80 │ 1, span │ count │ parity …
///
/// Pure: hostile bytes give nil, and nothing is allocated.
public struct UDPTLPacket: Sendable, Equatable {
    public enum Recovery: Sendable, Equatable {
        /// The packets before this one, the latest first.
        case redundancy
        /// Each piece the exclusive or of every `count`-th of the packets before this one, so many.
        case parity(span: Int)
    }

    public var number: UInt16
    /// Where the packet itself is.
    public var primary: Range<Int>
    public var recovery: Recovery
    /// How many pieces bring lost packets back.
    public var pieceCount: Int
    /// Where they begin.
    private var firstPiece: Int

    /// Some senders fill up to whole words.
    private static var padding: Int { 3 }

    /// Nil where this is no UDPTL, or not all of it.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= 5 else { return nil }
        number = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        var place = 2
        guard let primary = Self.piece(bytes, &place), place < bytes.count else { return nil }
        self.primary = primary
        let choice = bytes[place]
        place += 1
        switch choice & 0x80 {
        case 0:
            recovery = .redundancy
        default:
            guard let width = Self.length(bytes, &place), width == 1, place < bytes.count else {
                return nil
            }
            recovery = .parity(span: Int(bytes[place]))
            place += 1
        }
        guard let pieceCount = Self.length(bytes, &place) else { return nil }
        self.pieceCount = pieceCount
        firstPiece = place
        for _ in 0..<pieceCount {
            // Each takes a byte at least: the count can't make this long.
            guard Self.piece(bytes, &place) != nil else { return nil }
        }
        guard bytes.count - place <= Self.padding else { return nil }
    }

    /// Hands over where each piece is, in the order of the datagram that this was made of.
    public func eachPiece(of bytes: Span<UInt8>, _ body: (Int, Range<Int>) -> Void) {
        var place = firstPiece
        for index in 0..<pieceCount {
            guard let piece = Self.piece(bytes, &place) else { return }
            body(index, piece)
        }
    }

    /// An open type: its length, then so many bytes (X.691 §10.2).
    private static func piece(_ bytes: Span<UInt8>, _ place: inout Int) -> Range<Int>? {
        guard let count = length(bytes, &place), count <= bytes.count - place else { return nil }
        defer { place += count }
        return place..<place + count
    }

    /// One byte up to 127, two up to 16,383; longer ones come in fragments, which no datagram has.
    private static func length(_ bytes: Span<UInt8>, _ place: inout Int) -> Int? {
        guard place < bytes.count else { return nil }
        let first = Int(bytes[place])
        place += 1
        if first < 0x80 { return first }
        guard first < 0xC0, place < bytes.count else { return nil }
        defer { place += 1 }
        return (first & 0x3F) << 8 | Int(bytes[place])
    }
}
