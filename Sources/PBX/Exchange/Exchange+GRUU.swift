import SIPStack

/// Requests for one device of an extension (RFC 5627 §6.1).
extension Exchange {
    /// What was dialled: digits, and which of the phones there are meant.
    struct Dialled {
        var digits: String
        var phones = GRUUMint.Choice.every
    }

    func dialled(by uri: URI) -> Dialled {
        guard case .sip(let sip) = uri, sip.isGRUU else { return Dialled(digits: uri.digits) }
        guard GRUUMint.isTemporary(sip) else {
            return Dialled(
                digits: uri.digits, phones: sip.gruu.map(GRUUMint.Choice.instance) ?? .every)
        }
        guard let (extensionID, mark) = mint.read(sip),
            let record = directory.extensionRecord(extensionID)
        else { return Dialled(digits: "") }
        return Dialled(digits: record.number.digits, phones: .registration(mark: mark))
    }
}

extension URI {
    /// What was dialled: the user part, or a `tel:` URI's digits.
    var digits: String {
        switch self {
        case .sip(let uri): uri.user ?? ""
        case .tel(let uri): uri.number
        case .other: ""
        }
    }
}
