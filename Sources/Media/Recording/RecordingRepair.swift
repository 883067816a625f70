import Platform

/// Files of recordings that a crash left behind: what is on the disk of them is made whole.
public enum RecordingRepair {
    /// What became of one.
    public enum Outcome: Equatable, Sendable {
        /// So many bytes of it are good.
        case kept(Int)
        /// Nothing had been said.
        case removed
    }

    /// What is read at once.
    private static var chunk: Int { 1 << 20 }

    /// Makes a file whole in place; blocks.
    ///
    /// - Parameter container: what it is, whatever its name says.
    /// - Throws: also where its beginning is damaged, which no crash does: then nobody can say what of
    ///   it is good, and it is left as it is.
    public static func repair(
        _ name: String, as container: RecordingFormat.Container, in folder: any FileFolder
    ) throws(FileFailure) -> Outcome {
        let length =
            switch container {
            case .wav: try mendWave(name, in: folder)
            case .opus: try goodOggLength(name, in: folder)
            }
        guard let length else {
            try folder.remove(name)
            return .removed
        }
        try folder.truncate(name, to: length)
        try folder.sync(name)
        return .kept(length)
    }

    private static var damaged: FileFailure {
        .failed("its beginning is damaged: it is left as it is")
    }

    /// Whole samples, and their count in the header.
    private static func mendWave(
        _ name: String, in folder: any FileFolder
    ) throws(FileFailure) -> Int? {
        let header = try folder.read(name, from: 0, count: WaveFile.headerLength)
        let size = try folder.size(of: name)
        guard size > WaveFile.headerLength else { return nil }
        guard let frameLength = WaveFile.frameLength(of: header) else { throw damaged }
        let length = size - (size - WaveFile.headerLength) % frameLength
        guard length > WaveFile.headerLength else { return nil }
        for patch in WaveFile.sizes(length: length) {
            try folder.write(patch.bytes, to: name, at: patch.offset)
        }
        return length
    }

    /// Up to the first page that is not whole; nil where not even a page of sound is.
    private static func goodOggLength(
        _ name: String, in folder: any FileFolder
    ) throws(FileFailure) -> Int? {
        var good = 0
        var pageCount = 0
        var isOver = false
        while !isOver {
            let bytes = try folder.read(name, from: good, count: chunk)
            var start = 0
            while let length = OggPage.length(at: start, of: bytes) {
                start += length
                pageCount += 1
            }
            good += start
            isOver = start == 0 || bytes.count < chunk
        }
        if pageCount > 2 { return good }
        // A page at most is torn.
        guard try folder.size(of: name) - good < OggPage.longest else { throw damaged }
        return nil
    }
}
