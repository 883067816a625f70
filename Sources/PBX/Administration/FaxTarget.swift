/// An extension to which fax machines shall be sent: what is not the exchange's own number for faxes.
struct FaxTarget: Sendable {
    fileprivate let digits: String

    /// Nil where nobody is sent anywhere, or to the exchange's own number.
    init?(_ detection: FaxDetection, house: HouseNumbers) {
        guard case .send(let digits) = detection, digits != house.fax else { return nil }
        self.digits = digits
    }
}

extension ConfigurationDraft {
    /// - Throws: ``ConfigurationError`` where there is no such extension, or it takes no faxes.
    func require(_ target: FaxTarget?) throws {
        guard let digits = target?.digits else { return }
        guard let number = ExtensionNumber(digits), let record = try extensionRecord(number) else {
            throw ConfigurationError.clashes([
                "fax machines can't be sent to '\(digits)': it is neither an extension nor the"
                    + " exchange's number for faxes (numbers.fax, *85 where nothing else is said);"
                    + " name that number, or an extension that takes faxes"
            ])
        }
        guard try devices(of: record.extensionID).contains(where: \.policy.takesFaxes) else {
            throw ConfigurationError.clashes([
                "fax machines can't be sent to extension \(digits), which takes no faxes; make it"
                    + " take them first: pbxctl extension set \(digits) --fax on"
            ])
        }
    }
}
