/// A large value that is copied as a reference, until one of its holders changes it.
///
/// A message has more than a dozen parts that must be counted one by one whenever it is copied,
/// and it is handed on ten times between the socket and the call.
struct Shared<Value: Sendable>: Sendable {
    /// Changed only while one holder has it.
    private final class Storage: @unchecked Sendable {
        var value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var storage: Storage

    init(_ value: Value) {
        storage = Storage(value)
    }

    var value: Value {
        @inline(__always)
        _read { yield storage.value }
        @inline(__always)
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}

extension Shared: Equatable where Value: Equatable {
    static func == (one: Self, other: Self) -> Bool {
        one.storage === other.storage || one.value == other.value
    }
}
