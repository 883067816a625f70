import PBX

/// The phones that a load is made of: a number and a password each.
struct PhoneList: Equatable, Sendable {
    /// More phones than this are refused: a process has about as many ports and files.
    static let limit = 20_000
    private static let longestNumber = 15

    struct Entry: Equatable, Sendable {
        var number: String
        var password: String
    }

    /// What is wrong with the words or the file. Never says what a password is.
    struct Fault: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    var entries: [Entry]

    /// Consecutive numbers; `{number}` in the pattern stands for each phone's own.
    init(first: String, count: Int, passwordPattern: String) throws(Fault) {
        guard (1...Self.limit).contains(count) else {
            throw Fault(description: "there must be 1 to \(Self.limit) phones")
        }
        guard Self.isNumber(first), let value = Int(first) else {
            throw Fault(description: "the first number is 1 to \(Self.longestNumber) digits")
        }
        entries = (0..<count).map { index in
            let digits = String(value + index)
            let zeros = String(repeating: "0", count: max(0, first.utf8.count - digits.utf8.count))
            let number = zeros + digits
            return Entry(
                number: number,
                password: passwordPattern.replacing("{number}", with: number))
        }
        guard entries.allSatisfy({ Self.isNumber($0.number) }) else {
            throw Fault(description: "the last number has more than \(Self.longestNumber) digits")
        }
    }

    /// The columns `number` and `password` of a file as `pbxctl extension import` reads it.
    init(csv: String, limit count: Int?) throws(Fault) {
        let table: CSVTable
        do {
            table = try CSVTable(csv)
        } catch {
            throw Fault(description: "line \(error.line): \(error.reason)")
        }
        let titles = table.header.fields.map { $0.lowercased().filter { !$0.isWhitespace } }
        guard let numbers = titles.firstIndex(of: "number"),
            let passwords = titles.firstIndex(of: "password")
        else { throw Fault(description: "line 1: the columns number and password are needed") }
        entries = []
        var seen: Set<String> = []
        for record in table.records.prefix(min(count ?? Self.limit, Self.limit)) {
            guard record.fields.count > max(numbers, passwords) else {
                throw Fault(description: "line \(record.line): a field is missing")
            }
            let number = record.fields[numbers].filter { !$0.isWhitespace }
            guard Self.isNumber(number), seen.insert(number).inserted else {
                throw Fault(
                    description: "line \(record.line): no number, or one that is there twice")
            }
            guard !record.fields[passwords].isEmpty else {
                throw Fault(description: "line \(record.line): no password")
            }
            entries.append(Entry(number: number, password: record.fields[passwords]))
        }
        if let count, entries.count < count {
            throw Fault(description: "the file has \(entries.count) phones, \(count) are wanted")
        }
        if entries.isEmpty { throw Fault(description: "the file holds a header and no phones") }
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...longestNumber).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
