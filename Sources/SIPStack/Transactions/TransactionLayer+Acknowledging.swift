import Platform

/// The ACKs of 2xx (RFC 3261 §13.2.2.4). Each is kept with its INVITE, for the 2xx that comes again
/// because its ACK was lost: that may be when the call is over, and its BYE waits for the phone.
extension TransactionLayer {
    /// How many answers of one INVITE have their ACK kept; those of more forks ask their owner again.
    static var acknowledgementLimit: Int { 8 }

    /// Sends it, on a branch of its own and outside transactions.
    mutating func acknowledge(
        _ request: Request, of transactionID: ClientTransactionID?, by way: Way, branch: String
    ) -> [Effect] {
        let acknowledgement = Acknowledgement(request: request, way: way, branch: branch)
        if let transactionID, let entry = clients[transactionID],
            entry.request.cSeq.number == request.cSeq.number,
            entry.acknowledgements.count < Self.acknowledgementLimit
        {
            clients[transactionID]?.acknowledgements.append(acknowledgement)
        }
        return send(acknowledgement)
    }

    /// The ACK again, for an answer that comes again; nil where that answer is news.
    mutating func acknowledgeAgain(
        _ response: Response, of id: ClientTransactionID, on arrival: Flow?
    ) -> [Effect]? {
        guard response.status.isSuccess,
            var known = clients[id]?.acknowledgements.first(where: {
                $0.request.to.tag == response.to.tag
            })
        else { return nil }
        switch known.way {
        case .flow, .orphan, .none:
            // A device that made its stream anew asks by that one.
            if let arrival, arrival.transport.isReliable { known.way = .flow(arrival) }
        case .datagram, .connect:
            break  // Its route leads elsewhere than the answer's.
        }
        return send(known)
    }

    private mutating func send(_ acknowledgement: Acknowledgement) -> [Effect] {
        let request = acknowledgement.request
        let branch = acknowledgement.branch
        switch acknowledgement.way {
        case .flow(let flow):
            return transmit(request, branch: branch, on: flow)
        case .datagram(let flow, let stream):
            let effects = transmit(request, branch: branch, on: flow)
            guard let stream, case .send(let bytes, _)? = effects.first,
                bytes.count > Self.longestDatagram
            else { return effects }
            return transmit(request, branch: branch, on: stream)
        case .connect(let target):
            return wait(.acknowledgement(request, branch: branch), for: target)
        case .orphan(_, let target):
            // Without one the phone's next 2xx asks for it again.
            guard let target else { return [.drop(.unreachable)] }
            return wait(.acknowledgement(request, branch: branch), for: target)
        case .none:
            return [.drop(.unreachable)]
        }
    }

    func transmit(_ request: Request, branch: String, on flow: Flow) -> [Effect] {
        var request = request
        if request.maxForwards == nil { request.maxForwards = 70 }
        request.vias = [via(for: flow, sentBy: settings.sentBy(flow), branch: branch)]
        return [.send(request.encoded(), on: flow)]
    }
}
