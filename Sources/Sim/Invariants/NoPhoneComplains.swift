import Platform

/// The exchange keeps the rules that the phones know by themselves.
///
/// A phone that is cut off, or whose exchange is, waits in vain: for as long as a transaction lasts
/// that is no fault of the exchange's.
struct NoPhoneComplains: Invariant {
    /// Timer B and its like.
    private static let patience = Duration.seconds(32)

    var claim: String { "no phone sees a rule broken" }

    func breaches(in evidence: Evidence) -> [String] {
        evidence.complaints.compactMap { complaint in
            if let since = complaint.waitedSince,
                evidence.outages.hit(
                    complaint.phone, from: since, to: complaint.instant, grace: Self.patience)
            {
                return nil
            }
            let number = evidence.numbers[complaint.phone] ?? ""
            return "\(complaint.instant.nanoseconds / 1_000_000) ms, phone \(number):"
                + " \(complaint.text)"
        }
    }
}
