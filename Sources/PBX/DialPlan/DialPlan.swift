/// Digits to a place (OV-1, OV-2). A value: made whole from one revision of the configuration.
///
/// Queues join the cases as they come; a clash is found when the plan is made,
/// never while somebody dials (FC-11).
public struct DialPlan: Sendable {
    /// Where a dialled number leads.
    public enum Place: Sendable, Equatable {
        case inside(ExtensionID)
        /// The exchange itself answers.
        case here(HousePlace)
        /// Something is done with a call of others.
        case feature(Feature)
        /// Outside, by one of these trunks in this order, under that number.
        case outside(number: String, by: [TrunkID])
        case nowhere
    }

    private let directory: Directory
    private let house: HouseNumbers

    public init(directory: Directory, house: HouseNumbers = HouseNumbers()) {
        self.directory = directory
        self.house = house
    }

    /// The place that those digits name, dialled by that extension.
    ///
    /// Only an extension dials: a call that came by a trunk has its own table, which names
    /// extensions alone. So nobody outside calls the outside at our expense.
    public func destination(for digits: String, from caller: ExtensionID) -> Place {
        if let number = ExtensionNumber(digits), let found = directory.extensionRecord(number) {
            return .inside(found.extensionID)
        }
        if let place = house.place(of: digits) { return .here(place) }
        if let feature = house.feature(of: digits) { return .feature(feature) }
        guard let rule = rule(for: digits) else { return .nowhere }
        let number = rule.rewritten(digits)
        let trunks = rule.trunks.filter { directory.trunk($0) != nil }
        guard !trunks.isEmpty, Self.isDiallable(number) else { return .nowhere }
        return .outside(
            number: number, by: Array(trunks.prefix(OutboundRuleRecord.trunkLimit)))
    }

    /// The rule with the longest prefix.
    private func rule(for digits: String) -> OutboundRuleRecord? {
        guard Self.isDiallable(digits) else { return nil }
        return directory.sortedRules.filter { digits.hasPrefix($0.prefix) }
            .max { $0.prefix.utf8.count < $1.prefix.utf8.count }
    }

    /// Digits, with a `+` before them at most: what a telephone network takes, and nothing that
    /// could mean more than a number in a URI.
    static func isDiallable(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
        return (1...OutboundRuleRecord.longestNumber).contains(digits.count)
            && digits.allSatisfy { (48...57).contains($0) || $0 == 42 || $0 == 35 }
    }
}
