import Platform
import Testing
import Wire

@testable import Media

/// The party of a stream that finds its way by checks: the controlling agent, as far as a test needs
/// one.
struct CheckingParty {
    var terms: ICETerms
    private var count: UInt64 = 0

    static let password = "0123456789abcdefghijkl"

    init(_ local: String = "ours", _ remote: String = "them") throws {
        terms = ICETerms(
            local: try #require(ICECredentials(fragment: local, password: Self.password)),
            remoteFragment: remote)
    }

    /// The bytes of a check.
    mutating func check(
        nominates: Bool = false, isControlling: Bool = true, password: String = Self.password,
        username: String? = nil, more: [STUNMessage.Attribute] = []
    ) -> [UInt8] {
        count += 1
        let name = username ?? "\(terms.local.fragment):\(terms.remoteFragment)"
        var attributes = [
            STUNMessage.Attribute(type: STUNAttributeType.username, value: Array(name.utf8)),
            STUNMessage.Attribute(
                type: isControlling
                    ? STUNAttributeType.iceControlling : STUNAttributeType.iceControlled,
                value: [0, 1, 2, 3, 4, 5, 6, 7]),
            STUNMessage.Attribute(type: STUNAttributeType.priority, value: [110, 0, 1, 255]),
        ]
        if nominates {
            attributes.append(
                STUNMessage.Attribute(type: STUNAttributeType.useCandidate, value: []))
        }
        return STUNMessage(
            .request, transactionID: STUNMessage.TransactionID(high: 7, low: count),
            attributes: attributes + more
        ).encoded(integrityKey: Array(password.utf8), hasFingerprint: true)
    }

    /// A stream whose packets are in the clear: what is told apart here is who may send them.
    func description(_ terms: ICETerms? = nil) -> StreamDescription {
        StreamDescription(transport: .rtp, isMuxed: true, ice: terms ?? self.terms)
    }
}
