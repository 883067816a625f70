/// Sound that the exchange makes itself: tones, and a melody for who waits.
public struct SoundGenerator: Equatable, Sendable {
    /// What is heard.
    public enum Tune: Hashable, Sendable {
        /// 1004 Hz at −10 dBm0, to measure levels by (ITU-T O.6 has 1020 Hz).
        case level
        /// Broken chords, softly, without end.
        case melody
        /// Two notes up, two notes down, one: somebody came, somebody went, your turn.
        case came, went, ready
        case silence
        /// How a call goes; without end.
        case call(CallTone, ToneCountry)
    }

    /// One note: 0 hertz is a rest.
    private typealias Note = ToneStep

    public let tune: Tune
    private let sampleRate: Int
    private let notes: [Note]
    private let level: Double
    private var number = 0
    /// Samples into the note.
    private var place = 0
    /// 0…1 of a turn.
    private var phase = 0.0
    /// The same of the second frequency.
    private var secondPhase = 0.0

    public init(_ tune: Tune, sampleRate: Int) {
        self.tune = tune
        self.sampleRate = sampleRate
        switch tune {
        case .level:
            // 0 dBm0 is 3.14 dB below the loudest sine of G.711.
            notes = [Note(hertz: 1_004, milliseconds: 1_000)]
            level = 7_219
        case .melody:
            let chords = [[262, 330, 392, 523], [220, 262, 330, 440], [175, 220, 262, 349]]
            let last = [196, 247, 294, 392]
            notes = (chords + [last]).flatMap { chord in
                (chord + chord.reversed()).map { Note(hertz: $0, milliseconds: 350) }
            }
            level = 3_500
        case .came:
            notes = [Note(hertz: 587, milliseconds: 120), Note(hertz: 880, milliseconds: 160)]
            level = 2_500
        case .went:
            notes = [Note(hertz: 880, milliseconds: 120), Note(hertz: 587, milliseconds: 160)]
            level = 2_500
        case .ready:
            notes = [Note(hertz: 950, milliseconds: 200)]
            level = 3_500
        case .silence:
            notes = []
            level = 0
        case .call(let tone, let country):
            let steps = country.steps(of: tone)
            notes = steps
            level = tone.peak(partCount: steps.contains { $0.second > 0 } ? 2 : 1)
        }
    }

    /// A short tune has been played to its end.
    public var isOver: Bool {
        switch tune {
        case .level, .melody, .call: false
        case .came, .went, .ready, .silence: number >= notes.count
        }
    }

    /// What comes next is no silence.
    var isSounding: Bool { !isOver && notes[number].hertz > 0 }

    /// Makes the next samples.
    public mutating func make(_ count: Int, into frame: inout MutableSpan<Int16>) {
        let count = min(count, frame.count)
        var made = 0
        while made < count, !isOver {
            let note = notes[number]
            let length = note.milliseconds * sampleRate / 1_000
            let end = made + min(count - made, length - place)
            if note.hertz > 0 {
                sound(note, length: length, samples: made..<end, into: &frame)
            } else {
                // A rest: most of what callers hear of a tone.
                for index in made..<end { frame[index] = 0 }
            }
            place += end - made
            made = end
            if place >= length { goOn() }
        }
        for index in made..<count { frame[index] = 0 }
    }

    /// Samples of a note, from its ``place`` on.
    private mutating func sound(
        _ note: Note, length: Int, samples: Range<Int>, into frame: inout MutableSpan<Int16>
    ) {
        let turn = Double(note.hertz) / Double(sampleRate)
        let secondTurn = Double(note.second) / Double(sampleRate)
        let envelope = Envelope(of: tune, length: length, sampleRate: sampleRate)
        for index in samples {
            var value = Self.sine(ofPart: phase)
            phase += turn
            if phase >= 1 { phase -= 1 }
            if note.second > 0 {
                value += Self.sine(ofPart: secondPhase)
                secondPhase += secondTurn
                if secondPhase >= 1 { secondPhase -= 1 }
            }
            let gain = envelope.gain(at: place + index - samples.lowerBound)
            frame[index] = Int16(level * gain * value)
        }
    }

    /// To the next note; what has no end begins again.
    private mutating func goOn() {
        place = 0
        number += 1
        switch tune {
        case .level: number %= notes.count
        case .melody, .call:
            number %= notes.count
            phase = 0
            secondPhase = 0
        case .came, .went, .ready, .silence: phase = 0
        }
    }

    /// A note begins and ends without a click, and in a melody dies away.
    private struct Envelope {
        private let length: Double
        /// By how much it rises and falls with each sample.
        private let edge: Double
        private let decay: Double
        private let isFlat: Bool

        init(of tune: Tune, length: Int, sampleRate: Int) {
            self.length = Double(length)
            edge = 100 / Double(sampleRate)
            decay = tune == .melody ? 0.7 / Double(length) : 0
            isFlat = tune == .level
        }

        func gain(at place: Int) -> Double {
            guard !isFlat else { return 1 }
            let place = Double(place)
            let rise = min(1, place * edge)
            let fall = min(1, (length - place) * edge)
            return rise * fall * (1 - decay * place)
        }
    }

    /// The sine of turns: a Taylor series of the nearest quarter, exact to a millionth.
    static func sine(_ turns: Double) -> Double {
        sine(ofPart: turns - turns.rounded(.down))
    }

    /// - Parameter part: of a turn, 0…1 without the 1.
    private static func sine(ofPart part: Double) -> Double {
        var part = part
        var sign = 1.0
        if part >= 0.5 {
            part -= 0.5
            sign = -1
        }
        if part > 0.25 { part = 0.5 - part }
        let angle = 2 * Double.pi * part
        let square = angle * angle
        let high = 1.0 / 362_880 - square / 39_916_800
        let low = -1.0 / 6 + square * (1.0 / 120 + square * (-1.0 / 5_040 + square * high))
        return sign * angle * (1 + square * low)
    }
}
