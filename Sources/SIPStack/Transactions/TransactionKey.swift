/// What makes a request part of a server transaction (RFC 3261 §17.2.3).
enum ServerTransactionKey: Hashable, Sendable {
    /// Top Via's branch and sent-by, and the method, ACK counting as INVITE.
    case branch(String, sentBy: SentBy, Method)
    /// A peer of RFC 2543, whose branch names nothing: what else stays the same over
    /// retransmissions. To tags are left out: an ACK has one where its INVITE had none.
    case legacy(LegacyTransactionKey)

    /// The key of a request, or of the one that a CANCEL or ACK is about.
    ///
    /// - Parameter method: the method to look for; a CANCEL is looked up as `INVITE`.
    init?(_ request: Request, method: Method) {
        guard let via = request.vias.first else { return nil }
        let sentBy = SentBy(host: via.host, port: via.port)
        if via.hasMagicCookie, let branch = via.branch {
            self = .branch(branch, sentBy: sentBy, method)
        } else {
            self = .legacy(
                LegacyTransactionKey(
                    uri: request.uri.text, fromTag: request.from.tag, sipCallID: request.callID,
                    sequence: request.cSeq.number, method: method, sentBy: sentBy,
                    branch: via.branch))
        }
    }

    /// The key of a request of which not all could be read; nil where too little could.
    init?(_ rejection: Rejection) {
        guard let via = rejection.via, via.hasMagicCookie, let branch = via.branch,
            let method = rejection.method
        else { return nil }
        self = .branch(branch, sentBy: SentBy(host: via.host, port: via.port), method)
    }
}

/// The parts of a request by which RFC 2543 tells transactions apart.
struct LegacyTransactionKey: Hashable, Sendable {
    var uri: String
    var fromTag: String?
    var sipCallID: String
    var sequence: UInt32
    var method: Method
    var sentBy: SentBy
    var branch: String?
}

/// What a Via says of its sender.
struct SentBy: Hashable, Sendable {
    var host: Host
    var port: UInt16?
}

/// What makes a response part of a client transaction (RFC 3261 §17.1.3).
struct ClientTransactionKey: Hashable, Sendable {
    var branch: String
    var method: Method
}

/// A request outside dialogs: another with the same key and another branch came by another way
/// (RFC 3261 §8.2.2.2).
struct MergeKey: Hashable, Sendable {
    var sipCallID: String
    var fromTag: String
    var cSeq: CSeq

    init?(_ request: Request) {
        guard request.to.tag == nil, let tag = request.from.tag else { return nil }
        sipCallID = request.callID
        fromTag = tag
        cSeq = request.cSeq
    }
}

/// One end of a dialog that has no other end yet: Call-ID and the tag of the UAC.
struct HalfDialog: Hashable, Sendable {
    var sipCallID: String
    var tag: String
}

/// Which INVITE of ours an ACK of a 2xx is for.
struct AcknowledgementKey: Hashable, Sendable {
    var sipCallID: String
    var fromTag: String?
    var toTag: String?
    var sequence: UInt32

    init(_ acknowledgement: Request) {
        sipCallID = acknowledgement.callID
        fromTag = acknowledgement.from.tag
        toTag = acknowledgement.to.tag
        sequence = acknowledgement.cSeq.number
    }

    init(_ response: Response) {
        sipCallID = response.callID
        fromTag = response.from.tag
        toTag = response.to.tag
        sequence = response.cSeq.number
    }
}
