import Foundation

/// Reads a text file that somebody named on the command line.
enum TextFile {
    /// - Throws: the exit code, after saying what is wrong.
    static func read(_ path: String) throws -> String {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            Output.complain("\(path) cannot be read; check path and permissions")
            throw Exit.refused
        }
        if let text = String(data: bytes, encoding: .utf8) { return text }
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(data: $0, encoding: .utf8) == nil } ?? 0
        Output.complain("\(path): line \(bad + 1) is not UTF-8; save the file as UTF-8")
        throw Exit.refused
    }
}
