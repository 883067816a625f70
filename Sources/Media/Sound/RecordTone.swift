import Platform

/// The tone by which a party of a call hears, again and again, that it is recorded (ITU-T E.180): laid
/// over what it hears of the other one.
///
/// It goes to the party alone. A recording has what parties say, so that the tone is not in it.
struct RecordTone: Sendable {
    /// Whose is to be heard; nil: none. Counts from ``settle()`` on.
    var wanted: ToneCountry?
    private var country: ToneCountry?
    private var generator: SoundGenerator?
    private var sampleRate = 0
    /// Samples of silence before it begins.
    private var lead = 0

    /// What the party hears comes from another source from here on, by which its jitter buffer must find
    /// its way before the first tone.
    private static var leadTime: Duration { .milliseconds(200) }

    var isOn: Bool { country != nil }
    var isChanged: Bool { wanted != country }

    /// It begins with its first sound, or ends.
    mutating func settle() {
        country = wanted
        generator = nil
        sampleRate = 0
    }

    /// Makes it at that rate; one that goes on at the same rate stays where it is.
    mutating func begin(sampleRate: Int) {
        guard let country, sampleRate != self.sampleRate else { return }
        generator = SoundGenerator(.call(.recording, country), sampleRate: sampleRate)
        self.sampleRate = sampleRate
        lead = Int(Self.leadTime.nanoseconds) * sampleRate / 1_000_000_000
    }

    /// Makes the next samples; false where all are silence.
    mutating func make(_ count: Int, into frame: inout MutableSpan<Int16>) -> Bool {
        guard generator != nil, lead <= 0 else {
            lead -= count
            for place in 0..<min(count, frame.count) { frame[place] = 0 }
            return false
        }
        let began = generator?.isSounding ?? false
        generator?.make(count, into: &frame)
        return began || generator?.isSounding ?? false
    }
}
