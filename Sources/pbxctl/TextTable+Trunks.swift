import PBX

extension TextTable {
    init(_ list: [TrunkListing]) {
        header = ["TRUNK", "ADDRESS", "PHASE", "BY", "LAST PROOF", "CALLS", "LAST FAILURE"]
        rows = list.map { trunk in
            [
                trunk.name, trunk.settings.address, trunk.phase ?? "-", trunk.hop ?? "-",
                trunk.lastProof ?? "never", "\(trunk.calls)/\(trunk.settings.callLimit)",
                trunk.lastFailure ?? "-",
            ]
        }
    }

    init(_ list: [RouteListing]) {
        header = ["PREFIX", "STRIP", "PREPEND", "TRUNKS"]
        rows = list.map { route in
            [
                route.prefix.isEmpty ? "(every number)" : route.prefix, String(route.strip),
                route.prepend.isEmpty ? "-" : route.prepend,
                route.trunks.joined(separator: ", "),
            ]
        }
    }

    /// One trunk, a line a setting.
    init(fieldsOf trunk: TrunkListing) {
        let settings = trunk.settings
        header = ["TRUNK", trunk.name]
        rows = [
            ["address", settings.address],
            ["registers", settings.registers ? "yes, for \(settings.expires) s" : "no"],
            ["line", settings.line], ["authentication name", settings.authName ?? settings.line],
            ["password", trunk.hasPassword ? "(kept)" : "none"],
            ["calls", "\(trunk.calls) of \(settings.callLimit)"],
            ["sources", settings.sources.joined(separator: ", ")],
            ["fallback", settings.fallback ?? "none"],
            ["dials extensions", settings.reachesExtensions ? "yes" : "no"],
            ["caller ID", "\(settings.callerID.rawValue) \(settings.number)"],
            ["encryption", settings.policy.encryption.rawValue],
            ["fax machines", settings.policy.faxDetection.rawValue],
            ["phase", trunk.phase ?? "the exchange is stopped"], ["by", trunk.hop ?? "-"],
            ["last proof", trunk.lastProof ?? "never"], ["next try", trunk.nextTry ?? "-"],
            [
                "last failure",
                trunk.lastFailure.map { "\($0) (\(trunk.lastFailureAt ?? ""))" } ?? "none",
            ],
        ]
        rows += settings.numbers.map { ["number \($0.dialled)", $0.target] }
    }
}
