import Foundation

/// The folder that an exchange keeps its database in: for its owner's eyes only.
public enum DataFolder {
    /// Makes the folder, an empty database file and its lock where they are missing, all closed to
    /// others: SQLite gives its other files the rights of the database.
    public static func prepare(_ folder: String, databasePath: String) throws(StoreError) {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotOpen(path: databasePath, detail: "the folder \(folder) cannot be made")
        }
        for path in [databasePath, FolderLock.path(beside: databasePath)]
        where !files.fileExists(atPath: path) {
            let isMade = files.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            if !isMade {
                throw .cannotOpen(path: databasePath, detail: "the file \(path) cannot be made")
            }
        }
    }
}
