/// Digits to a place (OV-1). A value: made whole from one revision of the configuration.
///
/// Feature codes, queues and trunks join the cases as they come; a clash is found when the plan is
/// made, never while somebody dials (FC-11).
public struct DialPlan: Sendable {
    /// Where a dialled number leads.
    public enum Place: Sendable, Equatable {
        case inside(ExtensionID)
        case nowhere
    }

    private let directory: Directory

    public init(directory: Directory) {
        self.directory = directory
    }

    /// The place that those digits name, dialled by that extension.
    public func destination(for digits: String, from caller: ExtensionID) -> Place {
        guard let number = ExtensionNumber(digits), let found = directory.extensionRecord(number)
        else {
            return .nowhere
        }
        return .inside(found.extensionID)
    }
}
