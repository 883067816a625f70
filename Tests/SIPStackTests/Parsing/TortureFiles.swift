import Foundation

/// The messages of RFC 4475 and RFC 5118 as files: they lie beside the project, not in it.
enum TortureFiles {
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/torture")

    static var areThere: Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "wsinv.dat").path)
    }

    static func bytes(of name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: "\(name).dat")))
    }
}
