import Platform

/// One thing that a person does with a phone, by a script.
///
/// A step is done when its effect is there: `hold` when the other side has agreed. What the exchange
/// learns later (transfers, feature codes, prompts, lamps) gets its cases here and in
/// `VirtualPhone+Script.swift`.
public enum PhoneStep: Sendable, Equatable {
    case wait(Duration)
    /// Calls that number, once the phone is registered and free.
    case call(String)
    /// Lets the next call ring for that long and answers it.
    case pickUp(after: Duration)
    /// Lets the next call ring for that long and refuses it.
    case refuse(status: Int, after: Duration)
    /// Sends the next caller to another number.
    case redirect(to: String)
    case hold
    case resume
    /// Presses keys: `0` to `9`, `*`, `#`, `A` to `D`.
    case press(String)
    /// Ends the call, also one that still rings somewhere.
    case hangUp
    /// Waits until it talks; it is complained of where it takes longer.
    case awaitTalk(within: Duration)
    /// Waits until the call is over; it is complained of where it takes longer.
    case awaitEnd(within: Duration)
    /// Those keys, and no others, must have been heard in this call by then.
    case expectKeys(String)
}

/// What one phone of a plan is and does, beside what the seed draws.
public struct PhoneScript: Sendable, Equatable, Codable {
    /// Counted from 0, in the order of the extensions.
    public var phone: Int
    /// Instead of those that the seed draws; nil: those.
    public var quirks: [PhoneQuirk]?
    /// Done one after the other; afterwards the phone answers calls as people do.
    public var steps: [PhoneStep]

    public init(phone: Int, quirks: [PhoneQuirk]? = nil, steps: [PhoneStep]) {
        self.phone = phone
        self.quirks = quirks
        self.steps = steps
    }
}

extension PhoneStep: Codable {
    private enum Verb: String, Codable {
        case wait, call, hold, resume, press, redirect, refuse
        case pickUp = "pick-up"
        case hangUp = "hang-up"
        case awaitTalk = "await-talk"
        case awaitEnd = "await-end"
        case expectKeys = "expect-keys"
    }

    /// Durations are milliseconds in a file.
    private enum CodingKeys: String, CodingKey {
        case verb = "do"
        case number, keys, status, after, within
        case lasting = "for"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func duration(_ key: CodingKeys, _ usual: Int64) throws -> Duration {
            .milliseconds(try values.decodeIfPresent(Int64.self, forKey: key) ?? usual)
        }
        func text(_ key: CodingKeys) throws -> String {
            try values.decode(String.self, forKey: key)
        }
        switch try values.decode(Verb.self, forKey: .verb) {
        case .wait: self = .wait(try duration(.lasting, 1000))
        case .call: self = .call(try text(.number))
        case .pickUp: self = .pickUp(after: try duration(.after, 1000))
        case .refuse:
            let status = try values.decodeIfPresent(Int.self, forKey: .status) ?? 486
            self = .refuse(status: status, after: try duration(.after, 1000))
        case .redirect: self = .redirect(to: try text(.number))
        case .hold: self = .hold
        case .resume: self = .resume
        case .press: self = .press(try text(.keys))
        case .hangUp: self = .hangUp
        case .awaitTalk: self = .awaitTalk(within: try duration(.within, 30_000))
        case .awaitEnd: self = .awaitEnd(within: try duration(.within, 30_000))
        case .expectKeys: self = .expectKeys(try text(.keys))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ verb: Verb) throws { try values.encode(verb, forKey: .verb) }
        func encode(_ duration: Duration, _ key: CodingKeys) throws {
            try values.encode(duration.milliseconds, forKey: key)
        }
        switch self {
        case .wait(let pause):
            try encode(.wait)
            try encode(pause, .lasting)
        case .call(let number):
            try encode(.call)
            try values.encode(number, forKey: .number)
        case .pickUp(let pause):
            try encode(.pickUp)
            try encode(pause, .after)
        case .refuse(let status, let pause):
            try encode(.refuse)
            try values.encode(status, forKey: .status)
            try encode(pause, .after)
        case .redirect(let number):
            try encode(.redirect)
            try values.encode(number, forKey: .number)
        case .hold: try encode(.hold)
        case .resume: try encode(.resume)
        case .press(let keys):
            try encode(.press)
            try values.encode(keys, forKey: .keys)
        case .hangUp: try encode(.hangUp)
        case .awaitTalk(let pause):
            try encode(.awaitTalk)
            try encode(pause, .within)
        case .awaitEnd(let pause):
            try encode(.awaitEnd)
            try encode(pause, .within)
        case .expectKeys(let keys):
            try encode(.expectKeys)
            try values.encode(keys, forKey: .keys)
        }
    }
}
