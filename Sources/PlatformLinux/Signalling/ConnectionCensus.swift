import Platform

/// Counts the connections of each source: one neighbour can't take all places.
struct ConnectionCensus: Sendable {
    /// Why a connection is not taken.
    enum Refusal: Equatable, Sendable {
        case full
        case sourceFull
    }

    private let limit: Int
    private let limitPerSource: Int
    private var bySource: [IPAddress: Int] = [:]

    /// All connections that were admitted and have not left.
    private(set) var count = 0

    init(limit: Int, limitPerSource: Int) {
        self.limit = limit
        self.limitPerSource = limitPerSource
    }

    /// How many sources have connections.
    var sourceCount: Int { bySource.count }

    /// Counts a connection, or says why it is one too many.
    mutating func admit(_ address: IPAddress) -> Refusal? {
        guard count < limit else { return .full }
        let source = Self.source(of: address)
        let before = bySource[source] ?? 0
        guard before < limitPerSource else { return .sourceFull }
        bySource[source] = before + 1
        count += 1
        return nil
    }

    /// Takes back what `admit` counted.
    mutating func leave(_ address: IPAddress) {
        let source = Self.source(of: address)
        guard let before = bySource[source] else { return }
        bySource[source] = before == 1 ? nil : before - 1
        count -= 1
    }

    /// An IPv4 address; for IPv6 the /64, of which one household has 2⁶⁴ addresses.
    private static func source(of address: IPAddress) -> IPAddress {
        address.isIPv4 ? address : IPAddress(high: address.high, low: 0)
    }
}

/// The place of one admitted connection: letting go of it gives the place back.
final class ConnectionPlace: Sendable {
    private let giveBack: @Sendable () -> Void

    init(_ giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
    }

    deinit { giveBack() }
}
