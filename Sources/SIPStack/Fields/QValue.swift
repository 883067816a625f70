/// A preference from 0 to 1 with at most three decimals (RFC 3261 §25.1 `qvalue`).
public struct QValue: Hashable, Comparable, Sendable {
    /// 0 to 1000.
    public let thousandths: Int

    public init(thousandths: Int) {
        self.thousandths = min(max(thousandths, 0), 1000)
    }

    /// Nil for text that is no q value.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...5).contains(bytes.count), bytes[0] == 48 || bytes[0] == 49,
            bytes.count == 1 || bytes[1] == UInt8(ascii: ".")
        else { return nil }
        var thousandths = Int(bytes[0] - 48) * 1000
        var weight = 100
        for byte in bytes.dropFirst(2) {
            guard ByteClass.isDigit(byte) else { return nil }
            thousandths += Int(byte - 48) * weight
            weight /= 10
        }
        guard thousandths <= 1000 else { return nil }
        self.thousandths = thousandths
    }

    public static func < (first: QValue, second: QValue) -> Bool {
        first.thousandths < second.thousandths
    }

    public var text: String {
        if thousandths == 1000 { return "1" }
        var digits = Array(String(1000 + thousandths).utf8.dropFirst())
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        return "0." + String(decoding: digits, as: UTF8.self)
    }
}
