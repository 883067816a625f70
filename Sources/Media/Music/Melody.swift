/// The tune that held parties hear: a slow waltz of our own, made of soft tones.
///
/// Computed, not recorded: nobody else has rights in it, and no file has to be installed.
enum Melody {
    private static let sampleRate = 8_000
    /// One beat at 92 a minute.
    private static let samplesInBeat = 5_217
    /// Well below a voice: music on the telephone must not shout.
    private static let melodyLevel = 4_600.0
    private static let chordLevel = 1_500.0

    /// A tone by its distance from A (440 Hz) in semitones, and how many beats it lasts.
    private struct Note {
        var tone: Int
        var beats: Int
    }

    private static let rest = Int.min
    /// Down a major third: among the tones of the tune is then none that tests play (440, 620 Hz).
    private static let transposition = -4

    /// Sixteen bars of three beats: C, Am, F, G, and home again.
    private static let tune: [Note] = [
        Note(tone: -2, beats: 2), Note(tone: 0, beats: 1), Note(tone: 2, beats: 1),
        Note(tone: 3, beats: 2), Note(tone: 7, beats: 2), Note(tone: 5, beats: 1),
        Note(tone: 3, beats: 3), Note(tone: 0, beats: 2), Note(tone: 3, beats: 1),
        Note(tone: 5, beats: 1), Note(tone: 3, beats: 1), Note(tone: 0, beats: 1),
        Note(tone: -2, beats: 2), Note(tone: 2, beats: 1), Note(tone: -2, beats: 3),
        Note(tone: 3, beats: 2), Note(tone: 2, beats: 1), Note(tone: 0, beats: 2),
        Note(tone: -2, beats: 1), Note(tone: 0, beats: 1), Note(tone: 2, beats: 1),
        Note(tone: 3, beats: 1), Note(tone: 5, beats: 3), Note(tone: 7, beats: 2),
        Note(tone: 3, beats: 1), Note(tone: 2, beats: 1), Note(tone: 0, beats: 1),
        Note(tone: 2, beats: 1), Note(tone: 3, beats: 3), Note(tone: rest, beats: 3),
    ]

    /// The chord under each bar: its root and fifth, two octaves below the tune.
    private static let chords: [(root: Int, third: Int)] = [
        (-21, -17), (-21, -17), (-24, -21), (-24, -21), (-28, -24), (-28, -24), (-26, -22),
        (-26, -22), (-21, -17), (-24, -21), (-28, -24), (-26, -22), (-21, -17), (-26, -22),
        (-21, -17), (-21, -17),
    ]

    /// About half a minute, 8 kHz.
    static func samples() -> [Int16] {
        let beats = max(tune.reduce(0) { $0 + $1.beats }, chords.count * 3)
        var sum = [Double](repeating: 0, count: beats * samplesInBeat)
        var beat = 0
        for note in tune {
            if note.tone != rest {
                add(note.tone, at: beat, for: note.beats, level: melodyLevel, to: &sum)
            }
            beat += note.beats
        }
        for (bar, chord) in chords.enumerated() {
            add(chord.root, at: bar * 3, for: 3, level: chordLevel * 1.6, to: &sum)
            add(chord.third + 12, at: bar * 3 + 1, for: 1, level: chordLevel, to: &sum)
            add(chord.third + 12, at: bar * 3 + 2, for: 1, level: chordLevel, to: &sum)
        }
        return sum.map { Int16(max(-32_000, min(32_000, $0))) }
    }

    /// One tone with a soft beginning and a long end, and a little of its octave.
    private static func add(
        _ tone: Int, at beat: Int, for beats: Int, level: Double, to sum: inout [Double]
    ) {
        let first = beat * samplesInBeat
        let count = min(beats * samplesInBeat, sum.count - first)
        guard count > 0 else { return }
        let attack = 240
        let step = frequency(tone + transposition) / Double(sampleRate)
        var phase = 0.0
        for index in 0..<count {
            let rise = min(1, Double(index) / Double(attack))
            let fall = 1 - Double(index) / Double(count)
            let sound = sine(phase) + 0.25 * sine(2 * phase)
            sum[first + index] += level * rise * fall * sound
            phase += step
            if phase >= 1 { phase -= 1 }
        }
    }

    /// Equal temperament: twelve steps to the octave, from A at 440 Hz.
    private static func frequency(_ tone: Int) -> Double {
        let semitone = 1.059_463_094_359_295
        var frequency = 440.0
        for _ in 0..<abs(tone) {
            frequency = tone < 0 ? frequency / semitone : frequency * semitone
        }
        return frequency
    }

    /// The sine of so many turns, good to 0.2 %: a parabola, corrected once.
    private static func sine(_ turns: Double) -> Double {
        let turn = turns - turns.rounded(.down)
        let half = turn < 0.5 ? turn * 2 : turn * 2 - 1
        let arch = 4 * half * (1 - half)
        let corrected = 0.775 * arch + 0.225 * arch * arch
        return turn < 0.5 ? corrected : -corrected
    }
}
