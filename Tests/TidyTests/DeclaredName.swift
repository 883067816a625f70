/// A name that a file declares: of a type, function, property, parameter, label or case.
struct DeclaredName: Equatable {
    enum Kind: Equatable {
        case type, function, value, parameter
    }

    var kind: Kind
    var text: String
    var line: Int
    /// The first word of the type that is written beside it, where one is.
    var type: String?
    /// True where a pattern binds it: what is bound has its own name.
    var isBound = false

    /// The name's words in lower case: `SIPURIParser` is `sipuri`, `parser`; `userAgent` is `user`,
    /// `agent`.
    var words: [String] { Self.words(of: text) }

    static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            let next = index + 1 < letters.count ? letters[index + 1] : "_"
            let startsWord =
                letter.isUppercase && (word.last?.isUppercase == false || next.isLowercase)
            if letter == "_" || letter == " " || startsWord {
                if !word.isEmpty { words.append(word.lowercased()) }
                word = ""
            }
            if letter.isLetter || letter.isNumber { word.append(letter) }
        }
        if !word.isEmpty { words.append(word.lowercased()) }
        return words
    }

    private static let types: Set = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "associatedtype",
    ]
    private static let functions: Set = ["func", "init", "subscript"]
    private static let values: Set = ["var", "let", "case", "for"]

    static func all(in tokens: [Token]) -> [DeclaredName] {
        var found: [DeclaredName] = []
        for index in tokens.indices {
            let token = tokens[index]
            guard token.kind == .word, index == 0 || tokens[index - 1].text != ".",
                index + 1 < tokens.count
            else { continue }
            let next = tokens[index + 1]
            if types.contains(token.text), isName(next), !functions.contains(next.text) {
                found.append(DeclaredName(kind: .type, text: next.text, line: next.line))
            } else if functions.contains(token.text) {
                if token.text == "func", isName(next) {
                    found.append(DeclaredName(kind: .function, text: next.text, line: next.line))
                }
                found += parameters(in: tokens, after: index)
            } else if values.contains(token.text) {
                found += declaredValues(in: tokens, after: index)
            }
        }
        return found
    }

    private static func isName(_ token: Token) -> Bool {
        guard token.kind == .word || token.kind == .quoted else { return false }
        return !["func", "var", "let", "in", "_", "self"].contains(token.text)
    }

    /// The names after `let`, `var`, `for` and an enum's `case`; a tuple's names all.
    private static func declaredValues(in tokens: [Token], after index: Int) -> [DeclaredName] {
        let isCase = tokens[index].text == "case"
        var next = index + 1
        if tokens[next].text == "(" {
            return isCase ? [] : tupleNames(in: tokens, from: next)
        }
        var found: [DeclaredName] = []
        while next < tokens.count, isName(tokens[next]) {
            let name = tokens[next]
            let isBound = index > 0 && ["(", ","].contains(tokens[index - 1].text)
            found.append(
                DeclaredName(
                    kind: .value, text: name.text, line: name.line,
                    type: type(in: tokens, of: next),
                    isBound: isBound))
            guard isCase, next + 1 < tokens.count else { break }
            next += 1
            if tokens[next].text == "(" {
                found += labels(in: tokens, from: next)
                next = (closing(in: tokens, from: next) ?? tokens.count) + 1
            }
            guard next < tokens.count, tokens[next].text == "," else { break }
            next += 1
        }
        // A pattern of a switch (`case limit:`) declares nothing.
        if isCase, next < tokens.count, tokens[next].text == ":" { return [] }
        return found
    }

    private static func tupleNames(in tokens: [Token], from open: Int) -> [DeclaredName] {
        guard let close = closing(in: tokens, from: open) else { return [] }
        return tokens[open..<close].filter(isName).map {
            DeclaredName(kind: .value, text: $0.text, line: $0.line, isBound: true)
        }
    }

    private static func type(in tokens: [Token], of position: Int) -> String? {
        guard position + 2 < tokens.count, tokens[position + 1].text == ":" else { return nil }
        return tokens[position + 2].text
    }

    /// Labels and names of the parameters of the function that is declared at the index.
    private static func parameters(in tokens: [Token], after index: Int) -> [DeclaredName] {
        var open = index + 1
        while open < tokens.count, tokens[open].text != "(" {
            if ["{", "}", ";", "="].contains(tokens[open].text), tokens[index].text != "func" {
                return []
            }
            open += 1
        }
        return labels(in: tokens, from: open)
    }

    /// The words before each colon at the first level of a parameter list.
    private static func labels(in tokens: [Token], from open: Int) -> [DeclaredName] {
        guard let close = closing(in: tokens, from: open) else { return [] }
        var found: [DeclaredName] = []
        var depth = 0
        var expectsLabel = true
        for position in (open + 1)..<max(open + 1, close) {
            let token = tokens[position]
            switch token.text {
            case "(", "[", "{", "<": depth += 1
            case ")", "]", "}": depth -= 1
            case ">" where tokens[position - 1].text != "-": depth -= 1
            case "," where depth == 0: expectsLabel = true
            case ":" where depth == 0: expectsLabel = false
            default:
                guard depth == 0, expectsLabel, isName(token), !token.text.hasPrefix("@"),
                    isBeforeColon(tokens, position)
                else { continue }
                found.append(
                    DeclaredName(
                        kind: .parameter, text: token.text, line: token.line,
                        type: type(in: tokens, of: position)))
            }
        }
        return found
    }

    private static func isBeforeColon(_ tokens: [Token], _ position: Int) -> Bool {
        guard position + 1 < tokens.count else { return false }
        if tokens[position + 1].text == ":" { return true }
        return position + 2 < tokens.count && tokens[position + 2].text == ":"
            && (isName(tokens[position + 1]) || tokens[position + 1].text == "_")
    }

    private static func closing(in tokens: [Token], from open: Int) -> Int? {
        var depth = 0
        for position in open..<max(open, tokens.count) {
            if tokens[position].text == "(" { depth += 1 }
            if tokens[position].text == ")" { depth -= 1 }
            if depth == 0 { return position }
        }
        return nil
    }
}
