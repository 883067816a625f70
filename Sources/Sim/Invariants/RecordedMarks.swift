/// Who is heard in a WAV of a recording: the marks of speakers, read back from its samples.
struct RecordedMarks {
    /// Samples of a frame of 20 ms of a track, at 16,000 a second.
    private static let frameSize = 320
    /// How late a sample of 8,000 a second is in the file, which has twice as many: a filter makes the
    /// others.
    private static let delay = 12
    private static let headLength = 44

    let trackCount: Int
    private let file: [UInt8]

    /// Nil for what is no such file.
    init?(_ file: [UInt8]) {
        guard file.count >= Self.headLength, (1...2).contains(Int(file[22])) else { return nil }
        self.file = file
        trackCount = Int(file[22])
    }

    /// Each speaker of a track, with how often it is heard there. What two say at once in one track
    /// can't be told, and is in none.
    func speakers(ofTrack track: Int) -> [SpeakerMark: Int] {
        let count = (file.count - Self.headLength) / (2 * trackCount)
        var found: [SpeakerMark: Int] = [:]
        var start = 0
        while start + 2 * (Self.delay + SpokenMark.sampleCount) <= count {
            // Where nobody has spoken yet there is nothing at all.
            if !isNothing(start + 2 * Self.delay, track),
                let mark = SpokenMark.read({ isHigh(start + 2 * (Self.delay + $0), track) })
            {
                found[mark, default: 0] += 1
            }
            start += Self.frameSize
        }
        return found
    }

    private func place(_ sample: Int, _ track: Int) -> Int {
        Self.headLength + 2 * (sample * trackCount + track)
    }

    private func isNothing(_ sample: Int, _ track: Int) -> Bool {
        let place = place(sample, track)
        return file[place] == 0 && file[place + 1] == 0
    }

    private func isHigh(_ sample: Int, _ track: Int) -> Bool {
        file[place(sample, track) + 1] < 128
    }
}
