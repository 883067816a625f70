import Glibc
import Platform

/// A folder of this machine. Each call opens, works and closes: nothing is left open by who forgets.
public final class DiskFolder: FileFolder {
    public let path: String

    /// Makes the folder, for its owner's eyes only, where there is none; the one above it must be there.
    public init(path: String) throws(FileFailure) {
        self.path = path
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure() }
    }

    public func names() throws(FileFailure) -> [String] {
        guard let folder = opendir(path) else { throw Self.failure() }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(
                    to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)
                ) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    public func size(of name: String) throws(FileFailure) -> Int {
        var status = stat()
        guard stat(full(name), &status) == 0 else { throw Self.failure() }
        return Int(status.st_size)
    }

    public func read(
        _ name: String, from offset: Int, count: Int
    ) throws(FileFailure) -> [UInt8] {
        let file = try open(name, O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes { room in
                pread(file, room.baseAddress?.advanced(by: done), room.count - done, offset + done)
            }
            guard got >= 0 else {
                if errno == EINTR { continue }
                throw Self.failure()
            }
            if got == 0 { break }
            done += got
        }
        return Array(bytes.prefix(done))
    }

    public func write(
        _ bytes: [UInt8], to name: String, at offset: Int
    ) throws(FileFailure) {
        let file = try open(name, O_WRONLY | O_CREAT)
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { room in
                pwrite(file, room.baseAddress?.advanced(by: done), room.count - done, offset + done)
            }
            guard put >= 0 else {
                if errno == EINTR { continue }
                throw Self.failure()
            }
            done += put
        }
    }

    public func truncate(_ name: String, to size: Int) throws(FileFailure) {
        guard Glibc.truncate(full(name), size) == 0 else { throw Self.failure() }
    }

    public func sync(_ name: String) throws(FileFailure) {
        let file = try open(name, O_RDONLY)
        defer { close(file) }
        guard fdatasync(file) == 0 else { throw Self.failure() }
        // The name stands in the folder.
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure() }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure() }
    }

    public func rename(_ name: String, to newName: String) throws(FileFailure) {
        guard Glibc.rename(full(name), full(newName)) == 0 else { throw Self.failure() }
    }

    public func remove(_ name: String) throws(FileFailure) {
        guard unlink(full(name)) == 0 else { throw Self.failure() }
    }

    public var freeByteCount: Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    private func full(_ name: String) -> String { "\(path)/\(name)" }

    private func open(_ name: String, _ flags: Int32) throws(FileFailure) -> Int32 {
        let file = Glibc.open(full(name), flags | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure() }
        return file
    }

    private static func failure() -> FileFailure {
        switch errno {
        case ENOSPC, EDQUOT: .full
        case ENOENT: .missing
        default: .failed(String(cString: strerror(errno)))
        }
    }
}
