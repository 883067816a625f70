/// Who is in an office and what they do with their phones: the part of a plan that is about people.
public struct OfficePlan: Sendable, Equatable {
    /// How many phones each extension has, in turn and round and round; empty: the seed draws one to
    /// three for each.
    public var phonesPerExtension: [Int] = []
    public var workload = OfficeWorkload()
    /// The vendors' quirks that there are; each phone has some of them, as the seed draws.
    public var quirks: [PhoneQuirk] = []
    /// Phones that are told what to do.
    public var scripts: [PhoneScript] = []

    public init() {}

    /// Why no office can be like that; nil where one can.
    public var fault: String? {
        if !phonesPerExtension.allSatisfy((1...OfficeSeats.limit).contains) {
            return "an extension has 1 to \(OfficeSeats.limit) phones"
        }
        if workload.outsideCallsPerHour != 0 {
            return "nobody can call from outside: there is no trunk yet"
        }
        return nil
    }
}

extension OfficePlan: Codable {
    private enum CodingKeys: String, CodingKey {
        case phonesPerExtension, workload, quirks, scripts
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        phonesPerExtension =
            try values.decodeIfPresent([Int].self, forKey: .phonesPerExtension) ?? []
        workload = try values.decodeIfPresent(OfficeWorkload.self, forKey: .workload) ?? workload
        quirks = try values.decodeIfPresent([PhoneQuirk].self, forKey: .quirks) ?? []
        scripts = try values.decodeIfPresent([PhoneScript].self, forKey: .scripts) ?? []
    }
}
