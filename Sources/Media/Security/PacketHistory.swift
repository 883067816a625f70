/// Which packets of one source there have been: their indices (RFC 3711 §3.3.1) and the window that
/// tells a repeated one (§3.3.2).
struct PacketHistory: Equatable, Sendable {
    /// So far behind the newest a packet may come: two seconds and a half of speech.
    static var windowLength: UInt64 { 128 }

    /// The greatest index; nil before the first packet.
    private var newest: UInt64?
    /// Bit n: the packet n before the newest has been.
    private var window: UInt128 = 0

    init() {}

    /// The rollover counter and the sequence number; nil where the packet is from before the first.
    func index(of sequenceNumber: UInt16) -> UInt64? {
        guard let newest else { return UInt64(sequenceNumber) }
        let last = UInt16(truncatingIfNeeded: newest)
        let rolloverCounter = newest >> 16
        let number = UInt64(sequenceNumber)
        if last < 0x8000 {
            guard Int(sequenceNumber) - Int(last) > 0x8000 else {
                return rolloverCounter << 16 | number
            }
            return rolloverCounter == 0 ? nil : (rolloverCounter - 1) << 16 | number
        }
        let hasWrapped = Int(last) - 0x8000 > Int(sequenceNumber)
        return (hasWrapped ? rolloverCounter + 1 : rolloverCounter) << 16 | number
    }

    /// False for one that has been, or is too old to tell.
    func isNew(_ index: UInt64) -> Bool {
        guard let newest, index <= newest else { return true }
        let age = newest - index
        return age < Self.windowLength && (window &>> UInt128(age)) & 1 == 0
    }

    mutating func note(_ index: UInt64) {
        guard let newest, index <= newest else {
            let step = index - (newest ?? 0)
            let isFar = newest == nil || step >= Self.windowLength
            window = isFar ? 1 : window &<< UInt128(step) | 1
            newest = index
            return
        }
        let age = newest - index
        if age < Self.windowLength { window |= 1 &<< UInt128(age) }
    }
}
