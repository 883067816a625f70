/// Requests that are sent again because the far end wants credentials (RFC 3261 §22.2, §8.1.3.5).
extension InviteSession {
    /// The same request with the next number, which is what the usage goes on from; nil where the
    /// usage does not wait for its answer any more. The credentials are the owner's to add.
    public mutating func renumbered(_ request: Request, _ tag: RequestTag) -> Request? {
        guard request.method != .cancel, request.method != .ack else { return nil }
        var again = request
        if tag == .invite {
            guard state == .calling, request.cSeq == invite.cSeq else { return nil }
            again.cSeq.number += 1
            invite = again
            return again
        }
        guard dialog != nil else { return nil }
        dialog?.renumber(&again)
        if let offer = localOffer, offer.request.cSeq == request.cSeq {
            localOffer = offer.renumbered(again)
        }
        return again
    }
}

extension Dialog {
    /// Gives a request of ours the next number.
    mutating func renumber(_ request: inout Request) {
        advanceSequence()
        request.cSeq.number = localSequence
    }
}
