/// A request's number in its dialog, and its method (RFC 3261 §20.16).
public struct CSeq: Hashable, Sendable {
    /// Below 2³¹ (RFC 3261 §8.1.1.5).
    public var number: UInt32
    public var method: Method

    public init(number: UInt32, method: Method) {
        self.number = number
        self.method = method
    }

    /// The largest number that may stand on the wire.
    public static let largestNumber: UInt32 = 0x7FFF_FFFF
}

extension FieldReader {
    public mutating func cSeq() throws(FieldError) -> CSeq {
        skipSpace()
        let number = try number(upTo: UInt64(CSeq.largestNumber))
        let afterNumber = position
        skipSpace()
        guard position > afterNumber else { throw failure(.expected(32)) }
        let method = Method(try token())
        skipSpace()
        return CSeq(number: UInt32(truncatingIfNeeded: number), method: method)
    }
}

extension FieldWriter {
    public mutating func write(_ cSeq: CSeq) {
        write(cSeq.number)
        write(UInt8(ascii: " "))
        write(cSeq.method.name)
    }
}
