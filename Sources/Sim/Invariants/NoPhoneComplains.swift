import Platform

/// The exchange keeps the rules that the phones know by themselves.
struct NoPhoneComplains: Invariant {
    var claim: String { "no phone sees a rule broken" }

    func breaches(in evidence: Evidence) -> [String] {
        evidence.complaints.map { complaint in
            let number = evidence.numbers[complaint.phone] ?? ""
            return "\(complaint.instant.nanoseconds / 1_000_000) ms, phone \(number):"
                + " \(complaint.text)"
        }
    }
}
