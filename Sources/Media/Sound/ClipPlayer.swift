/// Where a playlist is being said.
struct ClipPlayer {
    let playlist: SoundPlaylist
    private var clip = 0
    private var place = 0
    private var halving = HalfBandHalving()
    /// Its end has been told.
    var isReported = false

    init(_ playlist: SoundPlaylist) {
        self.playlist = playlist
    }

    var isOver: Bool { clip >= playlist.clips.count }

    /// Makes the next 20 ms; what follows the last clip is silence.
    ///
    /// - Parameter frame: room for 20 ms at ``SoundKind/wide``.
    mutating func make(sampleRate: Int, into frame: inout MutableSpan<Int16>) {
        let size = min(frame.count, SoundKind.wide / SoundLimits.framesASecond)
        var made = 0
        while made < size, !isOver {
            let sound = playlist.clips[clip].samples
            let samples = sound.span
            let count = min(size - made, samples.count - place)
            for index in 0..<count { frame[made + index] = samples[place + index] }
            made += count
            place += count
            if place >= samples.count {
                clip += 1
                place = 0
            }
        }
        for index in made..<size { frame[index] = 0 }
        if sampleRate == SoundKind.narrow { _ = halving.halve(count: size, in: &frame) }
    }
}
