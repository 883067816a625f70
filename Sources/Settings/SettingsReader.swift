import Platform
import Yams

/// Reads typed values out of YAML nodes and gathers what is wrong, by line.
struct SettingsReader {
    private(set) var problems: [SettingsError.Problem] = []

    mutating func complain(_ text: String, at node: Node?) {
        problems.append(SettingsError.Problem(line: node?.mark?.line, text: text))
    }

    /// The values of a mapping by key. Unknown keys are complained of, with the nearest known one.
    mutating func mapping(_ node: Node, named name: String, keys: [String]) -> [String: Node] {
        guard let mapping = node.mapping else {
            complain("\(name) must hold keys: \(keys.joined(separator: ", "))", at: node)
            return [:]
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            let word = key.scalar?.string ?? ""
            guard keys.contains(word) else {
                complain("unknown key '\(word)'; \(hint(for: word, among: keys))", at: key)
                continue
            }
            if !isNull(value) { values[word] = value }
        }
        return values
    }

    private func hint(for word: String, among keys: [String]) -> String {
        if let near = nearest(to: word, among: keys) { return "did you mean '\(near)'?" }
        if let place = Settings.keys.first(where: { $0.hasSuffix("." + word) }) {
            return "'\(word)' belongs elsewhere: \(place)"
        }
        return "known here: \(keys.joined(separator: ", "))"
    }

    mutating func text(_ node: Node, named name: String) -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            complain("\(name) must be one text", at: node)
            return nil
        }
        return text
    }

    /// One text, or a list of texts.
    mutating func texts(_ node: Node, named name: String) -> [(text: String, node: Node)] {
        guard let list = node.sequence else {
            return text(node, named: name).map { [($0, node)] } ?? []
        }
        if list.isEmpty { complain("\(name) is an empty list", at: node) }
        return list.compactMap { item in text(item, named: name).map { ($0, item) } }
    }

    mutating func socketAddress(_ node: Node, named name: String) -> SocketAddress? {
        guard let text = text(node, named: name) else { return nil }
        guard let address = SocketAddress(text), address.port > 0, !address.address.isMulticast
        else {
            complain(
                "\(name): '\(text)' must be an IP address and a port from 1 to 65535, such as "
                    + "0.0.0.0:5060 or [::]:5060", at: node)
            return nil
        }
        return address
    }

    mutating func address(_ node: Node, named name: String) -> IPAddress? {
        guard let text = text(node, named: name) else { return nil }
        guard let address = IPAddress(text), !address.isMulticast else {
            complain(
                "\(name): '\(text)' must be an IP address, such as 192.0.2.1 or 2001:db8::1",
                at: node)
            return nil
        }
        return address
    }

    /// `20000-29999`.
    mutating func portRange(_ node: Node, named name: String) -> ClosedRange<UInt16>? {
        guard let text = text(node, named: name) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            .map { UInt16($0.trimmed) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low >= 1024, low < high,
            high - low >= 3
        else {
            complain(
                "\(name): '\(text)' must be two ports from 1024 to 65535, the lower first and at "
                    + "least four in all, such as 20000-29999", at: node)
            return nil
        }
        return low...high
    }

    mutating func number(_ node: Node, named name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(node, named: name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            complain(
                "\(name): '\(text)' must be a number from \(range.lowerBound) to "
                    + "\(range.upperBound)", at: node)
            return nil
        }
        return number
    }

    /// One of a few words.
    mutating func word<Value>(
        _ text: String, of known: [String: Value], named name: String, at node: Node
    ) -> Value? {
        if let value = known[text.lowercased()] { return value }
        let words = known.keys.sorted()
        let hint =
            nearest(to: text, among: words).map { "did you mean '\($0)'?" }
            ?? "write one of \(words.joined(separator: ", "))"
        complain("\(name): unknown word '\(text)'; \(hint)", at: node)
        return nil
    }

    /// True for on, false for off.
    mutating func onOrOff(_ node: Node, named name: String) -> Bool? {
        guard let text = text(node, named: name) else { return nil }
        let known = [
            "on": true, "yes": true, "true": true, "off": false, "no": false, "false": false,
        ]
        return word(text, of: known, named: name, at: node)
    }

    /// True for a key without a value.
    func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
