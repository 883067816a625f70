import Platform

/// The exchange keeps the rules that the phones know by themselves.
///
/// A phone that is cut off, or whose exchange is, waits in vain: for as long as a transaction lasts
/// that is no fault of the exchange's.
struct NoPhoneComplains: Invariant {
    /// Timer B and its like, once for a transaction and once for one that was begun meanwhile.
    private static let patience = Duration.seconds(64)

    var claim: String { "no phone sees a rule broken" }

    func breaches(in evidence: Evidence) -> [String] {
        evidence.complaints.compactMap { complaint in
            let wasCutOff = evidence.outages.hit(
                complaint.phone, from: complaint.instant, to: complaint.instant,
                grace: Self.patience)
            if complaint.isAboutSilence, wasCutOff { return nil }
            let number = evidence.numbers[complaint.phone] ?? ""
            return "\(complaint.instant.nanoseconds / 1_000_000) ms, phone \(number):"
                + " \(complaint.text)"
        }
    }
}
