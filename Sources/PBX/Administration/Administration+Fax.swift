/// Commands about faxes: from the store, so that they are answered while the exchange is stopped, too.
extension Administration {
    func startFaxCommand(
        _ request: AdministrationRequest,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        switch request.command {
        case .listFaxes(let limit):
            let limit = max(1, min(limit, Self.longestCallList))
            perform(.recentFaxes(domain: domain, limit: limit), then) {
                .faxes($0.map(FaxListing.init))
            }
        case .showFax(let text):
            let callID = try callID(text)
            perform(.findFax(callID, domain: domain), then) { found in
                let reason = "call \(callID) brought no fax; see: pbxctl fax list"
                return found.map { .fax(FaxListing($0)) } ?? .refused(Refusal(.notFound, [reason]))
            }
        default: break  // Sent on to this function by no other command.
        }
    }
}
