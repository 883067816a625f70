import Platform
import SIPStack

/// Phones that are given URIs of their own, say them in dialogs, and call others by theirs
/// (RFC 5627).
extension VirtualPhone {
    /// Of a thousand calls so many are to one device of whom they are for, where one is known.
    private static let callsToDevices = 60

    var usesGRUU: Bool { manners.isSuperset(of: [.usesGRUU, .namesInstance]) }

    /// Nothing but digits of chance, among which a number may stand by chance, too.
    private static func isVeiled(_ uri: String) -> Bool {
        let scheme = "sip:tgruu."
        guard uri.hasPrefix(scheme), let end = uri.firstIndex(of: "@") else { return false }
        let token = uri[uri.index(uri.startIndex, offsetBy: scheme.count)..<end]
        return token.utf8.count == 64
            && token.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// What this phone says in dialogs.
    var dialogContact: String { registration.gruu.map { "<\($0)>" } ?? contact }

    /// Takes its URIs from the 200 to its REGISTER: each says of itself whose it is, or not at all.
    func takeGRUU(from response: Response) {
        guard usesGRUU, let instance = instanceID else { return }
        let own = response.contacts.first { $0.instance == instance }
        guard let named = own?.parameters["pub-gruu"], let veiled = own?.parameters["temp-gruu"]
        else { return complain("no GRUU in the 200 to a REGISTER that asks for them") }
        if named != "sip:\(setup.number)@\(setup.domain);gr=\(instance)" {
            complain("a public GRUU that is none: \(named)")
        }
        if !Self.isVeiled(veiled) || !veiled.hasSuffix(";gr") {
            complain("a temporary GRUU that tells whose it is: \(veiled)")
        }
        let chosen = phone.isMultiple(of: 2) ? named : veiled
        registration.gruu = chosen
        board?.phone(phone, of: setup.number, isCalledBy: chosen)
    }

    /// One device of a number, to be called instead of all.
    func drawDevice(of number: String) -> (phone: UInt32, uri: URI)? {
        guard whim.happens(perThousand: Self.callsToDevices),
            let (phone, text) = board?.device(of: number), let uri = try? URI(text)
        else { return nil }
        return (phone, uri)
    }

    var instanceID: String? {
        guard manners.contains(.namesInstance) else { return nil }
        let digits = String(phone, radix: 16)
        let node = String(repeating: "0", count: 12 - digits.count) + digits
        return "urn:uuid:00000000-0000-4000-8000-\(node)"
    }
}
