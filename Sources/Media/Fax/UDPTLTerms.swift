/// What one side of a T.38 stream says of itself (T.38 annex D, RFC 3362): how packets that are lost
/// come back, and how long a datagram may be.
public struct UDPTLTerms: Hashable, Sendable {
    public var recovery: UDPTLRecovery
    /// Bytes of a datagram that this side takes; 0 where it does not say.
    public var longest: Int

    public init(recovery: UDPTLRecovery = .redundancy(3), longest: Int = UDPTLLimits.datagram) {
        self.recovery = recovery
        self.longest = longest
    }

    /// Reads what a description says; nil where it wants what is not for UDPTL (the training check ended
    /// locally, T.38 annex B).
    public init?(_ attributes: [SDPAttribute]) {
        func text(_ name: String) -> String? {
            for case .other(let found, let value) in attributes
            where found.uppercased() == name { return value }
            return nil
        }
        guard text("T38FAXRATEMANAGEMENT")?.lowercased() != "localtcf" else { return nil }
        longest = text("T38FAXMAXDATAGRAM").flatMap { Int($0) } ?? 0
        switch text("T38FAXUDPEC")?.lowercased() {
        case "t38udpfec": recovery = .parity(span: 3)
        case "t38udpnoec": recovery = .redundancy(0)
        default: recovery = .redundancy(3)
        }
    }

    /// What we answer such terms: their way of bringing packets back, our own length.
    public var answered: UDPTLTerms { UDPTLTerms(recovery: recovery) }

    /// The same in a description of ours: version 0, up to V.17.
    public var attributes: [SDPAttribute] {
        let correction =
            switch recovery {
            case .parity: "t38UDPFEC"
            case .redundancy(0): "t38UDPNoEC"
            case .redundancy: "t38UDPRedundancy"
            }
        return [
            ("T38FaxVersion", "0"), ("T38MaxBitRate", "14400"),
            ("T38FaxRateManagement", "transferredTCF"), ("T38FaxMaxBuffer", "2000"),
            ("T38FaxMaxDatagram", String(longest)), ("T38FaxUdpEC", correction),
        ].map { .other(name: $0.0, value: $0.1) }
    }
}

extension MediaProposal {
    /// A fax by T.38 on the first stream.
    public static func image(_ terms: UDPTLTerms = UDPTLTerms()) -> MediaProposal {
        MediaProposal(streams: [
            Stream(number: 0, kind: .image, faxAttributes: terms.attributes)
        ])
    }

    /// What the party says of itself, where it proposes a fax by T.38 that we can take.
    public var imageTerms: UDPTLTerms? {
        guard let first = stream(0), first.kind == .image else { return nil }
        return UDPTLTerms(first.faxAttributes)
    }
}
