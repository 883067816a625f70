import Foundation

/// A Swift file of the project, read and split into tokens.
struct SourceFile {
    /// From the project's root: `Sources/SIPStack/Message/Via.swift`.
    let path: String
    let tokens: [Token]
    let comments: [Comment]
    let lineCount: Int

    init(path: String, text: String) {
        self.path = path
        let lexer = SourceLexer(text)
        tokens = lexer.tokens
        comments = lexer.comments
        lineCount = lexer.lineCount
    }

    /// `Sources`, `Tests`, `Fuzz` or `Benchmarks`.
    var area: String { String(path.prefix { $0 != "/" }) }

    /// The target's name where this is a file of `Sources` or `Tests`; else the folder's.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }
}

/// All Swift files that the rules judge.
struct SourceTree {
    let files: [SourceFile]

    static let areas = ["Sources", "Tests", "Fuzz", "Benchmarks"]

    /// Reads the tree that holds this file.
    init() throws {
        let root = try Self.root()
        var files: [SourceFile] = []
        for area in Self.areas {
            for path in Self.swiftFiles(in: root.appending(path: area)) {
                let text = try String(
                    contentsOf: root.appending(path: area + "/" + path), encoding: .utf8)
                files.append(SourceFile(path: area + "/" + path, text: text))
            }
        }
        self.files = files
    }

    /// The folder that holds `Package.swift` and `.swift-format`, upward from this file.
    static func root() throws -> URL {
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.pathComponents.count > 1 {
            folder.deleteLastPathComponent()
            let mark = folder.appending(path: ".swift-format").path()
            if FileManager.default.fileExists(atPath: mark) { return folder }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    private static func swiftFiles(in folder: URL) -> [String] {
        var found: [String] = []
        let listing = FileManager.default.enumerator(atPath: folder.path())
        while let path = listing?.nextObject() as? String {
            let name = path.split(separator: "/").last ?? ""
            if name.hasPrefix(".") {
                listing?.skipDescendants()
            } else if path.hasSuffix(".swift") {
                found.append(path)
            }
        }
        return found.sorted()
    }
}

/// A place that breaks a rule.
struct Violation: Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// A rule of the house that a machine can judge, one file at a time.
protocol Rule {
    func violations(in file: SourceFile) -> [Violation]
}

extension Rule {
    /// The lines that break the rule in a planted sample: what the rules' own tests ask.
    func lines(in text: String, at path: String) -> [Int] {
        violations(in: SourceFile(path: path, text: text)).map(\.line)
    }
}
