import GRDB

/// Reads and writes that happen wholly or not at all, and give a value.
///
/// Made by the static functions beside each table (`.saveBindings`, `.openCall` …). The body may
/// run twice when a group of transactions has to be taken apart, so it touches the database only.
public struct StoreTransaction<Value: Sendable>: Sendable {
    /// For logs and traces: `bindings.save`.
    public let name: String
    let body: @Sendable (Database) throws -> Value

    init(_ name: String, _ body: @escaping @Sendable (Database) throws -> Value) {
        self.name = name
        self.body = body
    }
}

extension StoreTransaction where Value == Void {
    /// Several, in order, wholly or not at all.
    static func together(_ parts: [StoreTransaction]) -> StoreTransaction {
        StoreTransaction("together") { database in
            for part in parts { try part.body(database) }
        }
    }
}

extension StoreTransaction {
    /// The same where nobody asks for the value.
    var withoutValue: StoreTransaction<Void> {
        let body = body
        return StoreTransaction<Void>(name) { _ = try body($0) }
    }
}

/// What a transaction came to.
public typealias StoreResult<Value> = Result<Value, StoreError>

extension Database {
    /// Runs one statement, prepared once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first row of a query, prepared once per connection.
    func firstRow(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// Every row of a query as a value, prepared once per connection.
    func values<Value>(
        _ sql: String, _ arguments: StatementArguments = [], _ make: (Row) throws -> Value
    ) throws -> [Value] {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var result: [Value] = []
        while let row = try rows.next() { result.append(try make(row)) }
        return result
    }
}
