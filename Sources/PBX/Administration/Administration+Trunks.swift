import Platform
import SIPStack

/// Trunks, and the rules for calls to the outside.
extension Administration {
    func startTrunkCommand(
        _ request: AdministrationRequest,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        switch request.command {
        case .addTrunk(let typed):
            let name = try TrunkInput.name(typed.name)
            var edit = typed.edit
            edit.address = typed.address
            let checked = try CheckedTrunk(edit, house: house)
            let note = note(request, "trunk \(name) added")
            revise(.addTrunk(name, checked, domain: domain, note: note), then)
        case .changeTrunk(let name, let edit):
            let checked = try CheckedTrunk(edit, house: house)
            let note = note(request, "trunk \(name) changed")
            revise(.changeTrunk(name, checked, domain: domain, note: note), then)
        case .removeTrunk(let name):
            let note = note(request, "trunk \(name) removed")
            revise(.removeTrunk(name, domain: domain, note: note), then)
        case .listTrunks:
            listTrunks(named: nil, then)
        case .showTrunk(let name):
            listTrunks(named: name, then)
        case .addRoute(let draft):
            try TrunkInput.check(draft)
            let note = note(request, "rule for '\(draft.prefix)' added")
            revise(.addRoute(draft, domain: domain, note: note), then)
        case .changeRoute(let draft):
            try TrunkInput.check(draft)
            let note = note(request, "rule for '\(draft.prefix)' changed")
            revise(.changeRoute(draft, domain: domain, note: note), then)
        case .removeRoute(let prefix):
            let note = note(request, "rule for '\(prefix)' removed")
            revise(.removeRoute(prefix, domain: domain, note: note), then)
        case .listRoutes:
            perform(.loadDirectory(domain: domain), then) { directory in
                .routes(directory.sortedRules.map { RouteListing($0, in: directory) })
            }
        default: break  // Those of `Administration` itself.
        }
    }

    private func listTrunks(
        named name: String?, _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        perform(.loadDirectory(domain: domain), then) { [live] directory in
            if let name, directory.trunk(named: name) == nil {
                return .refused(Refusal(.configuration(.noSuchTrunk(name))))
            }
            let stored = directory.sortedTrunks.map { TrunkListing($0) }
            guard let live else {
                return .trunks(stored.filter { name == nil || $0.name == name })
            }
            live.listTrunks { listings in
                then(.trunks(listings.filter { name == nil || $0.name == name }))
            }
            return nil
        }
    }
}

extension Exchange {
    func tellTrunks(_ reply: @Sendable ([TrunkListing]) -> Void) {
        let now = world.time.now
        let wallTime = world.time.wallTime
        func words(_ instant: Instant?) -> String? {
            instant.map { instant in
                let offset = (instant - now).nanoseconds / 1000
                return WallTime(microseconds: wallTime.microseconds + offset).description
            }
        }
        reply(
            directory.sortedTrunks.map { record in
                var listing = TrunkListing(record)
                guard let view = trunkViews[record.trunkID] else { return listing }
                listing.phase = view.status.phase.rawValue
                listing.hop = view.status.hop?.description
                listing.lastProof = words(view.status.lastProof)
                listing.lastFailure = view.status.lastFailure?.words
                listing.lastFailureAt = words(view.status.lastFailure?.at)
                listing.nextTry = words(view.status.nextTry)
                listing.calls = view.line.callCount
                return listing
            })
    }
}
