import Platform
import Wire

/// The lite side of ICE (RFC 8445 §2.5) for one stream: answers the party's checks, and learns from them
/// where the party is. It makes no checks itself.
///
/// ```
///  checking ──check that nominates──▶ chosen(pair) ──30 s without a check──▶ lapsed
///                                        ▲  └─another is nominated─┐            │
///                                        └─────────────────────────┴────check───┘
/// ```
/// Media goes to the chosen pair alone. The party's checks on it are its leave to be sent media: it
/// makes them every few seconds to keep its own (RFC 7675 §5.1), and who has gone makes none. After 30 s
/// without one nothing more is sent.
struct ICEAgent: Sendable {
    /// What to do with a datagram that is a check.
    enum Outcome: Equatable, Sendable {
        /// Of another's username or password: nobody is told anything.
        case refused
        /// So many bytes of the room go back to where it came from.
        case answered(Int)
        /// The same, and from now on media goes there.
        case chosen(Int)
    }

    /// How long leave lasts (RFC 7675 §5.1).
    static var consentTime: Duration { .seconds(30) }
    /// Addresses of the party that are remembered; the oldest is forgotten.
    static var provedLimit: Int { 8 }

    private enum State: Equatable, Sendable {
        case checking
        case chosen(SocketAddress)
        case lapsed(SocketAddress)
    }

    private(set) var terms: ICETerms
    private var current: CheckKey
    /// After a restart (§9) the former way is used, and checked, until the new one is chosen.
    private var former: CheckKey?
    private var state = State.checking
    private var lastCheck = Instant.start
    /// Where checks came from: media may come from there, too, before it is chosen (§7.3.1.4).
    private var proved: [SocketAddress] = []

    init(_ terms: ICETerms) {
        self.terms = terms
        current = CheckKey(terms)
    }

    /// Where media goes; nil while no pair is chosen, or the party's leave has ended.
    var destination: SocketAddress? {
        if case .chosen(let address) = state { address } else { nil }
    }

    /// Takes what descriptions agreed on now. New credentials of ours are a restart; another party
    /// under ours (a fork of our offer) begins anew.
    mutating func take(_ terms: ICETerms) {
        guard terms != self.terms else { return }
        guard terms.local != self.terms.local else {
            self = ICEAgent(terms)
            return
        }
        former = current
        current = CheckKey(terms)
        self.terms = terms
    }

    /// Whether a check that was proved came from there.
    func isProved(_ source: SocketAddress) -> Bool { proved.contains(source) }

    /// Takes a check, and writes the answer over it.
    ///
    /// - Parameter room: holds the check.
    mutating func receive(
        _ check: STUNCheck, in room: PacketRoom, from source: SocketAddress, now: Instant
    ) -> Outcome {
        let isCurrent = current.proves(check, in: room)
        guard isCurrent || former?.proves(check, in: room) == true else { return .refused }
        let key = isCurrent ? current : former ?? current
        guard check.role != .controlled else {
            // Only who checks can choose: the party has to (§7.3.1.1).
            return .answered(STUNAnswer.roleConflict(by: key.keyed, in: room.bytes))
        }
        guard check.unknownCount == 0 else {
            return .answered(
                STUNAnswer.unknownAttributes(of: check, by: key.keyed, in: room.bytes))
        }
        remember(source)
        let length = STUNAnswer.success(to: source, by: key.keyed, in: room.bytes)
        return note(source, isNominated: check.isNominating, isCurrent: isCurrent, now: now)
            ? .chosen(length) : .answered(length)
    }

    /// True where media goes there from now on, and did not before.
    private mutating func note(
        _ source: SocketAddress, isNominated: Bool, isCurrent: Bool, now: Instant
    ) -> Bool {
        switch state {
        case .checking:
            guard isNominated else { return false }
        case .chosen(let address):
            if address == source { lastCheck = now }
            // What the former credentials name is no longer news.
            guard isNominated, isCurrent else { return false }
        case .lapsed(let address):
            guard isNominated || address == source else { return false }
        }
        if isCurrent { former = nil }
        lastCheck = now
        defer { state = .chosen(source) }
        return state != .chosen(source)
    }

    /// True once where the party's leave has ended.
    mutating func endsConsent(now: Instant) -> Bool {
        guard case .chosen(let address) = state, now - lastCheck >= Self.consentTime else {
            return false
        }
        state = .lapsed(address)
        return true
    }

    private mutating func remember(_ source: SocketAddress) {
        guard !proved.contains(source) else { return }
        if proved.count == Self.provedLimit { proved.removeFirst() }
        proved.append(source)
    }
}

/// What proves the checks of one agreement. One thread at a time: that of the loop which has the leg.
private final class CheckKey: @unchecked Sendable {
    /// `OURS:THEIRS` (RFC 8445 §7.2.2).
    private let username: [UInt8]
    let keyed: KeyedSHA1

    init(_ terms: ICETerms) {
        username = Array("\(terms.local.fragment):\(terms.remoteFragment)".utf8)
        let password = Array(terms.local.password.utf8)
        keyed = KeyedSHA1(key: password.count > 64 ? MessageDigest.sha1(password) : password)
    }

    /// The username costs a look, the password a hash.
    func proves(_ check: STUNCheck, in room: PacketRoom) -> Bool {
        guard check.username.count == username.count else { return false }
        for (index, offset) in check.username.enumerated()
        where room.bytes[offset] != username[index] {
            return false
        }
        return check.isProved(by: keyed, in: room.bytes)
    }
}
