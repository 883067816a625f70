import Platform
import Synchronization

/// Files in memory, on a disk that can be full or broken.
final class MemoryFolder: FileFolder {
    struct Disk {
        var files: [String: [UInt8]] = [:]
        var synced: Set<String> = []
        /// Bytes that still fit; nil: any.
        var room: Int?
        var isBroken = false
        var free: Int?
    }

    let disk = Mutex(Disk())

    var files: [String: [UInt8]] { disk.withLock { $0.files } }

    func names() throws(FileFailure) -> [String] { Array(files.keys) }

    func size(of name: String) throws(FileFailure) -> Int {
        guard let file = files[name] else { throw .missing }
        return file.count
    }

    func read(
        _ name: String, from offset: Int, count: Int
    ) throws(FileFailure) -> [UInt8] {
        guard let file = files[name] else { throw .missing }
        return Array(file.dropFirst(offset).prefix(count))
    }

    func write(_ bytes: [UInt8], to name: String, at offset: Int) throws(FileFailure) {
        let failure = disk.withLock { disk -> FileFailure? in
            guard !disk.isBroken else { return .failed("broken") }
            var file = disk.files[name] ?? []
            let growth = max(0, offset + bytes.count - file.count)
            let taken = disk.room.map { min($0, growth) } ?? growth
            file += [UInt8](repeating: 0, count: taken)
            for (index, byte) in bytes.enumerated() where offset + index < file.count {
                file[offset + index] = byte
            }
            disk.room = disk.room.map { $0 - taken }
            disk.files[name] = file
            return taken < growth ? .full : nil
        }
        if let failure { throw failure }
    }

    func truncate(_ name: String, to size: Int) throws(FileFailure) {
        let isDone = disk.withLock { disk -> Bool in
            guard let file = disk.files[name] else { return false }
            disk.files[name] = Array(file.prefix(size))
            return true
        }
        if !isDone { throw .missing }
    }

    func sync(_ name: String) throws(FileFailure) {
        let isBroken = disk.withLock { disk in
            disk.synced.insert(name)
            return disk.isBroken
        }
        if isBroken { throw .failed("broken") }
    }

    func rename(_ name: String, to newName: String) throws(FileFailure) {
        let isDone = disk.withLock { disk -> Bool in
            guard let file = disk.files.removeValue(forKey: name) else { return false }
            disk.files[newName] = file
            return true
        }
        if !isDone { throw .missing }
    }

    func remove(_ name: String) throws(FileFailure) {
        _ = disk.withLock { $0.files.removeValue(forKey: name) }
    }

    var freeByteCount: Int? { disk.withLock { $0.free } }
}
