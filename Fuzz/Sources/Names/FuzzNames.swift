import Fuzzing
import Platform
import Wire

/// A name server's reply to any kind of question: refused or understood, and what is understood
/// keeps its bounds.
func fuzzNames(_ bytes: [UInt8]) {
    for kind in NameQuestion.Kind.allCases {
        let question = NameQuestion("sip.example.com", kind)
        guard
            case .records(let records, let lifetime)? = NameReply.answer(
                to: question, in: bytes)
        else { continue }
        require(!records.isEmpty, "records are at least one")
        require(records.count <= NameResolverLimits.records, "records keep their limit")
        require(lifetime >= .zero, "a lifetime is not negative")
        for record in records {
            switch (record, kind) {
            case (.address(let address), .a): require(address.isIPv4, "A is IPv4")
            case (.address, .aaaa), (.naptr, .naptr): break
            case (.srv(let place), .srv):
                require(place.target.utf8.count <= 255, "a name keeps its limit")
            default: require(false, "records are of the kind that was asked for: \(record)")
            }
        }
    }
}
