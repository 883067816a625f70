import CFuzzer
import Glibc

/// Hands the process over to libFuzzer, which calls the target with one input after another.
///
/// - Parameter target: captures nothing: libFuzzer knows no context. It traps on what it finds.
public func runFuzzer(
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Never {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, target))
}

/// The input as an array of its own, so that a read past its end is seen.
public func copied(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: bytes, count: count))
}

/// Traps with the claim and what was found; the crash file then holds the input.
public func require(_ holds: Bool, _ claim: @autoclosure () -> String) {
    if !holds {
        let text = claim()
        fatalError("property broken: \(text)")
    }
}

/// The input, read piece by piece: how arbitrary bytes become arbitrary decisions.
public struct Choices {
    private var bytes: ArraySlice<UInt8>

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
    }

    /// True where the input is used up: the run ends.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The next byte; 0 after the end.
    public mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// A whole number below the bound.
    public mutating func below(_ bound: Int) -> Int { Int(byte()) % bound }

    public mutating func flag() -> Bool { byte() & 1 == 1 }

    /// One of the given.
    public mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    /// As many bytes as the next one says.
    public mutating func chunk() -> [UInt8] {
        let count = min(Int(byte()), bytes.count)
        defer { bytes.removeFirst(count) }
        return Array(bytes.prefix(count))
    }

    /// All that is left.
    public mutating func rest() -> [UInt8] {
        defer { bytes = [] }
        return Array(bytes)
    }
}
