/// Why something could not be done with a file.
public enum FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No room is left on the disk.
    case full
    case missing
    /// Anything else, in the system's words.
    case failed(String)

    public var description: String {
        switch self {
        case .full: "no space is left on the disk"
        case .missing: "there is no such file"
        case .failed(let why): why
        }
    }
}

/// Files of one folder, by their bare names. Blocks for as long as the disk takes: use it on a
/// ``StorageLane`` alone.
///
/// Live: a folder of this machine. Simulated: the world's disk, which fails as the seed has it.
public protocol FileFolder: Sendable {
    /// Of all files in it, in no order.
    func names() throws(FileFailure) -> [String]
    /// In bytes.
    func size(of name: String) throws(FileFailure) -> Int
    /// Up to `count` bytes; fewer at the end of the file.
    func read(_ name: String, from offset: Int, count: Int) throws(FileFailure) -> [UInt8]
    /// Writes at that place; makes the file, for its owner's eyes only, where there is none.
    func write(_ bytes: [UInt8], to name: String, at offset: Int) throws(FileFailure)
    func truncate(_ name: String, to size: Int) throws(FileFailure)
    /// After it content and name outlive a power cut.
    func sync(_ name: String) throws(FileFailure)
    /// In one step; replaces a file of the new name.
    func rename(_ name: String, to newName: String) throws(FileFailure)
    func remove(_ name: String) throws(FileFailure)
    /// What is left on the disk; nil where nobody can say.
    var freeByteCount: Int? { get }
}
