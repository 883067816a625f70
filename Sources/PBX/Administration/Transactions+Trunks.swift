import GRDB
import Platform

extension StoreTransaction where Value == Revised<ExtensionCredentials?> {
    static func addTrunk(
        _ name: String, _ checked: CheckedTrunk, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("trunks.add", domain, note) { draft in
            guard try draft.trunk(named: name) == nil else {
                throw ConfigurationError.trunkExists(name)
            }
            var record = TrunkRecord(
                trunkID: TrunkID(number: try draft.newNumber(.trunk)), domain: domain, name: name,
                settings: TrunkSettings(address: ""))
            checked.change(&record)
            try draft.requireTargets(of: record)
            try draft.require(checked.faxTarget)
            try draft.apply(.setTrunk(record))
        }
    }

    static func changeTrunk(
        _ name: String, _ checked: CheckedTrunk, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("trunks.change", domain, note) { draft in
            guard var record = try draft.trunk(named: name) else {
                throw ConfigurationError.noSuchTrunk(name)
            }
            checked.change(&record)
            try draft.requireTargets(of: record)
            try draft.require(checked.faxTarget)
            try draft.apply(.setTrunk(record))
        }
    }

    static func removeTrunk(
        _ name: String, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("trunks.remove", domain, note) { draft in
            guard let record = try draft.trunk(named: name) else {
                throw ConfigurationError.noSuchTrunk(name)
            }
            let rules = try draft.rules().filter { $0.trunks.contains(record.trunkID) }
            guard rules.isEmpty else {
                throw ConfigurationError.trunkInUse(name, prefixes: rules.map(\.prefix))
            }
            try draft.apply(.removeTrunk(record.trunkID))
        }
    }

    static func addRoute(
        _ typed: RouteDraft, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("routes.add", domain, note) { draft in
            guard try draft.rules().first(where: { $0.prefix == typed.prefix }) == nil else {
                throw ConfigurationError.clashes([
                    "there is a rule for the prefix '\(typed.prefix)' already; change it: "
                        + "pbxctl route set"
                ])
            }
            let rule = OutboundRuleRecord(
                ruleID: OutboundRuleID(number: try draft.newNumber(.rule)), domain: domain,
                prefix: typed.prefix, strip: typed.strip ?? 0, prepend: typed.prepend ?? "",
                trunks: try draft.trunkIDs(typed.trunks ?? []))
            try draft.apply(.setRule(rule))
        }
    }

    static func changeRoute(
        _ typed: RouteDraft, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("routes.change", domain, note) { draft in
            guard var rule = try draft.rules().first(where: { $0.prefix == typed.prefix }) else {
                throw ConfigurationError.noSuchRule(typed.prefix)
            }
            rule.strip = typed.strip ?? rule.strip
            rule.prepend = typed.prepend ?? rule.prepend
            if let trunks = typed.trunks { rule.trunks = try draft.trunkIDs(trunks) }
            try draft.apply(.setRule(rule))
        }
    }

    static func removeRoute(
        _ prefix: String, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        revision("routes.remove", domain, note) { draft in
            guard let rule = try draft.rules().first(where: { $0.prefix == prefix }) else {
                throw ConfigurationError.noSuchRule(prefix)
            }
            try draft.apply(.removeRule(rule.ruleID))
        }
    }

    private static func revision(
        _ name: String, _ domain: Domain, _ note: RevisionNote,
        _ body: @escaping @Sendable (inout ConfigurationDraft) throws -> Void
    ) -> StoreTransaction {
        StoreTransaction(name) { database in
            let (revision, _) = try database.makeRevision(domain: domain, note: note) {
                try body(&$0)
            }
            return Revised(revision: revision, value: nil)
        }
    }
}

extension ConfigurationDraft {
    fileprivate func trunkIDs(_ names: [String]) throws -> [TrunkID] {
        try names.map { name in
            guard let record = try trunk(named: name) else {
                throw ConfigurationError.noSuchTrunk(name)
            }
            return record.trunkID
        }
    }

    /// Numbers of a trunk ring extensions that there are.
    fileprivate func requireTargets(of record: TrunkRecord) throws {
        var missing: [String] = []
        for text in record.settings.numbers.map(\.target) + [record.settings.fallback ?? ""] {
            guard let number = ExtensionNumber(text) else { continue }
            if try extensionRecord(number) == nil {
                missing.append(ConfigurationError.noSuchExtension(number).description)
            }
        }
        guard missing.isEmpty else {
            throw ConfigurationError.clashes(ImportedExtensions.shortened(missing))
        }
    }
}
