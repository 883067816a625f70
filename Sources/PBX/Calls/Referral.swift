import SIPStack

/// What a party asks for by REFER: its call shall go on with somebody else (RFC 3515, RFC 5589).
struct Referral: Sendable {
    enum Target: Sendable, Equatable {
        /// A number, dialled with the transferor's rights: blind.
        case number(String)
        /// A call that the transferor has with somebody: attended.
        case call(DialogID)
    }

    let transaction: ServerTransactionID
    let request: Request
    let target: Target

    /// Nil with the status that says why where the REFER can't be followed.
    static func read(
        _ request: Request, _ transaction: ServerTransactionID
    ) -> (referral: Referral?, refusal: Status) {
        // RFC 3515 §2.4.2: exactly one Refer-To.
        guard let all = try? request.fields.all(ReferTo.self), all.count == 1,
            let referTo = all.first
        else { return (nil, .badRequest) }
        guard referTo.method == .invite else { return (nil, .forbidden) }
        let digits: String
        switch referTo.address.uri {
        case .sip(let uri): digits = uri.user ?? ""
        case .tel(let uri): digits = uri.number
        case .other: return (nil, .unsupportedURIScheme)
        }
        if let replaces = referTo.replaces {
            guard let toTag = replaces.toTag, let fromTag = replaces.fromTag else {
                return (nil, .badRequest)
            }
            // The tags are named as the one that gets the INVITE sees them (RFC 3891 §3): us.
            let dialog = DialogID(
                sipCallID: replaces.callID, localTag: toTag, remoteTag: fromTag)
            return (
                Referral(transaction: transaction, request: request, target: .call(dialog)), .ok
            )
        }
        guard !digits.isEmpty else { return (nil, .addressIncomplete) }
        let target = Target.number(digits)
        return (Referral(transaction: transaction, request: request, target: target), .ok)
    }
}
