import GRDB
import Platform

extension StoreTransaction where Value == Void {
    /// Writes what came of a fax; of one call once.
    public static func keepFax(_ fax: FaxRecord) -> StoreTransaction {
        StoreTransaction("fax.keep") { database in
            try database.run(
                """
                INSERT INTO fax (domain, call_id, at, caller, number, sender, page_count, bit_rate,
                    is_image, is_complete, words, file)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
                [
                    fax.domain.name, fax.callID.description, fax.at.microseconds, fax.caller,
                    fax.number, fax.sender, fax.pageCount, fax.bitRate, fax.isImage,
                    fax.isComplete, fax.words, fax.file,
                ])
        }
    }
}

extension StoreTransaction where Value == [FaxRecord] {
    /// The latest faxes, newest first.
    public static func recentFaxes(domain: Domain, limit: Int) -> StoreTransaction {
        StoreTransaction("fax.recent") { database in
            try database.values(
                "SELECT * FROM fax WHERE domain = ? ORDER BY call_id DESC LIMIT ?",
                [domain.name, limit], FaxRecord.init(row:))
        }
    }
}

extension StoreTransaction where Value == FaxRecord? {
    public static func findFax(_ callID: CallID, domain: Domain) -> StoreTransaction {
        StoreTransaction("fax.find") { database in
            try database.firstRow(
                "SELECT * FROM fax WHERE domain = ? AND call_id = ?",
                [domain.name, callID.description]
            ).map(FaxRecord.init(row:))
        }
    }
}

extension FaxRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "fax")
        self.init(
            domain: try row.parsed("domain", Domain.init),
            callID: try row.parsed("call_id", CallID.init), at: try row.time("at"),
            caller: try row.value("caller"), number: try row.value("number"),
            sender: try row.value("sender"), pageCount: try row.value("page_count"),
            bitRate: try row.value("bit_rate"), isImage: try row.value("is_image"),
            isComplete: try row.value("is_complete"), words: try row.value("words"),
            file: try row.optional("file"))
    }
}
