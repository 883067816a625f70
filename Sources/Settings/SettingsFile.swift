import Foundation
import Yams

extension Settings {
    /// A settings file larger than this is none.
    private static var largestFile: Int { 1 << 20 }

    /// Reads a settings file; without one the standard settings hold.
    ///
    /// Relative paths in a file count from the file's own folder.
    public static func load(path: String?) throws(SettingsError) -> Settings {
        guard let path else { return .standard }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason =
                FileManager.default.fileExists(atPath: path)
                ? "cannot be read; check that it is a file and its permissions"
                : "does not exist; give another path with --config, or none for the standard "
                    + "settings"
            throw SettingsError(path: path, problems: [.init(line: nil, text: reason)])
        }
        guard bytes.count <= largestFile, let text = String(data: bytes, encoding: .utf8) else {
            throw SettingsError(
                path: path, problems: [.init(line: nil, text: "is not a text file in UTF-8")])
        }
        return try read(text, path: path)
    }

    /// Reads settings from text.
    ///
    /// - Parameter path: for messages, and what relative paths count from.
    public static func read(_ text: String, path: String) throws(SettingsError) -> Settings {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw SettingsError(path: path, problems: [problem(error)])
        }
        var reader = SettingsReader()
        var builder = SettingsBuilder(folder: folder(of: path))
        if let root, !reader.isNull(root) { builder.read(root, &reader) }
        builder.checkOverlaps(&reader)
        guard reader.problems.isEmpty else {
            let ordered = reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
            throw SettingsError(path: path, problems: ordered)
        }
        return builder.settings
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func problem(_ error: any Error) -> SettingsError.Problem {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .init(line: mark.line, text: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let place):
            .init(
                line: place.mark.line,
                text: "a key stands twice: \(duplicates.joined(separator: ", "))")
        case .reader(let problem, _, _, _):
            .init(line: nil, text: "not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
            .init(line: nil, text: "not YAML: \(error)")
        }
    }
}
