import Platform
import Synchronization

/// A stretch of time in which something was made to fail, and whom it hit.
///
/// Invariants are lenient where one of these explains what they found, and nowhere else.
public struct Outage: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The exchange was killed, or lost its power.
        case exchangeDown
        /// Writes failed, or were slow beyond measure.
        case storage
        /// People's clocks jumped.
        case wallClock
        /// Links were cut, held up or reset.
        case network
        /// A phone crashed, moved or lost its network.
        case phone
        /// Name servers were silent. That explains nothing but why a trunk is not found.
        case names
        /// Somebody attacked. That explains nothing: whoever is not attacked notices nothing.
        case hostile

        /// Those that may break what phones see.
        public static let explaining: Set<Kind> = Set(allCases).subtracting([.hostile, .names])
    }

    public var kind: Kind
    /// The phone that it hit, by its number in the world; nil: everybody.
    public var phone: UInt32?
    public var began: Instant
    public var ended: Instant

    public init(kind: Kind, phone: UInt32? = nil, began: Instant, ended: Instant) {
        self.kind = kind
        self.phone = phone
        self.began = began
        self.ended = ended
    }

    private enum CodingKeys: String, CodingKey {
        case kind, phone, began, ended
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decode(Kind.self, forKey: .kind)
        phone = try values.decodeIfPresent(UInt32.self, forKey: .phone)
        began = Instant(nanoseconds: try values.decode(Int64.self, forKey: .began))
        ended = Instant(nanoseconds: try values.decode(Int64.self, forKey: .ended))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encodeIfPresent(phone, forKey: .phone)
        try values.encode(began.nanoseconds, forKey: .began)
        try values.encode(ended.nanoseconds, forKey: .ended)
    }

    /// True where the outage hit that phone.
    public func hits(_ other: UInt32?) -> Bool {
        phone == nil || other == nil || phone == other
    }

    /// True where the outage and that stretch of time have an instant in common.
    public func overlaps(_ first: Instant, _ last: Instant) -> Bool {
        began <= last && first <= ended
    }
}

/// All outages of a run: whoever makes something fail notes it here.
public final class OutageLog: Sendable {
    private let noted = Mutex<[Outage]>([])

    public init() {}

    public func note(_ outage: Outage) {
        noted.withLock { $0.append(outage) }
    }

    /// In the order in which they were noted.
    public var outages: [Outage] { noted.withLock { $0 } }
}

extension [Outage] {
    /// Whether something of these kinds hit that phone within that time, or up to `grace` before it:
    /// what an outage breaks shows only after timers have run out.
    func hit(
        _ phone: UInt32?, from first: Instant, to last: Instant, grace: Duration = .zero,
        kinds: Set<Outage.Kind> = Outage.Kind.explaining
    ) -> Bool {
        contains { outage in
            kinds.contains(outage.kind) && outage.hits(phone)
                && outage.began <= last && first <= outage.ended + grace
        }
    }
}
