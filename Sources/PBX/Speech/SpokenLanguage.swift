import Media

/// A language in which the exchange speaks; how numbers and times are put together from prompts.
public enum SpokenLanguage: String, Sendable, CaseIterable {
    case english = "en"
    case russian = "ru"

    /// Whose tones are heard where nobody said.
    public var usualTones: ToneCountry {
        switch self {
        case .english: .us
        case .russian: .ru
        }
    }

    /// 0…99, digit by digit where it has no word of its own.
    func number(_ number: Int) -> [Prompt] {
        let number = min(max(0, number), 99)
        if number <= 20 || number % 10 == 0 { return [.digits(number)] }
        return [.digits(number / 10 * 10), .digits(number % 10)]
    }

    /// What the clock says before its tone: the time that it will be then, to whole seconds.
    func atTheTone(_ time: ClockTime) -> [Prompt] {
        var words = [Prompt.atTheTone]
        switch self {
        case .english:
            words += number((time.hour + 11) % 12 + 1)
            switch time.minute {
            case 0: words.append(.oClock)
            case 1...9: words += [.oh, .digits(time.minute)]
            default: words += number(time.minute)
            }
            words.append(time.hour < 12 ? .beforeNoon : .afterNoon)
            if time.second > 0 { words += [.and] + number(time.second) + [.seconds] }
        case .russian:
            words += number(time.hour)
            words += time.minute < 10 ? [.digits(0)] : []
            words += number(time.minute)
            if time.second > 0 { words += number(time.second) + [.seconds] }
        }
        return words
    }
}

/// A time of day as people say it.
public struct ClockTime: Equatable, Sendable {
    /// 0 to 23.
    public var hour: Int
    public var minute: Int
    public var second: Int

    public init(hour: Int, minute: Int, second: Int) {
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The time of day so many seconds after a midnight, of whatever day.
    init(secondsOfDay: Int64) {
        let seconds = Int(((secondsOfDay % 86_400) + 86_400) % 86_400)
        self.init(hour: seconds / 3_600, minute: seconds / 60 % 60, second: seconds % 60)
    }
}
