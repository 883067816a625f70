import Platform
import Yams

extension SettingsBuilder {
    mutating func readNetworks(_ node: Node, _ reader: inout SettingsReader) {
        guard let list = node.sequence, !list.isEmpty else {
            reader.complain(
                "networks must be a list, such as [{bind: 192.0.2.1, reach: 0.0.0.0/0}]", at: node)
            return
        }
        var reached: Set<IPNetwork> = []
        for item in list {
            guard let network = readNetwork(item, &reader) else { continue }
            for block in network.reach where !reached.insert(block).inserted {
                reader.complain("networks.reach: \(block) is reached by another already", at: item)
            }
            settings.networks.append(network)
        }
    }

    private func readNetwork(
        _ node: Node, _ reader: inout SettingsReader
    ) -> NetworkSettings? {
        let values = reader.mapping(node, named: "networks", keys: SettingsKeys.network)
        guard let bindNode = values["bind"] else {
            reader.complain("networks: 'bind' is missing: our address on that network", at: node)
            return nil
        }
        let bind = reader.address(bindNode, named: "networks.bind")
        var reach: [IPNetwork] = []
        if let reachNode = values["reach"] {
            for (text, item) in reader.texts(reachNode, named: "networks.reach") {
                guard let block = IPNetwork(text) else {
                    reader.complain(
                        "networks.reach: '\(text)' must be a block such as 10.0.0.0/8", at: item)
                    continue
                }
                reach.append(block)
            }
        } else if let bind {
            reach = [bind.isIPv4 ? IPNetwork("0.0.0.0/0") : IPNetwork("::/0")].compactMap { $0 }
        }
        guard let bind else { return nil }
        guard let advertiseNode = values["advertise"] else {
            if bind.isUnspecified {
                reader.complain(
                    "networks: with bind \(bind) 'advertise' must say which address others "
                        + "reach us at", at: bindNode)
            }
            return NetworkSettings(bind: bind, reach: reach)
        }
        let advertise = reader.address(advertiseNode, named: "networks.advertise")
        if let advertise, advertise.isUnspecified || advertise.isIPv4 != bind.isIPv4 {
            reader.complain(
                "networks.advertise: \(advertise) must be one address of the same family as bind",
                at: advertiseNode)
        }
        return NetworkSettings(bind: bind, advertise: advertise, reach: reach)
    }
}
