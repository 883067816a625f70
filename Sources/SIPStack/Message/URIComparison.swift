/// The comparison of SIP and SIPS URIs (RFC 3261 §19.1.4).
extension SIPURI: Equatable {
    public static func == (first: SIPURI, second: SIPURI) -> Bool {
        first.isSecure == second.isSecure
            && isEquivalent(first.userText, second.userText)
            && isEquivalent(first.passwordText, second.passwordText)
            && first.host == second.host
            && first.port == second.port
            && haveEqualParameters(first.parameters, second.parameters)
            && haveEqualHeaders(first.headers, second.headers)
    }

    /// These count even where only one of the two URIs has them; `gr` by RFC 5627 §4.2.
    private static let decisiveParameters = ["user", "ttl", "method", "maddr", "transport", "gr"]

    private static func haveEqualParameters(_ first: Parameters, _ second: Parameters) -> Bool {
        let decisiveAgree = decisiveParameters.allSatisfy {
            first.contains($0) == second.contains($0)
        }
        return decisiveAgree
            && first.list.allSatisfy { parameter in
                guard second.contains(parameter.name) else { return true }
                // Of a name that is there twice, against the RFC, the first counts.
                return equalIgnoringCase(
                    first[parameter.name].map(normalized), second[parameter.name].map(normalized))
            }
    }

    /// Headers all count, in any order.
    private static func haveEqualHeaders(
        _ first: [(name: String, value: String)], _ second: [(name: String, value: String)]
    ) -> Bool {
        guard first.count == second.count else { return false }
        var left = second
        for header in first {
            let match = left.firstIndex {
                equalIgnoringCase(normalized($0.name), normalized(header.name))
                    && normalized($0.value) == normalized(header.value)
            }
            guard let match else { return false }
            left.remove(at: match)
        }
        return true
    }

    private static func isEquivalent(_ first: String?, _ second: String?) -> Bool {
        first.map(normalized) == second.map(normalized)
    }

    /// Escapes of characters outside the reserved set undone, all others in capitals.
    private static func normalized(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
            else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let byte = high << 4 | low
            if ByteClass.contains(byte, .unreserved) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), hexDigit(high), hexDigit(low)]
            }
            index += 3
        }
        return String(decoding: result, as: UTF8.self)
    }
}
