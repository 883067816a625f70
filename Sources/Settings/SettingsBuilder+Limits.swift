import PBX
import Platform
import SIPStack
import Yams

/// What people and strangers may do: the parts `calls` and `abuse`.
extension SettingsBuilder {
    /// `calls: {refresh: 1800, per-extension: 10}`.
    mutating func readCalls(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "calls", keys: SettingsKeys.calls)
        readRefresh(values["refresh"], &reader)
        if let node = values["per-extension"],
            let count = reader.number(node, named: "calls.per-extension", in: 1...1000)
        {
            settings.callsPerExtension = count
        }
        if let node = values["limit"],
            let count = reader.number(node, named: "calls.limit", in: 1...100_000)
        {
            settings.callLimit = count
        }
        if let node = values["drain"],
            let seconds = reader.number(node, named: "calls.drain", in: 0...86_400)
        {
            settings.drainPatience = .seconds(seconds)
        }
        if let node = values["park-return"],
            let seconds = reader.number(node, named: "calls.park-return", in: 1...86_400)
        {
            settings.parkReturn = .seconds(seconds)
        }
        if let node = values["conference-size"],
            let count = reader.number(node, named: "calls.conference-size", in: 2...32)
        {
            settings.conferenceSize = count
        }
        if let node = values["emergency"] {
            let isEmpty = node.sequence?.isEmpty == true
            let numbers = isEmpty ? [] : reader.texts(node, named: "calls.emergency").map(\.text)
            settings.emergencyNumbers = Set(numbers)
        }
    }

    /// In seconds, or `off`.
    private mutating func readRefresh(_ node: Node?, _ reader: inout SettingsReader) {
        guard let node, let text = reader.text(node, named: "calls.refresh") else { return }
        if ["off", "no", "false"].contains(text.lowercased()) {
            settings.callRefresh = nil
        } else if let seconds = Int64(text), (90...86_400).contains(seconds) {
            settings.callRefresh = .seconds(seconds)
        } else {
            reader.complain(
                "calls.refresh: '\(text)' must be seconds from 90 to 86400, or off", at: node)
        }
    }

    /// `abuse: {allow: [10.0.0.0/8], failures: 10, rate: 40, familiar-rate: 2000, ban: 60}`.
    mutating func readAbuse(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "abuse", keys: SettingsKeys.abuse)
        if let node = values["allow"] { readAllowed(node, &reader) }
        if let node = values["failures"],
            let count = reader.number(node, named: "abuse.failures", in: 3...10_000)
        {
            settings.abuse.failures = count
        }
        if let node = values["rate"],
            let rate = reader.number(node, named: "abuse.rate", in: 1...100_000)
        {
            settings.abuse.strangers = .init(perSecond: rate, burst: rate * 5)
        }
        if let node = values["familiar-rate"],
            let rate = reader.number(node, named: "abuse.familiar-rate", in: 10...1_000_000)
        {
            settings.abuse.familiar = .init(perSecond: rate, burst: rate * 2)
        }
        if let node = values["ban"],
            let seconds = reader.number(node, named: "abuse.ban", in: 1...86_400)
        {
            settings.abuse.firstBan = .seconds(seconds)
        }
    }

    /// An empty list: nobody, not even this machine.
    private mutating func readAllowed(_ node: Node, _ reader: inout SettingsReader) {
        settings.abuse.allowed = []
        if node.sequence?.isEmpty == true { return }
        for (text, item) in reader.texts(node, named: "abuse.allow") {
            guard let network = IPNetwork(text) else {
                reader.complain(
                    "abuse.allow: '\(text)' must be an address or a block, such as 10.0.0.0/8",
                    at: item)
                continue
            }
            settings.abuse.allowed.append(network)
        }
    }
}
