import Platform
import SIPStack

/// The registrar of one extension: which contacts it has (RFC 3261 §10.3, RFC 5626, RFC 3327).
///
/// A pure core: a REGISTER makes a new value, which counts once it is stored.
public struct Bindings: Sendable, Equatable {
    /// Contacts of one extension; a further one is refused. Ten devices, and room for second flows.
    public static let limit = 20
    /// The shortest and the longest registration we grant; the usual one where none is asked for.
    static let shortest: UInt32 = 30
    static let longest: UInt32 = 7200
    static let usual: UInt32 = 3600

    public private(set) var all: [Binding] = []

    public init(_ bindings: [Binding] = []) {
        all = bindings
    }

    /// What a REGISTER asks for, taken from the request once.
    public struct Registration: Sendable {
        public var contacts: [NameAddress]
        /// `Contact: *`.
        public var removesAll: Bool
        /// The Expires field, which counts where a contact has no parameter.
        public var expires: UInt32?
        public var path: [NameAddress]
        public var sipCallID: String
        public var sequence: UInt32
        public var flow: Flow
        public var device: DeviceID
        public var userAgent: String
        /// The device takes answers where it sent the request from (RFC 3581): it sends and
        /// listens at one port.
        public var isSymmetric = false
    }

    /// Why a REGISTER is refused.
    public enum Refusal: Error, Equatable {
        /// 400: `*` together with others, or without `Expires: 0`; a contact that is no SIP URI.
        case malformed
        /// 423 with Min-Expires.
        case tooBrief(least: UInt32)
        /// 403: more contacts than ``limit``.
        case tooMany
        /// 403: a contact that leads back here.
        case circle
        /// 500: a CSeq that is not above the last one of its Call-ID.
        case outOfOrder
    }

    /// Applies a REGISTER, wholly or not at all (§10.3 step 7).
    public mutating func apply(
        _ registration: Registration, now: Instant
    ) throws(Refusal) {
        var next = self
        next.expire(now: now)
        if registration.removesAll {
            guard registration.contacts.isEmpty, registration.expires == 0 else {
                throw .malformed
            }
            for binding in next.all { try Self.check(registration, follows: binding) }
            next.all = []
        } else {
            let before = next.all
            for contact in registration.contacts {
                try next.apply(contact, of: registration, after: before, now: now)
            }
        }
        guard next.all.count <= Self.limit else { throw .tooMany }
        self = next
    }

    private mutating func apply(
        _ contact: NameAddress, of registration: Registration, after before: [Binding],
        now: Instant
    ) throws(Refusal) {
        guard case .sip = contact.uri else { throw .malformed }
        let seconds = try Self.grantedExpiry(of: contact, in: registration)
        let instance = contact.instance
        let regID = contact.registrationID
        var key = Binding.Key.contact(contact.uri)
        if let instance, let regID { key = .flow(instance: instance, regID: regID) }
        func isNamed(_ binding: Binding) -> Bool {
            Self.isOfDevice(binding, registration)
                && (binding.key == key || Self.isSame(binding, contact, instance, regID))
        }
        // What this REGISTER itself has bound, by a contact that is the same, does not count.
        if let former = before.first(where: isNamed) {
            try Self.check(registration, follows: former)
        }
        let index = all.firstIndex(where: isNamed)
        guard seconds > 0 else {
            if let index { all.remove(at: index) }
            return
        }
        let binding = Binding(
            key: key, contact: Self.stripped(contact), flow: registration.flow,
            path: registration.path, instance: instance, regID: regID,
            preference: contact.q ?? 1000, expires: now + .seconds(Int64(seconds)),
            sipCallID: registration.sipCallID, sequence: registration.sequence,
            device: registration.device, userAgent: registration.userAgent, isReachable: true,
            isSymmetric: registration.isSymmetric)
        if let index { all[index] = binding } else { all.append(binding) }
    }

    /// Two homes give their phones the same private addresses: an equal Contact of another device
    /// that came by another flow is another place.
    private static func isOfDevice(_ binding: Binding, _ registration: Registration) -> Bool {
        binding.device == registration.device || binding.flow == registration.flow
    }

    /// A device that comes back with a new address replaces its old contact: same instance, no
    /// reg-id on either side. Else the URI decides.
    private static func isSame(
        _ binding: Binding, _ contact: NameAddress, _ instance: String?, _ regID: UInt32?
    ) -> Bool {
        guard regID == nil || instance == nil, binding.regID == nil || binding.instance == nil
        else { return false }
        if let instance, binding.instance == instance { return true }
        return binding.contact.uri == contact.uri
    }

    /// §10.3 step 7: within one Call-ID the CSeq must rise.
    private static func check(
        _ registration: Registration, follows binding: Binding
    ) throws(Refusal) {
        let isSameCall = binding.sipCallID == registration.sipCallID
        if isSameCall && registration.sequence <= binding.sequence { throw .outOfOrder }
    }

    private static func grantedExpiry(
        of contact: NameAddress, in registration: Registration
    ) throws(Refusal) -> UInt32 {
        let seconds = contact.expires ?? registration.expires ?? usual
        guard seconds > 0 else { return 0 }
        guard seconds >= shortest else { throw .tooBrief(least: shortest) }
        return min(seconds, longest)
    }

    private static func stripped(_ contact: NameAddress) -> NameAddress {
        var contact = contact
        contact.parameters.remove("expires")
        return contact
    }

    /// Drops what has expired; true where anything was dropped.
    @discardableResult
    public mutating func expire(now: Instant) -> Bool {
        let before = all.count
        all.removeAll { $0.expires <= now }
        return all.count != before
    }

    /// The earliest expiry.
    public var nextExpiry: Instant? { all.map(\.expires).min() }

    /// The connection of these bindings is gone; true where one of them used it.
    public mutating func lose(_ flow: Flow) -> Bool {
        var hasLost = false
        for index in all.indices where all[index].flow == flow && all[index].isReachable {
            all[index].isReachable = false
            hasLost = true
        }
        return hasLost
    }

    /// The ways to ring: a list a device, best first; the flows of one instance are alternatives,
    /// the newest first (RFC 5626 §5.1).
    ///
    /// - Parameter choice: which of the devices are meant.
    func ringTargets(of choice: GRUUMint.Choice = .every, now: Instant) -> [[RingTarget]] {
        var branches: [(preference: Int, targets: [RingTarget], instance: String?)] = []
        let reachable = all.filter {
            $0.isReachable && $0.expires > now && $0.isMeant(by: choice)
        }
        for binding in reachable.sorted(by: { $0.expires > $1.expires }) {
            let isFlow = binding.regID != nil && binding.instance != nil
            let index = isFlow ? branches.firstIndex { $0.instance == binding.instance } : nil
            if let index {
                branches[index].targets.append(RingTarget(binding))
            } else {
                branches.append(
                    (binding.preference, [RingTarget(binding)], isFlow ? binding.instance : nil))
            }
        }
        let ordered = branches.enumerated().sorted {
            ($1.element.preference, $0.offset) < ($0.element.preference, $1.offset)
        }
        return ordered.map(\.element.targets)
    }
}
