/// A dialog that a provisional response to our INVITE made (RFC 3261 §12.1.2), with what RFC 3262 §4
/// keeps of it.
struct EarlyDialog: Sendable, Equatable {
    /// What becomes of a provisional response, by its RSeq.
    enum Order: Equatable {
        case unreliable
        /// The next reliable one: acknowledge and take it.
        case next(UInt32)
        /// Taken before, or after one that is missing: say nothing, it comes again.
        case outOfOrder
    }

    var dialog: Dialog
    /// The RSeq of the last reliable provisional response that was taken.
    var lastNumber: UInt32?
    /// The description that the other side gave first.
    var description: MessageBody?
    /// That came reliably: whatever later responses bring, it stands (RFC 3261 §13.2.1).
    var isSettled = false

    init(_ dialog: Dialog) {
        self.dialog = dialog
    }

    /// Judges a provisional response (RFC 3262 §4).
    func order(of response: Response) -> Order {
        guard let number = response.reliableNumber else { return .unreliable }
        guard let lastNumber else { return .next(number) }
        return number == lastNumber &+ 1 ? .next(number) : .outOfOrder
    }
}

extension Response {
    /// The RSeq of a provisional response that wants a PRACK; nil for any other.
    var reliableNumber: UInt32? {
        guard status.isProvisional, status != .trying,
            required.contains(where: { $0.lowercased() == OptionTag.reliableProvisional }),
            let number = one(RSeq.self)?.number, number > 0
        else { return nil }
        return number
    }
}
