/// Who is in an office and what they do with their phones: the part of a plan that is about people.
public struct OfficePlan: Sendable, Equatable {
    /// How many phones each extension has, in turn and round and round; empty: the seed draws one to
    /// three for each.
    public var phonesPerExtension: [Int] = []
    public var workload = OfficeWorkload()

    public init() {}

    /// Why no office can be like that; nil where one can.
    public var fault: String? {
        if !phonesPerExtension.allSatisfy((1...OfficeSeats.limit).contains) {
            return "an extension has 1 to \(OfficeSeats.limit) phones"
        }
        return nil
    }
}

extension OfficePlan: Codable {
    private enum CodingKeys: String, CodingKey {
        case phonesPerExtension, workload
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        phonesPerExtension =
            try values.decodeIfPresent([Int].self, forKey: .phonesPerExtension) ?? []
        workload = try values.decodeIfPresent(OfficeWorkload.self, forKey: .workload) ?? workload
    }
}
