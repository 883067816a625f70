import Platform

/// One arrow of a ladder diagram.
public struct LadderArrow: Sendable, Equatable {
    public var instant: Instant
    /// Names of columns.
    public var source: String
    public var destination: String
    /// `INVITE`, `200 INVITE`.
    public var label: String
    /// It never arrived.
    public var isLost: Bool

    public init(
        instant: Instant, source: String, destination: String, label: String,
        isLost: Bool = false
    ) {
        self.instant = instant
        self.source = source
        self.destination = destination
        self.label = label
        self.isLost = isLost
    }
}

/// A ladder diagram in text: a column a host, a line a message.
///
///               phone-101                 exchange
///      12.345678     │ ────── INVITE ──────► │
///      12.347001     │ ◄──── 100 INVITE ──── │
public enum Ladder {
    /// From one column to the next.
    private static let pitch = 26
    private static let timeWidth = 14
    /// Where the first column stands.
    private static let margin = timeWidth + 8

    /// - Parameter hosts: the columns from left to right; others follow in the order of appearance.
    public static func text(of arrows: [LadderArrow], hosts: [String] = []) -> String {
        var columns = hosts
        for name in arrows.flatMap({ [$0.source, $0.destination] }) where !columns.contains(name) {
            columns.append(name)
        }
        let lines = arrows.map { line(of: $0, columns) }
        return ([header(columns)] + lines).map(trimmed).joined(separator: "\n")
    }

    private static func header(_ columns: [String]) -> String {
        var cells = blank(columns.count)
        for (index, name) in columns.enumerated() {
            let shown = Array(name.prefix(pitch - 2))
            put(shown, into: &cells, at: place(index) - shown.count / 2)
        }
        return String(cells)
    }

    private static func line(of arrow: LadderArrow, _ columns: [String]) -> String {
        var cells = blank(columns.count)
        let time = Array(seconds(arrow.instant))
        put(time, into: &cells, at: timeWidth - time.count)
        for index in columns.indices { cells[place(index)] = "│" }
        guard let from = columns.firstIndex(of: arrow.source),
            let to = columns.firstIndex(of: arrow.destination)
        else { return String(cells) }
        if from == to {
            put(Array(" \(arrow.label)"), into: &cells, at: place(from) + 1)
            return String(cells)
        }
        let left = place(min(from, to)) + 2
        let right = place(max(from, to)) - 2
        for index in left...right where cells[index] == " " { cells[index] = "─" }
        let head: Character = arrow.isLost ? "✗" : from < to ? "►" : "◄"
        cells[from < to ? right : left] = head
        let label = Array(" \(arrow.label) ".prefix(pitch - 6))
        // Within the gap next to the sender, so that no column is written over.
        let middle = from < to ? place(from) + pitch / 2 : place(from) - pitch / 2
        put(label, into: &cells, at: middle - label.count / 2)
        return String(cells)
    }

    private static func place(_ column: Int) -> Int { margin + column * pitch }

    private static func blank(_ columnCount: Int) -> [Character] {
        [Character](repeating: " ", count: margin + columnCount * pitch)
    }

    private static func put(_ text: [Character], into cells: inout [Character], at start: Int) {
        for (offset, character) in text.enumerated() where cells.indices.contains(start + offset) {
            cells[start + offset] = character
        }
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Seconds with six decimals.
    private static func seconds(_ instant: Instant) -> String {
        let microseconds = instant.nanoseconds / 1000
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)."
            + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
