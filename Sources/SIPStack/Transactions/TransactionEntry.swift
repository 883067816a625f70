import Platform

/// The ACK of a 2xx, and how it goes.
struct Acknowledgement: Sendable {
    let request: Request
    var way: Way
    let branch: String
}

/// One client transaction with what its messages need.
struct ClientEntry: Sendable {
    enum Machine: Sendable {
        case invite(InviteClientTransaction)
        case nonInvite(NonInviteClientTransaction)
    }

    var machine: Machine
    /// With our Via, once the flow is known.
    var request: Request
    let branch: String
    /// Nil while a stream is awaited.
    var flow: Flow?
    /// The bytes of the request as they go out by the flow.
    var bytes: [UInt8] = []
    /// What our Via names.
    var sentBy: SocketAddress?
    /// The datagram flow to fall back to where the stream cannot be made.
    var fallback: Flow?
    /// Whose stream it waits for, where that broke.
    var place: FlowPlace?
    /// An INVITE whose stream broke: what is still to say of it goes another way.
    var isFlowClosed = false
    /// How often it went out once more, by another stream, because its own broke.
    var reroutes = 0
    /// The device that it is for, by its stream that broke first.
    var home: FlowPlace?
    /// A CANCEL that the stack sends, or an INVITE that is abandoned: nobody waits for its outcome.
    var isInternal: Bool
    /// An abandoned INVITE was answered, and the answer has had its BYE.
    var isDismissed = false
    /// An INVITE's: what its answers were acknowledged with, one a fork.
    var acknowledgements: [Acknowledgement] = []

    /// Gives the request its Via, and so its bytes, for a flow.
    mutating func place(on flow: Flow, sentBy: SocketAddress, via: Via) {
        request.vias = [via]
        bytes = request.encoded()
        self.sentBy = sentBy
        self.flow = flow
        switch machine {
        case .invite(var invite):
            invite.isReliable = flow.transport.isReliable
            machine = .invite(invite)
        case .nonInvite(var nonInvite):
            nonInvite.isReliable = flow.transport.isReliable
            machine = .nonInvite(nonInvite)
        }
    }

    var key: ClientTransactionKey {
        ClientTransactionKey(branch: branch, method: request.method)
    }

    /// No response has come yet.
    var isUnanswered: Bool {
        switch machine {
        case .invite(let machine): if case .calling = machine.state { true } else { false }
        case .nonInvite(let machine): if case .trying = machine.state { true } else { false }
        }
    }

    /// Present where the request may make a dialog.
    var half: HalfDialog? {
        // A SUBSCRIBE's NOTIFY may come before its 2xx (RFC 6665 §4.1.2.4).
        guard request.method == .invite || request.method == .subscribe, request.to.tag == nil,
            let tag = request.from.tag
        else { return nil }
        return HalfDialog(sipCallID: request.callID, tag: tag)
    }
}

/// One server transaction with what its responses need.
struct ServerEntry: Sendable {
    enum Machine: Sendable {
        case invite(InviteServerTransaction)
        case nonInvite(NonInviteServerTransaction)
    }

    var machine: Machine
    let key: ServerTransactionKey
    let mergeKey: MergeKey?
    /// Present for an INVITE outside dialogs: the caller's half.
    let half: HalfDialog?
    /// What to answer where the owner says nothing yet.
    let trying: Response
    /// Where responses go (RFC 3261 §18.2.2).
    var flow: Flow
    var isFlowClosed = false
    /// Where a stream can be made when the request's own is closed.
    let returnTarget: StreamTarget?
    /// An INVITE by a stream: who sent it, where the stream breaks and the device comes back.
    let place: FlowPlace?
    var recipient: TransactionLayer.Recipient
    var acknowledgementKey: AcknowledgementKey?
}
