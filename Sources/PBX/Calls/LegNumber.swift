/// A leg's place within its call: the caller is 0, callees count from 1 in the order of ringing.
struct LegNumber: Hashable, Comparable, Sendable, Codable {
    var number: Int

    static let caller = LegNumber(number: 0)
    /// Legs that are rung stay far below; those that come from other calls begin above.
    static let lastRung = LegNumber(number: 1_000)

    /// It came from another call.
    var isNewcomer: Bool { self > Self.lastRung }

    var next: LegNumber { LegNumber(number: number + 1) }

    static func < (one: LegNumber, other: LegNumber) -> Bool { one.number < other.number }
}

/// Numbers the INFO requests of a call that are being passed across.
typealias InformNumber = UInt64
