/// A tone that tells how a call goes, as people of a country know it (ITU-T E.180).
public enum CallTone: String, Hashable, Sendable, CaseIterable {
    /// It rings at the other end.
    case ringback
    case busy
    /// There is no way through at the moment.
    case congestion
    /// Somebody else calls meanwhile.
    case callWaiting
    /// What is said is recorded.
    case recording

    /// Peak of each of its parts, where `count` sound at once: together −10 dBm0, which E.180 has as
    /// the middle of what is allowed; those that are heard over speech 10 dB softer.
    func peak(partCount count: Int) -> Double {
        let alone: Double =
            switch self {
            case .ringback, .busy, .congestion: 7_219
            case .callWaiting, .recording: 2_283
            }
        return count > 1 ? alone * 0.707_1 : alone
    }
}

/// A part of a tone: one or two frequencies, or silence, for so long.
struct ToneStep: Equatable, Sendable {
    /// 0: nothing.
    var hertz: Int
    /// Sounds with it; 0: nothing does.
    var second = 0
    var milliseconds: Int
}

/// Whose tones are heard, by ISO 3166; after ITU-T E.180 supplement 2.
public enum ToneCountry: String, Hashable, Sendable, CaseIterable {
    case at, be, ca, ch, cz, de, dk, es, fi, fr, gb, gr, hu, it, lt, nl, no, pl, pt, ru, se, ua, us

    /// How that tone goes, over and over.
    func steps(of tone: CallTone) -> [ToneStep] {
        let text =
            switch tone {
            case .ringback: set.ringback
            case .busy: set.busy
            case .congestion: set.congestion
            case .callWaiting: set.callWaiting
            case .recording: set.recording
            }
        return Self.steps(text)
    }

    private struct ToneSet {
        var ringback = "425/1000 0/4000"
        var busy = "425/500 0/500"
        var congestion = "425/200 0/200"
        var callWaiting = "425/200 0/200 425/200 0/5000"
        var recording = "1400/500 0/15000"
    }

    /// Written as people note them: hertz, `+` the second, `/` milliseconds.
    private var set: ToneSet {
        western ?? northern
    }

    /// Of the countries from Austria to Britain, and over the sea.
    private var western: ToneSet? {
        switch self {
        case .at: Self.austria
        case .be:
            ToneSet(
                ringback: "425/1000 0/3000", congestion: "425/167 0/167",
                callWaiting: "1400/175 0/175 1400/175 0/3500")
        case .ca, .us: Self.northAmerica
        case .ch:
            ToneSet(
                callWaiting: "425/200 0/200 425/200 0/4000", recording: "1400/80 0/15000")
        case .cz:
            ToneSet(
                busy: "425/330 0/330", congestion: "425/165 0/165",
                callWaiting: "425/330 0/9000", recording: "1400/500 0/14000")
        case .de:
            ToneSet(
                busy: "425/480 0/480", congestion: "425/240 0/240", recording: "1400/80 0/15000")
        case .dk:
            ToneSet(
                callWaiting: "425/200 0/600 425/200 0/3000", recording: "1400/80 0/15000")
        case .es: Self.spain
        case .fi:
            ToneSet(busy: "425/300 0/300", callWaiting: "425/150 0/150 425/150 0/8000")
        case .fr:
            ToneSet(
                ringback: "440/1500 0/3500", busy: "440/500 0/500", congestion: "440/250 0/250",
                callWaiting: "440/300 0/10000")
        case .gb: Self.britain
        case .gr, .hu, .it, .lt, .nl, .no, .pl, .pt, .ru, .se, .ua: nil
        }
    }

    /// Of the others.
    private var northern: ToneSet {
        switch self {
        case .gr:
            ToneSet(
                busy: "425/300 0/300", callWaiting: "425/150 0/150 425/150 0/8000",
                recording: "1400/400 0/15000")
        case .hu:
            ToneSet(
                ringback: "425/1250 0/3750", busy: "425/300 0/300", congestion: "425/300 0/300",
                callWaiting: "425/40 0/1960", recording: "1400/400 0/15000")
        case .it:
            ToneSet(
                callWaiting: "425/400 0/100 425/250 0/100 425/150 0/14000",
                recording: "1400/400 0/15000")
        case .lt:
            ToneSet(busy: "425/350 0/350", callWaiting: "425/150 0/150 425/150 0/4000")
        case .nl: ToneSet(congestion: "425/250 0/250", callWaiting: "425/500 0/9500")
        case .no:
            ToneSet(
                callWaiting: "425/200 0/600 425/200 0/10000", recording: "1400/400 0/15000")
        case .pl:
            ToneSet(
                congestion: "425/500 0/500", callWaiting: "425/150 0/150 425/150 0/4000")
        case .pt: ToneSet(ringback: "425/1000 0/5000", callWaiting: "440/300 0/10000")
        case .ru:
            ToneSet(
                ringback: "425/1000 0/4000", busy: "425/350 0/350", congestion: "425/175 0/175",
                callWaiting: "425/200 0/5000", recording: "1400/400 0/15000")
        case .se:
            ToneSet(
                ringback: "425/1000 0/5000", busy: "425/250 0/250", congestion: "425/250 0/750",
                callWaiting: "425/200 0/500 425/200 0/9100")
        case .ua: ToneSet(congestion: "425/250 0/250", callWaiting: "425/200 0/5000")
        case .at, .be, .ca, .ch, .cz, .de, .dk, .es, .fi, .fr, .gb, .us: ToneSet()
        }
    }

    private static var austria: ToneSet {
        ToneSet(
            ringback: "420/1000 0/5000", busy: "420/400 0/400", congestion: "420/200 0/200",
            callWaiting: "420/40 0/1950", recording: "1400/80 0/14920")
    }

    private static var britain: ToneSet {
        ToneSet(
            ringback: "400+450/400 0/200 400+450/400 0/2000", busy: "400/375 0/375",
            congestion: "400/400 0/350 400/225 0/525", callWaiting: "400/100 0/4000",
            recording: "1400/500 0/60000")
    }

    private static var northAmerica: ToneSet {
        ToneSet(
            ringback: "440+480/2000 0/4000", busy: "480+620/500 0/500",
            congestion: "480+620/250 0/250", callWaiting: "440/300 0/10000")
    }

    private static var spain: ToneSet {
        ToneSet(
            ringback: "425/1500 0/3000", busy: "425/200 0/200",
            congestion: "425/200 0/200 425/200 0/200 425/200 0/600",
            callWaiting: "425/175 0/175 425/175 0/3500")
    }

    /// A word that is none is left out.
    static func steps(_ text: String) -> [ToneStep] {
        text.split(separator: " ").compactMap { word in
            let parts = word.split(separator: "/")
            guard parts.count == 2, let milliseconds = Int(parts[1]) else { return nil }
            let hertz = parts[0].split(separator: "+").compactMap { Int($0) }
            guard let first = hertz.first else { return nil }
            return ToneStep(
                hertz: first, second: hertz.count > 1 ? hertz[1] : 0, milliseconds: milliseconds)
        }
    }
}
