import GRDB

/// What can go wrong with the store. Each text says what to do.
public enum StoreError: Error, Hashable, Sendable {
    /// The file is damaged, or is no database.
    case corrupt(path: String, detail: String)
    case diskFull(path: String)
    case readOnly(path: String)
    /// Another pbxd or pbxctl holds the data folder.
    case inUse(path: String)
    case cannotOpen(path: String, detail: String)
    case madeByNewerVersion(path: String)
    /// A database, but not one of ours.
    case foreign(path: String)
    /// Reading or writing failed in the operating system.
    case inputOutput(path: String, detail: String)
    /// The change was refused; nothing was written.
    case configuration(ConfigurationError)
    /// More transactions wait than the store takes.
    case overloaded
    /// The store was closed in order.
    case closed
    /// Our mistake: a statement that cannot be right.
    case fault(detail: String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .corrupt(let path, let detail):
            "the database \(path) is damaged (\(detail)); stop the exchange, keep a copy of the "
                + "file, and put back a backup, or rescue it with: "
                + "sqlite3 \(path) .recover | sqlite3 rescued.db"
        case .diskFull(let path):
            "the disk that holds \(path) is full; free some space, nothing else needs doing"
        case .readOnly(let path):
            "the database \(path) may not be written; let its owner run the exchange, or mend "
                + "with chown and chmod"
        case .inUse(let path):
            "the data folder of \(path) is in use by another pbxd or pbxctl; stop that one, or "
                + "set another 'data' folder"
        case .cannotOpen(let path, let detail):
            "the database \(path) cannot be opened (\(detail)); check that the folder exists and "
                + "that the exchange may write there"
        case .madeByNewerVersion(let path):
            "the database \(path) was made by a newer version; run that version, or put back a "
                + "backup from before the upgrade"
        case .foreign(let path):
            "the file \(path) is a database of another program; set another 'data' folder"
        case .inputOutput(let path, let detail):
            "reading or writing \(path) failed (\(detail)); check the disk and the kernel's log"
        case .configuration(let error):
            error.description
        case .overloaded:
            "the store is overloaded: too many transactions wait; the disk is too slow or stuck"
        case .closed:
            "the store is closed: the exchange is stopping"
        case .fault(let detail):
            "a fault in the exchange's own storage code (\(detail)); please report it"
        }
    }
}

extension StoreError {
    /// True where the same transaction may go well later: it is the disk, not the transaction.
    var isPassing: Bool {
        switch self {
        case .diskFull, .readOnly, .inUse, .cannotOpen, .inputOutput: true
        case .corrupt, .madeByNewerVersion, .foreign, .configuration, .overloaded, .closed, .fault:
            false
        }
    }

    /// The kind of a failure that came out of a transaction on that file.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as ConfigurationError: self = .configuration(error)
        case let error as UnreadableRow:
            self = .corrupt(path: path, detail: error.description)
        case let error as DatabaseError: self.init(database: error, path: path)
        default: self = .fault(detail: String(describing: error))
        }
    }

    private init(database error: DatabaseError, path: String) {
        let detail = error.message ?? "SQLite says \(error.extendedResultCode)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, detail: detail)
        case .SQLITE_FULL: self = .diskFull(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .inUse(path: path)
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, detail: detail)
        case .SQLITE_IOERR: self = .inputOutput(path: path, detail: detail)
        case .SQLITE_CONSTRAINT: self = .configuration(.contradiction(detail))
        default: self = .fault(detail: "\(error.extendedResultCode): \(detail)")
        }
    }
}

/// A row that holds what no version of the exchange wrote.
struct UnreadableRow: Error, CustomStringConvertible {
    var table: String
    var column: String

    var description: String { "unreadable \(table).\(column)" }
}
