import Platform

/// The extensions of a CSV file, all of them good.
struct ImportedExtensions: Sendable {
    static var columns: [String] { ["number", "name", "password", "pin", "email", "group"] }
    /// More faults than these are counted, not named.
    static var faultLimit: Int { 20 }
    /// More lines than this are refused: ten times what one exchange is made for.
    static var lineLimit: Int { 100_000 }

    var extensions: [CheckedExtension] = []
    /// The line of each, in step with `extensions`.
    var lines: [Int] = []

    /// - Throws: the lines that are wrong, with their numbers and reasons.
    init(csv: String, random: any RandomSource) throws(Refusal) {
        let table: CSVTable
        do {
            table = try CSVTable(csv)
        } catch {
            throw Refusal(.input, ["line \(error.line): \(error.reason)"])
        }
        let order = try Self.order(of: table.header)
        guard table.records.count <= Self.lineLimit else {
            throw Refusal(.input, ["more than \(Self.lineLimit) lines; import them in parts"])
        }
        var faults: [String] = []
        var seen: [String: Int] = [:]
        for record in table.records {
            let reasons = add(record, order: order, seen: &seen, random: random)
            faults += reasons.map { "line \(record.line): \($0)" }
        }
        guard faults.isEmpty else { throw Refusal(.input, Self.shortened(faults)) }
        guard !extensions.isEmpty else {
            throw Refusal(.input, ["the file holds a header and no extensions"])
        }
    }

    static func shortened(_ faults: [String]) -> [String] {
        guard faults.count > faultLimit else { return faults }
        return faults.prefix(faultLimit) + ["… and \(faults.count - faultLimit) more"]
    }

    /// Where each known column stands. Any order will do; `number` and `name` must be there.
    private static func order(of header: CSVTable.Record) throws(Refusal) -> [String: Int] {
        var order: [String: Int] = [:]
        let expected = columns.joined(separator: ",")
        for (index, title) in header.fields.enumerated() {
            let title = title.lowercased().filter { !$0.isWhitespace }
            guard columns.contains(title) else {
                throw Refusal(
                    .input, ["line 1: unknown column '\(title)'; the header is \(expected)"])
            }
            guard order.updateValue(index, forKey: title) == nil else {
                throw Refusal(.input, ["line 1: column '\(title)' stands twice"])
            }
        }
        for title in ["number", "name"] where order[title] == nil {
            throw Refusal(
                .input, ["line 1: column '\(title)' is missing; the header is \(expected)"])
        }
        return order
    }

    /// Adds one record; gives what is wrong with it.
    private mutating func add(
        _ record: CSVTable.Record, order: [String: Int], seen: inout [String: Int],
        random: any RandomSource
    ) -> [String] {
        guard record.fields.count == order.count else {
            return ["\(record.fields.count) fields where the header has \(order.count)"]
        }
        func field(_ title: String) -> String? { order[title].map { record.fields[$0] } }
        let number = field("number") ?? ""
        if let earlier = seen.updateValue(record.line, forKey: number) {
            return ["the number \(number) stands on line \(earlier) already"]
        }
        do {
            extensions.append(
                try CheckedExtension(
                    NewExtension(
                        number: number, name: field("name") ?? "", password: field("password"),
                        pin: field("pin"), email: field("email"), group: field("group")),
                    random: random))
            lines.append(record.line)
            return []
        } catch {
            return error.reasons
        }
    }
}
