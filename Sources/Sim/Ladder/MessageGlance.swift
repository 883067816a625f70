import Glibc

/// What names a SIP message, found by one pass over its header section.
///
/// On purpose not the stack's parser: a second opinion, and ten times cheaper.
struct MessageGlance: Sendable, Equatable {
    enum Method: UInt8, Sendable, CaseIterable {
        case invite, ack, bye, cancel, register, options, info, message, notify, subscribe
        case refer, update, prack, publish, other
    }

    var isRequest = false
    /// Of the request, or of the request that a response answers.
    var method = Method.other
    /// 0 for a request.
    var status = 0
    var sequence: UInt32 = 0
    // Hashes; 0 where the part is missing.
    var sipCallID: UInt64 = 0
    /// Of the top Via.
    var branch: UInt64 = 0
    var fromTag: UInt64 = 0
    var toTag: UInt64 = 0
    /// A digest's nonce with its count.
    var nonce: UInt64 = 0
    /// Where the Call-ID stands.
    var sipCallIDRange = 0..<0
    /// Where the header section ends: after the empty line.
    var bodyStart = 0

    /// Nil for what has no start line of SIP, or lacks what names a message.
    init?(_ bytes: [UInt8]) {
        let isWhole = bytes.withUnsafeBytes { scan($0) }
        guard isWhole, sipCallID != 0, branch != 0 else { return nil }
    }

    private mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = Line(at: 0, in: bytes), readStart(first, bytes) else { return false }
        var next = first.next
        while let line = Line(at: next, in: bytes) {
            next = line.next
            if line.isEmpty {
                bodyStart = next
                return true
            }
            readField(line, bytes)
        }
        return false
    }

    private mutating func readStart(_ line: Line, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = line.range
        guard text.count > 11 else { return false }
        if bytes.starts("SIP/2.0 ", at: text.lowerBound) {
            status = bytes.number(at: text.lowerBound + 8)
            return status > 0
        }
        isRequest = true
        method = Method(bytes, at: text.lowerBound)
        return bytes.starts("SIP/2.0", at: text.upperBound - 7)
    }

    private mutating func readField(_ line: Line, _ bytes: UnsafeRawBufferPointer) {
        guard let (name, value) = line.field(in: bytes) else { return }
        switch (bytes[name.lowerBound] | 0x20, name.count) {
        case (UInt8(ascii: "v"), 1), (UInt8(ascii: "v"), 3):
            if branch == 0 { branch = bytes.parameter(";branch=", in: value) }
        case (UInt8(ascii: "i"), 1), (UInt8(ascii: "c"), 7):
            guard name.count == 1 || bytes[name.lowerBound + 4] == UInt8(ascii: "-") else { break }
            sipCallIDRange = bytes.token(at: value.lowerBound, end: value.upperBound)
            sipCallID = bytes.hash(sipCallIDRange)
        case (UInt8(ascii: "c"), 4):
            sequence = UInt32(truncatingIfNeeded: bytes.number(at: value.lowerBound))
            guard !isRequest, let word = value.first(where: { bytes[$0] == 32 }) else { break }
            method = Method(bytes, at: word + 1)
        case (UInt8(ascii: "f"), 1), (UInt8(ascii: "f"), 4):
            fromTag = bytes.parameter(";tag=", in: value)
        case (UInt8(ascii: "t"), 1), (UInt8(ascii: "t"), 2):
            toTag = bytes.parameter(";tag=", in: value)
        case (UInt8(ascii: "a"), 13), (UInt8(ascii: "p"), 19):
            let count = bytes.parameter(" nc=", in: value)
            let text = bytes.parameter(" nonce=\"", in: value)
            if text != 0 { nonce = (text ^ count) | 1 }
        default: break
        }
    }
}

