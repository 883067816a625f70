/// What can be said of a recording by its file alone: that it can be played to its end, and how long it is.
enum RecordedFile {
    /// Why a file can't be played.
    struct Fault: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// Samples a second of all tracks of a WAV, and of what Ogg counts (RFC 7845 §4).
    private static let waveRate = 16_000
    private static let oggRate = 48_000

    /// How long the sound is.
    static func length(of file: [UInt8], named name: String) throws(Fault) -> Duration {
        name.hasSuffix(".wav") ? try waveLength(file) : try oggLength(file)
    }

    /// The number in those bytes, the lowest first.
    private static func number(_ file: [UInt8], _ offset: Int, bytes: Int = 4) -> Int {
        (0..<bytes).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }

    /// It says the truth of its length.
    private static func waveLength(_ file: [UInt8]) throws(Fault) -> Duration {
        guard file.count >= 44, file.starts(with: Array("RIFF".utf8)),
            number(file, 4) == file.count - 8, number(file, 40) == file.count - 44,
            (1...2).contains(file[22])
        else { throw Fault("no whole WAV") }
        let samples = (file.count - 44) / (2 * Int(file[22]))
        return .milliseconds(Int64(samples * 1_000 / waveRate))
    }

    /// Page after page to the end, each of the one stream, counted up; the last says how much there is
    /// from the first on, in which it stands how much of that is not to be heard.
    private static func oggLength(_ file: [UInt8]) throws(Fault) -> Duration {
        var start = 0
        var count = 0
        var position = 0
        while start < file.count {
            guard start + 27 <= file.count, file[start..<start + 4].elementsEqual("OggS".utf8)
            else { throw Fault("no page at \(start)") }
            let partCount = Int(file[start + 26])
            guard start + 27 + partCount <= file.count else {
                throw Fault("half a page at \(start)")
            }
            let stored = number(file, start + 18)
            guard stored == count else { throw Fault("page \(stored) instead of \(count)") }
            count += 1
            let next = number(file, start + 6, bytes: 7)
            guard next >= position else { throw Fault("page \(stored) ends before it begins") }
            position = next
            let lengths = file[(start + 27)..<(start + 27 + partCount)]
            start += 27 + partCount + lengths.reduce(0) { $0 + Int($1) }
            guard start <= file.count else { throw Fault("the last page is torn") }
        }
        guard count > 2, file[28..<36].elementsEqual("OpusHead".utf8) else {
            throw Fault("no sound")
        }
        let skipped = number(file, 28 + 10, bytes: 2)
        return .milliseconds(Int64(max(0, position - skipped) * 1_000 / oggRate))
    }
}
