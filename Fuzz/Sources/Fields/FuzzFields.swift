import Fuzzing
@_spi(Fuzzing) import SIPStack

/// A field's value: what was read is written, read and written again the same. The first byte
/// selects the field.
func fuzzFields(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let parser = allFieldParsers[Int(first) % allFieldParsers.count]
    guard let written = try? parser.rewrite(Array(bytes.dropFirst())) else { return }
    guard let again = try? parser.rewrite(written) else {
        return require(false, "what we write is readable: \(parser.name): \(text(written))")
    }
    require(
        again == written, "written the same: \(parser.name): \(text(written)), \(text(again))")
    require(
        !written.contains(13) && !written.contains(10),
        "a value stays on its line: \(parser.name): \(text(written))")
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
