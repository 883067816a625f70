/// How lost packets of T.38 are brought back (T.38 §9.1.4).
public enum UDPTLRecovery: Hashable, Sendable {
    /// Each datagram repeats so many packets before its own.
    case redundancy(Int)
    /// Each carries parity over so many packets before its own.
    case parity(span: Int)
}

/// Puts packets of T.38 into datagrams (UDPTL, T.38 §9.1).
public struct UDPTLSender: Sendable {
    private let recovery: UDPTLRecovery
    /// What the remote party takes.
    private let longest: Int
    private var number: UInt16 = 0
    /// The latest first.
    private var sent: [[UInt8]] = []

    /// - Parameter longest: bytes of a datagram that the remote party takes; 0: it did not say.
    public init(_ recovery: UDPTLRecovery, longest: Int = 0) {
        self.recovery = recovery
        self.longest =
            longest > 0 ? min(longest, UDPTLLimits.datagram) : UDPTLLimits.datagram
    }

    /// The datagram of the next packet, which is repeated as often as the datagram has room.
    public mutating func datagram(_ packet: [UInt8]) -> [UInt8] {
        var bytes = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        bytes += Self.piece(packet)
        switch recovery {
        case .redundancy:
            let room = longest - bytes.count - 2
            var pieces: [UInt8] = []
            var count = 0
            for piece in sent.map(Self.piece) {
                guard pieces.count + piece.count <= room else { break }
                pieces += piece
                count += 1
            }
            bytes += [0, UInt8(count)] + pieces
        case .parity(let span) where sent.count >= span && span > 0:
            let parity = Self.parity(of: sent.prefix(span))
            if bytes.count + 4 + parity.count + 2 <= longest {
                bytes += [0x80, 1, UInt8(clamping: span), 1] + Self.piece(parity)
            } else {
                bytes += [0, 0]
            }
        case .parity:
            bytes += [0, 0]
        }
        number &+= 1
        sent.insert(packet, at: 0)
        if sent.count > depth { sent.removeLast() }
        return bytes
    }

    /// Packets that are kept.
    private var depth: Int {
        switch recovery {
        case .redundancy(let count), .parity(let count): min(max(0, count), UDPTLLimits.history / 2)
        }
    }

    private static func parity(of packets: some Sequence<[UInt8]>) -> [UInt8] {
        var parity: [UInt8] = []
        for packet in packets {
            if packet.count > parity.count {
                parity += [UInt8](repeating: 0, count: packet.count - parity.count)
            }
            for (index, byte) in packet.enumerated() { parity[index] ^= byte }
        }
        return parity
    }

    private static func piece(_ bytes: [UInt8]) -> [UInt8] {
        let count = bytes.count
        return
            (count < 0x80
            ? [UInt8(count)]
            : [0x80 | UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)])
            + bytes
    }
}
