import GRDB
import Platform

/// A row whose columns are read with the table's name at hand: what cannot be read is named.
struct ReadRow {
    private let row: Row
    private let table: String

    init(_ row: Row, of table: String) {
        self.row = row
        self.table = table
    }

    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws -> Value {
        guard let value: Value = try optional(column) else { throw unreadable(column) }
        return value
    }

    func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws -> Value? {
        do {
            return try row.decode(Value?.self, forColumn: column)
        } catch {
            throw unreadable(column)
        }
    }

    func parsed<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value {
        guard let value = parse(try value(column)) else { throw unreadable(column) }
        return value
    }

    func parsedOptional<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text: String = try optional(column) else { return nil }
        guard let value = parse(text) else { throw unreadable(column) }
        return value
    }

    func time(_ column: String) throws -> WallTime {
        WallTime(microseconds: try value(column))
    }

    func optionalTime(_ column: String) throws -> WallTime? {
        try optional(column).map(WallTime.init(microseconds:))
    }

    func lines(_ column: String) throws -> [String] {
        let text: String = try value(column)
        return text.split(separator: "\n").map(String.init)
    }

    /// Columns `name`, `name_type`, `name_e164`.
    func number(_ column: String) throws -> NumberForm {
        NumberForm(
            text: try value(column),
            type: try parsed(column + "_type", NumberType.init(rawValue:)),
            e164: try optional(column + "_e164"))
    }

    /// Columns `transport`, `listener`, `local`, `remote`, `connection`.
    func flow() throws -> FlowRecord {
        FlowRecord(
            transport: try parsed("transport", TransportKind.init(rawValue:)),
            listener: try value("listener"),
            local: try value("local"),
            remote: try value("remote"),
            connection: UInt64(bitPattern: try value("connection") as Int64))
    }

    func unreadable(_ column: String) -> UnreadableRow {
        UnreadableRow(table: table, column: column)
    }
}

/// A list of one-line texts as one text. SIP field values hold no line feed.
func lines(_ texts: [String]) -> String {
    texts.joined(separator: "\n")
}
