/// Takes packets of T.38 out of datagrams, in order, and brings lost ones back (UDPTL, T.38 §9.1).
///
/// A pure core: the same datagrams, the same packets. What it keeps is bounded by
/// ``UDPTLLimits/history``; hostile bytes are counted and dropped.
public struct UDPTLReceiver: Sendable {
    private struct Parity {
        var number: UInt16
        var span: Int
        var pieces: [[UInt8]]
    }

    /// The packets before ``next``, by their number's place; nil where one is lost.
    private var kept: [[UInt8]?] = Array(repeating: nil, count: UDPTLLimits.history)
    /// The number that follows; nil before the first.
    private var next: UInt16?
    /// How many places before ``next`` were ever filled or lost.
    private var depth = 0
    /// Packets that came back, those that did not, and datagrams that are none.
    public private(set) var recoveredCount = 0
    public private(set) var lostCount = 0
    public private(set) var malformedCount = 0

    public init() {}

    /// Takes one datagram, and hands over each packet that is new by it, with its number.
    public mutating func receive(
        _ bytes: Span<UInt8>, _ deliver: (_ packet: [UInt8], _ number: UInt16) -> Void
    ) {
        guard bytes.count <= UDPTLLimits.datagram, let packet = UDPTLPacket(bytes) else {
            malformedCount += 1
            return
        }
        let ahead = Int(Int16(bitPattern: packet.number &- (next ?? packet.number)))
        if next == nil || abs(ahead) > UDPTLLimits.jump {
            begin(at: packet.number)
        } else if ahead < 0 {
            return  // It came late or twice: what it had to say is said, or given up.
        } else if ahead > 0 {
            bringBack(ahead, from: packet, bytes, deliver)
        }
        keep(Self.bytes(bytes, packet.primary), packet.number)
        deliver(Self.bytes(bytes, packet.primary), packet.number)
    }

    private mutating func begin(at number: UInt16) {
        for index in kept.indices { kept[index] = nil }
        next = number
        depth = 0
    }

    /// The packets between the last one and this one.
    private mutating func bringBack(
        _ count: Int, from packet: UDPTLPacket, _ bytes: Span<UInt8>,
        _ deliver: ([UInt8], UInt16) -> Void
    ) {
        let reach = min(count, UDPTLLimits.history / 2)
        lostCount += count - reach
        if reach < count { begin(at: packet.number &- UInt16(reach)) }
        var found: [[UInt8]?] = Array(repeating: nil, count: reach)
        switch packet.recovery {
        case .redundancy:
            packet.eachPiece(of: bytes) { index, piece in
                if index < reach { found[reach - 1 - index] = Self.bytes(bytes, piece) }
            }
        case .parity(let span):
            found = repaired(reach, packet, span: span, bytes)
        }
        for (index, piece) in found.enumerated() {
            let number = packet.number &- UInt16(reach - index)
            keep(piece, number)
            guard let piece else {
                lostCount += 1
                continue
            }
            recoveredCount += 1
            deliver(piece, number)
        }
    }

    /// Of so many packets before this one those that parity brings back: each piece one, where it alone
    /// is missing among those that the piece covers.
    private func repaired(
        _ reach: Int, _ packet: UDPTLPacket, span: Int, _ bytes: Span<UInt8>
    ) -> [[UInt8]?] {
        var found: [[UInt8]?] = Array(repeating: nil, count: reach)
        let stride = packet.pieceCount
        guard span > 0, stride > 0, span * stride <= UDPTLLimits.history / 2 else { return found }
        packet.eachPiece(of: bytes) { index, piece in
            // Counted backwards from this packet: 1 is the one before it.
            let covered = (1...span).map { $0 * stride - index }
            let missing = covered.filter { $0 <= reach }
            guard missing.count == 1, covered.allSatisfy({ $0 <= reach + depth }) else { return }
            var parity = Self.bytes(bytes, piece)
            for back in covered where back > reach {
                guard let known = kept[place(packet.number &- UInt16(back))] else { return }
                for (place, byte) in known.enumerated() where place < parity.count {
                    parity[place] ^= byte
                }
            }
            found[reach - missing[0]] = parity
        }
        return found
    }

    private mutating func keep(_ packet: [UInt8]?, _ number: UInt16) {
        kept[place(number)] = packet
        next = number &+ 1
        depth = min(depth + 1, UDPTLLimits.history)
    }

    private func place(_ number: UInt16) -> Int { Int(number) % UDPTLLimits.history }

    private static func bytes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        range.map { bytes[$0] }
    }
}
