import Platform

/// INVITEs whose stream broke before any response: they have failed for their owner, and the phone
/// that rings all the same is seen to here (RFC 3261 §18.4, §9.1).
extension TransactionLayer {
    /// Its sink may be forgotten; the transaction stays until timer B. A request that comes in a dialog
    /// made by it has nobody: it gets 481.
    mutating func abandon(_ id: ClientTransactionID) -> [Effect] {
        guard let entry = clients[id], !entry.isInternal else { return [] }
        clients[id]?.isInternal = true
        if let half = entry.half, callingHalves[half] == id { callingHalves[half] = nil }
        return [.release(id)]
    }

    /// An answer that nobody waits for any more gets its ACK, and once a BYE (§13.2.2.4).
    mutating func dismiss(
        _ response: Response, of id: ClientTransactionID, on flow: Flow
    ) -> [Effect] {
        guard let entry = clients[id], entry.request.method == .invite,
            response.status.isSuccess,
            let dialog = Dialog(calling: entry.request, response: response)
        else { return [] }
        let acknowledgement = acknowledge(
            dialog.acknowledgement(of: entry.request), of: id, by: .flow(flow),
            branch: entry.branch + "ack")
        guard !entry.isDismissed else { return acknowledgement }
        clients[id]?.isDismissed = true
        var ended = dialog
        lastInternalNumber += 1
        let byeID = ClientTransactionID(
            shard: settings.shard, number: ClientTransactionID.firstInternal + lastInternalNumber)
        insert(ended.request(.bye), byeID, branch: entry.branch + "bye", isInternal: true)
        return acknowledgement + launch(byeID, on: flow)
    }
}
