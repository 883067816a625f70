import Platform

/// Where a playlist is being said.
struct ClipPlayer {
    let playlist: SoundPlaylist
    private var clip = 0
    private var place = 0
    private var halving = HalfBandHalving()
    /// Its end has been told.
    var isReported = false

    /// - Parameter now: where all who hear it together are.
    init(_ playlist: SoundPlaylist, now: Instant) {
        self.playlist = playlist
        guard playlist.manner == .endlessTogether else { return }
        let beats = now.nanoseconds / SoundLimits.frame.nanoseconds
        let size = Int64(SoundKind.wide / SoundLimits.framesASecond)
        place = Int(beats * size % Int64(playlist.sampleCount))
        while place >= playlist.clips[clip].samples.count {
            place -= playlist.clips[clip].samples.count
            clip += 1
        }
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
                if isOver, playlist.manner != .once { clip = 0 }
            }
        }
        for index in made..<size { frame[index] = 0 }
        if sampleRate == SoundKind.narrow { _ = halving.halve(count: size, in: &frame) }
    }
}
