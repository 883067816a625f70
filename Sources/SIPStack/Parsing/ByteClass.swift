/// The character classes of RFC 3261 §25.1, one bit each, looked up in a table of 128.
struct ByteClass: OptionSet, Sendable {
    let rawValue: UInt16

    /// `token`: a method, a parameter's name, an option tag.
    static let token = ByteClass(rawValue: 1)
    /// `word`: a Call-ID.
    static let word = ByteClass(rawValue: 2)
    /// What may stand unescaped in a URI's user part.
    static let user = ByteClass(rawValue: 4)
    /// What may stand unescaped in a URI's parameter.
    static let uriParameter = ByteClass(rawValue: 8)
    /// What may stand unescaped in a URI's header part.
    static let uriHeader = ByteClass(rawValue: 16)
    /// A host name's letters, digits, hyphens, dots (and underscores, which names do have).
    static let host = ByteClass(rawValue: 32)
    /// An unquoted parameter value: a token, a host, or what phones write there all the same.
    static let parameterValue = ByteClass(rawValue: 64)
    /// What may stand in an absolute URI (RFC 3986), brackets and `%` included.
    static let absoluteURI = ByteClass(rawValue: 128)
    /// What may stand unescaped in a URI's password.
    static let password = ByteClass(rawValue: 256)

    /// A URI scheme, but for its first byte (RFC 3986 §3.1).
    static let scheme = ByteClass(rawValue: 512)
    /// What means the same escaped and unescaped.
    static let unreserved = ByteClass(rawValue: 1024)
    /// A Call-ID: words and `@`, wherever the `@` stands.
    static let callID = ByteClass(rawValue: 2048)

    private static let table: [UInt16] = makeTable()

    static func contains(_ byte: UInt8, _ classes: ByteClass) -> Bool {
        byte < 128 && table[Int(byte)] & classes.rawValue != 0
    }

    /// Whether every byte of a text is of that class.
    static func holds(all text: String, _ classes: ByteClass) -> Bool {
        let table = table
        return text.utf8.allSatisfy { $0 < 128 && table[Int($0)] & classes.rawValue != 0 }
    }

    /// Where the run of bytes of that class ends that begins there.
    static func end(
        of classes: ByteClass, _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int
    ) -> Int {
        let table = table
        var index = start
        while index < end, bytes[index] < 128,
            table[Int(bytes[index])] & classes.rawValue != 0
        {
            index += 1
        }
        return index
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    private static func makeTable() -> [UInt16] {
        var table = [UInt16](repeating: 0, count: 128)
        func add(_ text: String, _ kind: ByteClass) {
            for byte in text.utf8 { table[Int(byte)] |= kind.rawValue }
        }
        let alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let unreserved = alphanumeric + "-_.!~*'()"
        add(alphanumeric + "-.!%*_+`'~", .token)
        add(alphanumeric + "-.!%*_+`'~()<>:\\\"/[]?{}", .word)
        add(unreserved + "&=+$,;?/", .user)
        add(unreserved + "&=+$,", .password)
        add(unreserved + "[]/:&+$", .uriParameter)
        add(unreserved + "[]/?:+$", .uriHeader)
        add(alphanumeric + "-.!%*_+`'~()<>:\\\"/[]?{}@=;&$#|^,", .callID)
        add(unreserved, .unreserved)
        add(alphanumeric + "-._", .host)
        add(alphanumeric + "+-.", .scheme)
        add(alphanumeric + "-.!%*_+`'~()[]{}/:?&@$#=|^", .parameterValue)
        add(unreserved + ";/?:@&=+$,%[]#", .absoluteURI)
        return table
    }
}
