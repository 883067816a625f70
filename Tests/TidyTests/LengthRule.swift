/// A file is one idea and a function one screen.
struct LengthRule: Rule {
    /// Lines of a file, the last that is read in one sitting.
    static let fileLimit = 400
    /// Lines of a function, declaration and closing brace included: one screen.
    static let functionLimit = 60

    /// Files that may be longer, each with the reason.
    static let longFiles: [String: String] = [:]

    func violations(in file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        if file.lineCount > Self.fileLimit && Self.longFiles[file.path] == nil {
            let message = "\(file.lineCount) lines, more than \(Self.fileLimit): split by idea"
            found.append(Violation(path: file.path, line: 1, message: message))
        }
        for function in FunctionBody.all(in: file.tokens)
        where function.lineCount > Self.functionLimit {
            let message =
                "\(function.name) has \(function.lineCount) lines,"
                + " more than \(Self.functionLimit): split it"
            found.append(Violation(path: file.path, line: function.firstLine, message: message))
        }
        return found
    }
}

/// Where a function, initialiser, subscript or computed property begins and ends.
struct FunctionBody: Equatable {
    var name: String
    var firstLine: Int
    var lastLine: Int

    var lineCount: Int { lastLine - firstLine + 1 }

    private static let openers: Set = ["func", "init", "deinit", "subscript", "var"]
    /// Words that can stand between a function's parameters and its body.
    private static let declarations: Set = [
        "func", "var", "let", "init", "deinit", "subscript", "case", "struct", "class", "enum",
        "actor", "protocol", "extension", "typealias", "import", "static", "public", "private",
        "fileprivate", "internal", "package", "mutating", "override", "associatedtype", "if",
        "guard", "return", "for", "while", "switch", "defer",
    ]

    static func all(in tokens: [Token]) -> [FunctionBody] {
        tokens.indices.compactMap { index in
            guard tokens[index].kind == .word, openers.contains(tokens[index].text),
                index == 0 || tokens[index - 1].text != ".",
                let open = bodyStart(in: tokens, after: index),
                let close = closingBrace(in: tokens, from: open)
            else { return nil }
            let hasName = ["func", "var"].contains(tokens[index].text)
            let name = hasName ? tokens[index + 1].text : tokens[index].text
            return FunctionBody(
                name: name, firstLine: tokens[index].line, lastLine: tokens[close].line)
        }
    }

    /// The brace that opens the body; nil for a requirement or a stored property.
    private static func bodyStart(in tokens: [Token], after index: Int) -> Int? {
        let isProperty = tokens[index].text == "var"
        var depth = 0
        for position in (index + 1)..<max(index + 1, tokens.count) {
            let token = tokens[position]
            switch token.text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return position
            case "}" where depth == 0: return nil
            case "=" where depth == 0 && isProperty: return nil
            case _ where depth < 0: return nil
            case _ where depth == 0 && position > index + 1 && token.kind == .word:
                if declarations.contains(token.text) || token.text.hasPrefix("@") { return nil }
            default: continue
            }
        }
        return nil
    }

    private static func closingBrace(in tokens: [Token], from open: Int) -> Int? {
        var depth = 0
        for position in open..<tokens.count {
            if tokens[position].text == "{" { depth += 1 }
            if tokens[position].text == "}" { depth -= 1 }
            if depth == 0 { return position }
        }
        return nil
    }
}
