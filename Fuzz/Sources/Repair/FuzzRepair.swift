import Fuzzing
import Platform
import Synchronization

@testable import Media

/// Files of recordings that a crash, or a bad disk, left behind: what is kept of one is whole and
/// was there before, and a second repair changes nothing.
func fuzzRepair(_ bytes: [UInt8]) {
    var choices = Choices(bytes)
    let container = choices.pick(RecordingFormat.Container.allCases)
    var script = RepairScript(choices: choices, container: container)
    script.run()
}

private struct RepairScript {
    private static let name = "a.part"
    /// Pages of the longest kind, for files of more than is read at once.
    private static let longPageCount = 20

    var choices: Choices
    let container: RecordingFormat.Container

    mutating func run() {
        var file: [UInt8] = []
        switch choices.byte() % 4 {
        case 0: file = choices.rest()
        case 1: file = whole(isLong: choices.byte() == 255)
        default:
            file = whole(isLong: choices.byte() == 255)
            damage(&file)
        }
        let folder = OneFile(file)
        let outcome: RecordingRepair.Outcome
        do throws(FileFailure) {
            outcome = try RecordingRepair.repair(Self.name, as: container, in: folder)
        } catch {
            return require(folder.content == file, "what is not repaired is left alone: \(error)")
        }
        switch outcome {
        case .removed:
            require(folder.content == nil, "it is gone")
        case .kept(let length):
            judge(folder.content ?? [], length, of: file)
            let again = try? RecordingRepair.repair(Self.name, as: container, in: folder)
            require(again == outcome, "twice is as good as once: \(String(describing: again))")
        }
    }

    private func judge(_ kept: [UInt8], _ length: Int, of file: [UInt8]) {
        require(kept.count == length && length <= file.count, "it grows by nothing: \(length)")
        switch container {
        case .wav:
            let sizes = (4..<8).map { $0 } + (40..<44).map { $0 }
            require(
                kept.indices.allSatisfy { sizes.contains($0) || kept[$0] == file[$0] },
                "what was said is untouched")
            require(word(kept, 4) == length - 8, "RIFF's length: \(word(kept, 4))")
            require(word(kept, 40) == length - 44, "the length of the samples: \(word(kept, 40))")
            let frame = Int(kept[32]) | Int(kept[33]) << 8
            require((length - 44) % frame == 0 && length > 44, "whole samples of all tracks")
        case .opus:
            require(kept.elementsEqual(file.prefix(length)), "what was said is untouched")
            var start = 0
            var count = 0
            while start < kept.count {
                guard let page = OggPage.length(at: start, of: kept) else { break }
                start += page
                count += 1
            }
            require(start == kept.count && count > 2, "page after page: \(count)")
        }
    }

    private func word(_ file: [UInt8], _ start: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(file[start + $1]) << (8 * $1) }
    }

    /// A file as it is while it grows: nothing of it is torn.
    private mutating func whole(isLong: Bool) -> [UInt8] {
        switch container {
        case .wav:
            let trackCount = 1 + Int(choices.byte() & 1)
            let header = WaveFile.header(trackCount: trackCount, sampleRate: SoundKind.wide)
            let samples = choices.chunk() + [UInt8](repeating: 7, count: isLong ? 1 << 21 : 0)
            return header + samples
        case .opus:
            let count = isLong ? Self.longPageCount : 2 + Int(choices.byte() % 4)
            return (0..<count).flatMap { number in
                let packet =
                    isLong && number > 1
                    ? [UInt8](repeating: UInt8(number), count: 255 * 250) : choices.chunk()
                return OggPage.encoded(
                    [packet], position: UInt64(number), serial: 1, number: UInt32(number),
                    flags: number == 0 ? .first : [])
            }
        }
    }

    /// Torn off, turned over, or gone on with.
    private mutating func damage(_ file: inout [UInt8]) {
        for _ in 0..<1 + choices.byte() % 3 {
            let place = Int(choices.byte()) << 8 | Int(choices.byte())
            switch choices.byte() % 3 {
            case 0: file = Array(file.prefix(file.isEmpty ? 0 : place % file.count))
            case 1 where !file.isEmpty: file[place % file.count] ^= choices.byte()
            default: file += choices.chunk()
            }
        }
    }
}

/// A folder of one file at most.
private final class OneFile: FileFolder {
    private let file: Mutex<[UInt8]?>

    init(_ content: [UInt8]) {
        file = Mutex(content)
    }

    var content: [UInt8]? { file.withLock { $0 } }
    var freeByteCount: Int? { nil }

    func names() throws(FileFailure) -> [String] { [] }

    func size(of name: String) throws(FileFailure) -> Int { try present().count }

    func read(_ name: String, from offset: Int, count: Int) throws(FileFailure) -> [UInt8] {
        Array(try present().dropFirst(offset).prefix(count))
    }

    func write(_ bytes: [UInt8], to name: String, at offset: Int) throws(FileFailure) {
        var file = try present()
        require(offset + bytes.count <= file.count, "a repair adds nothing")
        file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        replace(file)
    }

    func truncate(_ name: String, to size: Int) throws(FileFailure) {
        let file = try present()
        require(size <= file.count, "a repair adds nothing")
        replace(Array(file.prefix(size)))
    }

    func sync(_ name: String) throws(FileFailure) {}
    func rename(_ name: String, to newName: String) throws(FileFailure) {}
    func remove(_ name: String) throws(FileFailure) { file.withLock { $0 = nil } }

    private func replace(_ content: [UInt8]) { file.withLock { $0 = content } }

    private func present() throws(FileFailure) -> [UInt8] {
        guard let content else { throw .missing }
        return content
    }
}