extension MessageGlance.Method {
    init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard start + 3 < bytes.count else {
            self = .other
            return
        }
        switch (bytes[start], bytes[start + 2]) {
        case (UInt8(ascii: "I"), UInt8(ascii: "V")): self = .invite
        case (UInt8(ascii: "I"), UInt8(ascii: "F")): self = .info
        case (UInt8(ascii: "A"), UInt8(ascii: "K")): self = .ack
        case (UInt8(ascii: "B"), UInt8(ascii: "E")): self = .bye
        case (UInt8(ascii: "C"), UInt8(ascii: "N")): self = .cancel
        case (UInt8(ascii: "R"), UInt8(ascii: "G")): self = .register
        case (UInt8(ascii: "R"), UInt8(ascii: "F")): self = .refer
        case (UInt8(ascii: "O"), UInt8(ascii: "T")): self = .options
        case (UInt8(ascii: "M"), UInt8(ascii: "S")): self = .message
        case (UInt8(ascii: "N"), UInt8(ascii: "T")): self = .notify
        case (UInt8(ascii: "S"), UInt8(ascii: "B")): self = .subscribe
        case (UInt8(ascii: "U"), UInt8(ascii: "D")): self = .update
        case (UInt8(ascii: "P"), UInt8(ascii: "A")): self = .prack
        case (UInt8(ascii: "P"), UInt8(ascii: "B")): self = .publish
        default: self = .other
        }
    }
}

/// One line of a header section, without its end.
private struct Line {
    var range: Range<Int>
    /// Where the line after it begins.
    var next: Int

    var isEmpty: Bool { range.isEmpty }

    init?(at start: Int, in bytes: UnsafeRawBufferPointer) {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, 10, bytes.count - start)
        else { return nil }
        let end = UnsafeRawPointer(found) - base
        let hasReturn = end > start && bytes[end - 1] == 13
        range = start..<(hasReturn ? end - 1 : end)
        next = end + 1
    }

    /// Name and value; nil for what is no field, or goes on with the line before.
    func field(in bytes: UnsafeRawBufferPointer) -> (name: Range<Int>, value: Range<Int>)? {
        guard bytes[range.lowerBound] > 32, let base = bytes.baseAddress,
            let found = memchr(base + range.lowerBound, 58, range.count)
        else { return nil }
        let colon = UnsafeRawPointer(found) - base
        var nameEnd = colon
        while nameEnd > range.lowerBound, bytes[nameEnd - 1] <= 32 { nameEnd -= 1 }
        var start = colon + 1
        while start < range.upperBound, bytes[start] <= 32 { start += 1 }
        guard nameEnd > range.lowerBound else { return nil }
        return (range.lowerBound..<nameEnd, start..<range.upperBound)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func starts(_ text: StaticString, at start: Int) -> Bool {
        guard start >= 0, start + text.utf8CodeUnitCount <= count, let baseAddress else {
            return false
        }
        return memcmp(baseAddress + start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    fileprivate func number(at start: Int) -> Int {
        var index = start
        var result = 0
        while index < count, self[index] >= 48, self[index] <= 57, index < start + 10 {
            result = result * 10 + Int(self[index] - 48)
            index += 1
        }
        return result
    }

    /// From there to the next byte that no token has.
    fileprivate func token(at start: Int, end: Int) -> Range<Int> {
        var index = start
        while index < end {
            let byte = self[index]
            if byte <= 32 || byte == 34 || byte == 44 || byte == 59 || byte == 62 { break }
            index += 1
        }
        return start..<index
    }

    /// The hash of a parameter's value; 0 where it is missing.
    fileprivate func parameter(_ name: StaticString, in range: Range<Int>) -> UInt64 {
        guard let baseAddress else { return 0 }
        var start = range.lowerBound
        while start < range.upperBound,
            let found = memchr(
                baseAddress + start, Int32(name.utf8Start[0]), range.upperBound - start)
        {
            start = UnsafeRawPointer(found) - baseAddress
            if starts(name, at: start) {
                return hash(token(at: start + name.utf8CodeUnitCount, end: range.upperBound))
            }
            start += 1
        }
        return 0
    }

    fileprivate func hash(_ range: Range<Int>) -> UInt64 {
        guard !range.isEmpty else { return 0 }
        var hash = TraceHash()
        hash.mix(UnsafeRawBufferPointer(rebasing: self[range]))
        return hash.value | 1
    }
}
