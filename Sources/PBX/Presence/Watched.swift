/// What a subscription is about.
enum Watched: Hashable, Sendable {
    case `extension`(ExtensionID)
    /// A slot where calls are parked, and the code by which the watcher knows it.
    case slot(ParkingSlot, code: String)

    var extensionID: ExtensionID? {
        if case .extension(let extensionID) = self { extensionID } else { nil }
    }

    var slot: ParkingSlot? {
        if case .slot(let slot, _) = self { slot } else { nil }
    }
}

/// An order that is the same in each run.
extension Watched: Comparable {
    static func < (one: Watched, other: Watched) -> Bool {
        switch (one, other) {
        case (.extension(let one), .extension(let other)): one < other
        case (.extension, .slot): true
        case (.slot, .extension): false
        case (.slot(let one, let code), .slot(let other, let otherCode)):
            (one.number, code) < (other.number, otherCode)
        }
    }
}
