import CSim
import Platform

/// A folder of the world's disk, which outlives the exchange's processes.
public struct SimulatedFolder: FileFolder {
    /// Ends with a slash.
    private let path: String
    private let lifespan: Lifespan?

    /// - Parameter lifespan: of the process that has it open; after its end nothing is written.
    init(path: String, lifespan: Lifespan? = nil) {
        self.path = path + "/"
        self.lifespan = lifespan
    }

    public func names() throws(FileFailure) -> [String] {
        var names: [String] = []
        while let name = csim_file_name(path, names.count) {
            names.append(String(String(cString: name).dropFirst(path.utf8.count)))
        }
        return names
    }

    public func size(of name: String) throws(FileFailure) -> Int {
        let size = csim_file_size(path + name)
        guard size >= 0 else { throw .missing }
        return Int(size)
    }

    public func read(
        _ name: String, from offset: Int, count: Int
    ) throws(FileFailure) -> [UInt8] {
        guard csim_file_size(path + name) >= 0 else { throw .missing }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = csim_file_read(path + name, &bytes, count, offset)
        return Array(bytes.prefix(got))
    }

    public func write(
        _ bytes: [UInt8], to name: String, at offset: Int
    ) throws(FileFailure) {
        try check(csim_file_write(path + name, bytes, bytes.count, offset))
    }

    public func truncate(_ name: String, to size: Int) throws(FileFailure) {
        try check(csim_file_truncate(path + name, size))
    }

    public func sync(_ name: String) throws(FileFailure) {
        try check(csim_file_sync(path + name))
    }

    public func rename(_ name: String, to newName: String) throws(FileFailure) {
        try check(csim_file_rename(path + name, path + newName))
    }

    public func remove(_ name: String) throws(FileFailure) {
        try check(csim_file_delete(path + name))
    }

    public var freeByteCount: Int? { nil }

    private func check(_ code: Int32) throws(FileFailure) {
        if let lifespan, lifespan.isOver { throw .failed("the process has ended") }
        switch Int(code) {
        case Int(CSIM_FILE_OK): return
        case Int(CSIM_FILE_FULL): throw .full
        default: throw .failed("the disk failed")
        }
    }
}
