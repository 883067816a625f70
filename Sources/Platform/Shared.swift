/// A large value that is copied as a reference, until one of its holders changes it.
///
/// A SIP message has more than a dozen parts that must be counted one by one whenever it is copied,
/// and it is handed on ten times between the socket and the call. A transaction and a leg have as
/// many, and move whenever their table grows or is looked into. As a property wrapper
/// (`@Shared var usage: InviteSession`) it keeps one part of a value beside it.
@propertyWrapper @dynamicMemberLookup
public struct Shared<Value: Sendable>: Sendable {
    /// Changed only while one holder has it.
    @usableFromInline final class Storage: @unchecked Sendable {
        @usableFromInline var value: Value

        @inlinable init(_ value: Value) {
            self.value = value
        }
    }

    @usableFromInline var storage: Storage

    @inlinable public init(_ value: Value) {
        storage = Storage(value)
    }

    @inlinable public init(wrappedValue: Value) {
        storage = Storage(wrappedValue)
    }

    @inlinable public var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }

    @inlinable public var wrappedValue: Value {
        _read { yield value }
        _modify { yield &value }
    }

    /// A part of the value, as if this were the value itself.
    @inlinable public subscript<Part>(dynamicMember part: WritableKeyPath<Value, Part>) -> Part {
        @inline(__always)
        _read { yield value[keyPath: part] }
        @inline(__always)
        _modify { yield &value[keyPath: part] }
    }

    @inlinable public subscript<Part>(dynamicMember part: KeyPath<Value, Part>) -> Part {
        @inline(__always)
        _read { yield value[keyPath: part] }
    }
}

extension Shared: Equatable where Value: Equatable {
    @inlinable public static func == (one: Self, other: Self) -> Bool {
        one.storage === other.storage || one.value == other.value
    }
}
