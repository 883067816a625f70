/// Parties that find their way to us by checks (ICE, RFC 8839): browsers, and phones that are set so.
///
/// We are lite: our descriptions name one place, and the party's candidates are passed over, late ones
/// and those of mDNS too. Its checks say where it is.
extension MediaNegotiation {
    /// Wants checks on a line where the party offers them. Its new credentials are a restart (RFC 8445
    /// §9), which ours answer; else ours stay. Without RTCP on the same port (`rtcp-mux`) the party is
    /// answered as one that makes none.
    mutating func answerChecks(on taken: inout NegotiatedLine, previous: NegotiatedLine?) {
        guard let theirs = taken.remoteFragment, taken.isMuxed, taken.kind != .image else { return }
        let isSame = previous?.remoteFragment == theirs
        taken.localChecks = isSame ? previous?.localChecks : nil
        if taken.localChecks == nil { taken.localChecks = keyMaker.makeCredentials() }
    }

    /// Names the lines of our offers that want checks: browsers know lines by name.
    func nameChecked(_ offered: inout [NegotiatedLine]) {
        for index in offered.indices where offered[index].localChecks != nil {
            guard offered[index].name == nil else { continue }
            let names = offered.map(\.name)
            offered[index].name = (index...).lazy.map(String.init).first { !names.contains($0) }
            offered[index].isBundled = !offered.contains(where: \.isBundled)
        }
    }

    /// What our description says of checks as a whole. Each of our streams has a port of its own, so no
    /// two lines share one: a group has its first line alone (RFC 9143 §7.3).
    func checkAttributes(of lines: [NegotiatedLine]) -> [SDPAttribute] {
        var attributes: [SDPAttribute] = []
        if let name = lines.first(where: { $0.isBundled && $0.stream != nil })?.name {
            attributes.append(.other(name: "group", value: "BUNDLE \(name)"))
        }
        if lines.contains(where: { $0.localChecks != nil && $0.stream != nil }) {
            attributes.append(.other(name: "ice-lite", value: nil))
            attributes.append(.other(name: "ice-options", value: "ice2"))
        }
        return attributes
    }
}
