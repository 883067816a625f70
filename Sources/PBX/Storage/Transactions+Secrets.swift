import Foundation
import GRDB
import Platform

extension StoreTransaction where Value == [UInt8] {
    /// A secret of the exchange's own: what it promised under it must hold after a restart.
    ///
    /// - Parameter drawn: kept, and given, where there is none by that name yet.
    static func secret(
        named name: String, domain: Domain, or drawn: [UInt8]
    ) -> StoreTransaction {
        StoreTransaction("secret") { database in
            try database.run(
                "INSERT INTO secret (domain, name, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [domain.name, name, Data(drawn)])
            let kept = try Data.fetchOne(
                database, sql: "SELECT bytes FROM secret WHERE domain = ? AND name = ?",
                arguments: [domain.name, name])
            return kept.map(Array.init) ?? drawn
        }
    }
}
