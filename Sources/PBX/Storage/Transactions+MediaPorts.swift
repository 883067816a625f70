import GRDB
import Media
import Platform

extension StoreTransaction where Value == Void {
    /// Remembers how far the ports of a network were given.
    static func markPorts(domain: Domain, network: Int, reached: UInt16) -> StoreTransaction {
        StoreTransaction("ports.mark") { database in
            try database.run(
                "INSERT OR REPLACE INTO media_ports (domain, network, reached) VALUES (?, ?, ?)",
                [domain.name, network, Int(reached)])
        }
    }
}

extension StoreTransaction where Value == [Int: UInt16] {
    /// How far the runs before gave the ports, by network.
    static func loadPorts(domain: Domain) -> StoreTransaction {
        StoreTransaction("ports.load") { database in
            let marks = try database.values(
                "SELECT network, reached FROM media_ports WHERE domain = ?", [domain.name]
            ) { row in (row["network"] as Int, row["reached"] as Int) }
            return Dictionary(
                marks.compactMap { network, reached in
                    UInt16(exactly: reached).map { (network, $0) }
                }, uniquingKeysWith: { _, last in last })
        }
    }
}

extension SharedPorts {
    /// Ports that go on from where the run before was. After a crash phones speak on into the ports
    /// of calls that are gone: who is called next must not hear them.
    public convenience init(
        _ configuration: MediaConfiguration, rememberedIn store: Store, domain: Domain
    ) throws(StoreError) {
        self.init(
            configuration: configuration, reached: try store.run(.loadPorts(domain: domain))
        ) { network, port in
            store.perform(.markPorts(domain: domain, network: network, reached: port)) { _ in }
        }
    }
}
