/// Who may import whom: the table of ARCHITECTURE.md.
///
/// SwiftPM does not stop an undeclared import between our own targets; this does.
struct ImportRule: Rule {
    /// What every target may import besides its row.
    static let everywhere: Set<String> = ["Swift", "Synchronization"]

    /// What one target may import: our own targets, then libraries and the system's modules.
    static let allowed: [String: Set<String>] = [
        "Platform": [],
        "Wire": ["Platform", "COpenSSL"],
        "SIPStack": ["Platform", "Wire"],
        "Media": ["Platform", "Wire", "COpus", "CSpandsp"],
        "PBX": ["Platform", "Wire", "SIPStack", "Media", "GRDB", "Foundation"],
        "Settings": ["Platform", "PBX", "SIPStack", "Media", "Yams", "Foundation"],
        "PlatformLinux": [
            "Platform", "Wire", "Media", "SIPStack", "CLinux", "COpenSSL", "CCares", "CSndfile",
            "Glibc", "Foundation", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS",
        ],
        "Sim": [
            "Platform", "Wire", "SIPStack", "Media", "PBX", "CSim", "Glibc", "Foundation",
            "_Concurrency",
        ],
        "pbxd": [
            "Platform", "PBX", "PlatformLinux", "Settings", "SIPStack", "Media", "Logging",
            "ArgumentParser", "ServiceLifecycle", "UnixSignals", "Glibc", "Foundation",
        ],
        "pbxctl": [
            "Platform", "PBX", "PlatformLinux", "Settings", "ArgumentParser", "Glibc",
            "Foundation",
        ],
        "pbxload": [
            "Platform", "PlatformLinux", "PBX", "Sim", "SIPStack", "Histogram", "ArgumentParser",
            "Glibc", "Foundation",
        ],
        "pbxsim": ["Platform", "Sim", "ArgumentParser", "Glibc", "Foundation"],
    ]

    func violations(in file: SourceFile) -> [Violation] {
        guard file.area == "Sources" else { return [] }
        guard let allowed = Self.allowed[file.target] else {
            return [Violation(path: file.path, line: 1, message: "no row in the import table")]
        }
        return Self.imports(of: file).compactMap { module, line in
            guard !allowed.contains(module), !Self.everywhere.contains(module) else { return nil }
            return Violation(
                path: file.path, line: line, message: "\(file.target) may not import \(module)")
        }
    }

    /// The modules that a file imports; of `import struct A.B` the module is `A`.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        var found: [(module: String, line: Int)] = []
        for index in file.tokens.indices where file.tokens[index].text == "import" {
            guard file.tokens[index].kind == .word, index + 1 < file.tokens.count else { continue }
            var next = file.tokens[index + 1]
            if kinds.contains(next.text), index + 2 < file.tokens.count {
                next = file.tokens[index + 2]
            }
            guard next.kind == .word, next.line == file.tokens[index].line else { continue }
            found.append((next.text, next.line))
        }
        return found
    }
}
