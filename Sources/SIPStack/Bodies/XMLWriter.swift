/// Writes XML 1.0 in UTF-8: what presence bodies need of it, and nothing else.
struct XMLWriter {
    private(set) var bytes: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n".utf8)

    /// An element that holds others, or text, or nothing.
    mutating func element(
        _ name: StaticString, _ attributes: [(name: StaticString, value: String)] = [],
        _ content: (inout XMLWriter) -> Void = { _ in }
    ) {
        write("<")
        write(name)
        for attribute in attributes {
            write(" ")
            write(attribute.name)
            write("=\"")
            text(attribute.value)
            write("\"")
        }
        write(">")
        content(&self)
        write("</")
        write(name)
        write(">")
    }

    mutating func element(_ name: StaticString, text: String) {
        element(name) { $0.text(text) }
    }

    /// Text as a reader shall have it again; what XML can't say becomes U+FFFD (XML 1.0 §2.2).
    mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": write("&amp;")
            case "<": write("&lt;")
            case ">": write("&gt;")
            case "\"": write("&quot;")
            case "'": write("&apos;")
            case "\t", "\n", "\r": write("&#\(scalar.value);")
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{FFFE}", "\u{FFFF}": write("\u{FFFD}")
            default: bytes += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
    }

    private mutating func write(_ text: String) { bytes += text.utf8 }

    private mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { bytes += $0 }
    }
}
