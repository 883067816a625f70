import Platform

/// Shows the state of every actor that can be reached from some objects.
///
/// Reads stored properties by reflection, from outside of the actors: only where the world stands
/// still between two steps.
struct StateDump {
    /// Deeper values are shown by their type.
    private static let greatestDepth = 12
    /// Of a collection, so many elements.
    private static let mostElements = 20

    private var seen: Set<ObjectIdentifier> = []
    private var waiting: [AnyObject] = []
    private(set) var lines: [String] = []

    /// - Parameter roots: name and owner, in the order in which they are shown.
    init(roots: [(name: String, owner: AnyObject)]) {
        for root in roots {
            lines.append("== \(root.name)")
            enter(root.owner)
            while let next = waiting.popLast() { show(next) }
        }
    }

    private mutating func enter(_ owner: AnyObject) {
        guard seen.insert(ObjectIdentifier(owner)).inserted else { return }
        waiting.append(owner)
    }

    private mutating func show(_ owner: AnyObject) {
        let isActor = owner is any Actor
        if isActor { lines.append("\(type(of: owner))") }
        for child in Mirror(reflecting: owner).children {
            let text = describe(child.value, depth: 0)
            if isActor { lines.append("    \(child.label ?? "-"): \(text)") }
        }
    }

    /// A value on one line; the objects in it are noted, to be shown in their turn.
    private mutating func describe(_ value: Any, depth: Int) -> String {
        // The same for every owner, and long.
        if value is World { return "<World>" }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .class, .foreignReference:
            enter(value as AnyObject)
            return "<\(type(of: value))>"
        case .optional:
            return mirror.children.first.map { describe($0.value, depth: depth) } ?? "nil"
        case .collection, .set, .dictionary:
            return describe(elements: mirror, depth: depth)
        case .struct, .tuple, .enum:
            return describe(parts: mirror, of: value, depth: depth)
        default:
            return "\(value)"
        }
    }

    private mutating func describe(elements mirror: Mirror, depth: Int) -> String {
        if mirror.children.first.map({ $0.value is UInt8 }) == true {
            return "<\(mirror.children.count) bytes>"
        }
        var texts: [String] = []
        for child in mirror.children {
            let text = describe(child.value, depth: depth + 1)
            if texts.count < Self.mostElements { texts.append(text) }
        }
        if mirror.children.count > texts.count { texts.append("… \(mirror.children.count) in all") }
        return "[" + texts.joined(separator: ", ") + "]"
    }

    private mutating func describe(parts mirror: Mirror, of value: Any, depth: Int) -> String {
        let isPlain = mirror.children.isEmpty || value is any CustomStringConvertible
        if isPlain || depth > Self.greatestDepth { return "\(value)" }
        let parts = mirror.children.map { child -> String in
            let text = describe(child.value, depth: depth + 1)
            guard let label = child.label, !label.hasPrefix(".") else { return text }
            return "\(label): \(text)"
        }
        let name = mirror.displayStyle == .tuple ? "" : "\(type(of: value))"
        return name + "(" + parts.joined(separator: ", ") + ")"
    }
}
