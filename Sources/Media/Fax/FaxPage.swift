/// A page that came by fax: black on white, compressed by T.6 (Group 4) in one piece.
public struct FaxPage: Hashable, Sendable {
    /// Dots of a row: 1,728 of A4, 3,456 at the most that T.30 knows.
    public var width: Int
    /// Rows.
    public var height: Int
    /// Dots a metre, along a row and down the page; T.30's usual 8,031 and 3,850 or 7,700.
    public var horizontalDensity: Int
    public var verticalDensity: Int
    /// The first dot of a row stands in the most significant bit.
    public var bytes: [UInt8]

    public init(
        width: Int, height: Int, horizontalDensity: Int = 8_031, verticalDensity: Int = 7_700,
        bytes: [UInt8]
    ) {
        self.width = width
        self.height = height
        self.horizontalDensity = horizontalDensity
        self.verticalDensity = verticalDensity
        self.bytes = bytes
    }

    /// True where a reader can take the figures: nothing of 0, nothing absurd.
    var isSound: Bool {
        (1...FaxLimits.width).contains(width) && (1...FaxLimits.rows).contains(height)
            && (1...100_000).contains(horizontalDensity)
            && (1...100_000).contains(verticalDensity) && !bytes.isEmpty
    }
}

/// How much a sender may send. Beyond it the fax ends, with what has come so far.
public enum FaxLimits {
    /// Dots of a row.
    public static var width: Int { 10_000 }
    /// Rows of a page: six metres at 100 rows an inch, a metre and a half at 400.
    public static var rows: Int { 24_000 }
    public static var pages: Int { 500 }
    /// Bytes of all pages of one fax.
    public static var bytes: Int { 64_000_000 }
    /// How long one fax may take.
    public static var time: Duration { .seconds(7_200) }
    /// Characters of the name by which a machine calls itself (T.30 §5.3.6.2.4: twenty).
    public static var nameLength: Int { 20 }

    /// What a machine says it is called, without what no telephone number has: hostile text ends here.
    public static func name(_ text: String) -> String {
        let kept = text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(nameLength)
        var words = String(decoding: kept, as: UTF8.self)
        while words.last == " " { words.removeLast() }
        while words.first == " " { words.removeFirst() }
        return words
    }
}
