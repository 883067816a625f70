/// Who sent the call on, and why; the last one first (RFC 5806 §5).
public struct Diversion: AddressField {
    public static let fieldName = FieldName.diversion
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }

    /// `no-answer`, `user-busy`, `unconditional`, …
    public var reason: String? {
        get { address.parameters["reason"] }
        set { address.parameters["reason"] = newValue }
    }

    /// How often the call was sent on there; 1 where it is not said.
    public var count: Int {
        get { address.parameters["counter"].flatMap { Int($0) } ?? 1 }
        set { address.parameters["counter"] = String(newValue) }
    }

    /// `full`, `name`, `uri`, `off`.
    public var privacy: String? { address.parameters["privacy"] }
}

/// Where a request was sent before, one entry a step (RFC 7044 §5).
public struct HistoryInfo: AddressField {
    public static let fieldName = FieldName.historyInfo
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }

    /// The entry's place in the tree of steps: `1.2.1`; nil where it is missing or malformed.
    public var index: [Int]? {
        get {
            guard let text = address.parameters["index"] else { return nil }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int($0) }
            return numbers.count == parts.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
        }
        set {
            address.parameters["index"] = newValue.map { numbers in
                numbers.map { String($0) }.joined(separator: ".")
            }
        }
    }

    /// How the target was found (`rc`, `mp`, `np`), and the index of the entry it came from.
    public var origin: (parameter: String, index: String)? {
        for name in ["rc", "mp", "np"] {
            if let index = address.parameters[name] { return (name, index) }
        }
        return nil
    }
}
