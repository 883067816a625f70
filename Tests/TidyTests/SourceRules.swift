/// Whatever stands in a comment or in a declaration and needs no table.
struct SourceRule: Rule {
    func violations(in file: SourceFile) -> [Violation] {
        unnumberedPromises(in: file) + globals(in: file) + undocumentedTypes(in: file)
    }

    /// A promise in a comment names the issue that will keep it: `TODO(#12)`.
    private func unnumberedPromises(in file: SourceFile) -> [Violation] {
        file.comments.compactMap { comment in
            let words = comment.text.split { !$0.isLetter }
            let promise = ["TODO", "FIXME", "XXX", "HACK"].first { words.contains(Substring($0)) }
            guard let promise, !Self.namesIssue(comment.text) else { return nil }
            return Violation(
                path: file.path, line: comment.line, message: "\(promise) without an issue number")
        }
    }

    private static func namesIssue(_ text: String) -> Bool {
        guard let pound = text.firstIndex(of: "#") else { return false }
        return text[text.index(after: pound)...].first?.isNumber == true
    }

    /// Nothing is global: no stored `static var`, no `shared`.
    private func globals(in file: SourceFile) -> [Violation] {
        guard file.area == "Sources" else { return [] }
        var found: [Violation] = []
        for index in file.tokens.indices where file.tokens[index].text == "static" {
            guard index + 2 < file.tokens.count else { continue }
            let kind = file.tokens[index + 1].text
            let name = file.tokens[index + 2]
            if kind == "var", Self.isStored(file.tokens, after: index + 2) {
                let message = "static var \(name.text) is stored: nothing is global"
                found.append(Violation(path: file.path, line: name.line, message: message))
            }
            if kind == "var" || kind == "let", ["shared", "default"].contains(name.text) {
                let message = "static \(kind) \(name.text): dependencies arrive in init"
                found.append(Violation(path: file.path, line: name.line, message: message))
            }
        }
        return found
    }

    /// True where the property has a value of its own: `=` before any brace, or no brace.
    private static func isStored(_ tokens: [Token], after index: Int) -> Bool {
        let line = tokens[index].line
        for token in tokens[index...].dropFirst() {
            if token.text == "{" { return false }
            if token.text == "=" || token.text == "}" { return true }
            if token.line > line && token.startsLine { return true }
        }
        return true
    }

    /// Every type of a source file that others can name has a `///` that says what it is.
    private func undocumentedTypes(in file: SourceFile) -> [Violation] {
        guard file.area == "Sources" else { return [] }
        let documented = Set(file.comments.filter { $0.text.hasPrefix("///") }.map(\.line))
        let types: Set = ["struct", "class", "enum", "actor", "protocol"]
        var depth = 0
        var found: [Violation] = []
        for index in file.tokens.indices {
            let token = file.tokens[index]
            if token.text == "{" { depth += 1 }
            if token.text == "}" { depth -= 1 }
            guard depth == 0, token.kind == .word, types.contains(token.text),
                index + 1 < file.tokens.count, file.tokens[index + 1].kind == .word,
                file.tokens[index + 1].text != "func"
            else { continue }
            let first = Self.declarationStart(in: file.tokens, of: index)
            if first.isPrivate || documented.contains(first.line - 1) { continue }
            let message = "\(file.tokens[index + 1].text) has no /// above it"
            found.append(Violation(path: file.path, line: token.line, message: message))
        }
        return found
    }

    /// Where the declaration begins, its modifiers and attributes included.
    private static func declarationStart(
        in tokens: [Token], of index: Int
    ) -> (line: Int, isPrivate: Bool) {
        var start = index
        var isPrivate = false
        while start > 0 {
            let before = tokens[start - 1]
            if ["}", "{", ";"].contains(before.text) || before.kind == .string { break }
            if start >= 2, tokens[start - 2].text == "import" { break }
            if before.text == "private" || before.text == "fileprivate" { isPrivate = true }
            start -= 1
        }
        return (tokens[start].line, isPrivate)
    }
}

/// The name of a test is its claim, in backticks.
struct TestNameRule: Rule {
    func violations(in file: SourceFile) -> [Violation] {
        guard file.area == "Tests" else { return [] }
        var found: [Violation] = []
        for index in file.tokens.indices where file.tokens[index].text == "@Test" {
            guard let name = Self.functionName(in: file.tokens, after: index) else { continue }
            let words = name.text.split(separator: " ")
            if name.kind != .quoted || words.count < 3 {
                let message = "\(name.text): a test's name is its claim, in backticks"
                found.append(Violation(path: file.path, line: name.line, message: message))
            }
        }
        return found
    }

    private static func functionName(in tokens: [Token], after index: Int) -> Token? {
        for position in index..<max(index, tokens.count - 1)
        where tokens[position].text == "func" && tokens[position].kind == .word {
            return tokens[position + 1]
        }
        return nil
    }
}
