// The first pass over a message: the start line, and a record for every field.

extension MessageParser {
    /// Fills `layout` and `records`; what was found stays there where an error ends the pass.
    ///
    /// A field line that is none, or too long, and a bad Request-Line, are passed over and
    /// reported at the end, so that the request can be answered.
    mutating func index(_ bytes: Span<UInt8>) throws(ScanFault) {
        var found = MessageLayout()
        defer { layout = found }
        var position = 0
        while position < bytes.count, bytes[position] == 13 || bytes[position] == 10 {
            position &+= 1
        }
        let lineStart = position
        let lineEnd = find(10, bytes, position, bytes.count)
        guard lineEnd < bytes.count else {
            throw ScanFault(kind: .truncated, offset: bytes.count)
        }
        var fault: ScanFault?
        do throws(ScanFault) {
            try found.readStartLine(bytes, lineStart, lineEnd)
        } catch {
            guard found.looksLikeRequest(bytes, lineStart, lineEnd) else { throw error }
            fault = error
        }
        let limits = FieldPassLimits(
            fieldCount: min(limits.fieldCount, records.count), lineLength: limits.lineLength)
        let names = names
        var records = records.mutableSpan
        try indexFields(bytes, from: lineEnd &+ 1, &found, &records, names, limits)
        if let fault { throw fault }
    }
}

/// The limits that count while fields are indexed.
struct FieldPassLimits {
    var fieldCount: Int
    var lineLength: Int
}

/// Records every field up to the empty line.
private func indexFields(
    _ bytes: Span<UInt8>, from start: Int, _ layout: inout MessageLayout,
    _ records: inout MutableSpan<FieldRecord>,
    _ names: FieldNameTable, _ limits: FieldPassLimits
) throws(ScanFault) {
    let end = bytes.count
    var position = start
    var count = 0
    var badLine = -1
    var longLine = -1
    while true {
        // Some datagrams lack the empty line where no body follows (RFC 4475 §3.1.2.15).
        if position >= end && count > 0 { break }
        guard position < end else { throw ScanFault(kind: .truncated, offset: end) }
        let byte = bytes[position]
        if byte == 13, position &+ 1 < end, bytes[position &+ 1] == 10 {
            position &+= 2
            break
        }
        if byte == 10 {
            position &+= 1
            break
        }
        guard count < limits.fieldCount else {
            throw ScanFault(kind: .tooManyFields, offset: position)
        }
        var record = FieldRecord()
        let next = try readField(bytes, position, &record, names)
        if record.nameLength == 0, badLine < 0 { badLine = position }
        if next &- position > limits.lineLength, longLine < 0 { longLine = position }
        records[count] = record
        count &+= 1
        layout.fieldCount = count
        let number = Int(record.number)
        if number < MessageEssentials.fieldNumbers {
            if layout.firsts[number] == 0 {
                layout.firsts[number] = UInt16(truncatingIfNeeded: count)
            } else {
                layout.repeated |= 1 &<< UInt32(truncatingIfNeeded: number)
            }
        }
        position = next
    }
    layout.bodyStart = position
    if badLine >= 0 { throw ScanFault(kind: .fieldLine, offset: badLine) }
    if longLine >= 0 { throw ScanFault(kind: .lineTooLong, offset: longLine) }
}

/// Reads the field that starts there; gives where the next line starts. A line that is no field
/// has no name in its record.
@inline(__always)
private func readField(
    _ bytes: Span<UInt8>, _ start: Int, _ record: inout FieldRecord, _ names: FieldNameTable
) throws(ScanFault) -> Int {
    let end = bytes.count
    let colon = find(58, bytes, start, min(end, start &+ FieldRecord.longestName))
    var nameEnd = colon
    while nameEnd > start, bytes[nameEnd &- 1] == 32 || bytes[nameEnd &- 1] == 9 {
        nameEnd &-= 1
    }
    let number = names.number(bytes, start, nameEnd &- start)
    var isName = colon < end && bytes[colon] == 58 && nameEnd > start
    if number == 0 {
        var index = start
        while isName && index < nameEnd {
            isName = isTokenByte(bytes[index])
            index &+= 1
        }
    }
    var valueStart = isName ? colon &+ 1 : start
    var (valueEnd, next, isUneven) = try findLineEnd(bytes, valueStart)
    while valueStart < valueEnd, bytes[valueStart] <= 32 { valueStart &+= 1 }
    while valueEnd > valueStart, bytes[valueEnd &- 1] <= 32 { valueEnd &-= 1 }
    record.number = isName ? number : 0
    record.nameOffset = UInt32(truncatingIfNeeded: start)
    record.nameLength = isName ? UInt16(truncatingIfNeeded: nameEnd &- start) : 0
    record.valueOffset = UInt32(truncatingIfNeeded: valueStart)
    record.valueLength = UInt32(truncatingIfNeeded: valueEnd &- valueStart)
    record.isUneven = isUneven
    return next
}

/// Where a field's value ends, folds included, and the next line starts; and whether there are
/// folds or control bytes in between.
@inline(__always)
private func findLineEnd(
    _ bytes: Span<UInt8>, _ start: Int
) throws(ScanFault) -> (valueEnd: Int, next: Int, isUneven: Bool) {
    let end = bytes.count
    var index = start
    var isUneven = false
    while true {
        index = findLineControl(bytes, index, end)
        guard index < end else { throw ScanFault(kind: .truncated, offset: end) }
        let byte = bytes[index]
        var next = index &+ 1
        if byte == 13, next < end, bytes[next] == 10 { next &+= 1 }
        if next == index &+ 1, byte != 10 {
            if byte != 9 { isUneven = true }
            index = next
            continue
        }
        guard next < end, bytes[next] == 32 || bytes[next] == 9 else {
            return (index, next, isUneven)
        }
        isUneven = true
        index = next
    }
}

extension MessageLayout {
    mutating func readStartLine(
        _ bytes: Span<UInt8>, _ start: Int, _ lineEnd: Int
    ) throws(ScanFault) {
        let end = lineEnd > start && bytes[lineEnd &- 1] == 13 ? lineEnd &- 1 : lineEnd
        let isResponse =
            end &- start >= 8 && load8(bytes, start) == PackedText.versionAndSpace
        if isResponse {
            version = MessageSlice(start &+ 4, start &+ 7)
            try readStatus(bytes, start &+ 8, end)
            return
        }
        var index = skipToken(bytes, start, end)
        method = MessageSlice(start, index)
        guard index > start, index < end, bytes[index] == 32 else {
            throw ScanFault(kind: .startLine, offset: index)
        }
        isRequest = true
        let space = find(32, bytes, index &+ 1, end)
        uri = MessageSlice(index &+ 1, space)
        guard !uri.isEmpty, end &- space >= 6, bytes[space] == 32, bytes[space &+ 1] | 0x20 == 115,
            bytes[space &+ 2] | 0x20 == 105, bytes[space &+ 3] | 0x20 == 112,
            bytes[space &+ 4] == 47
        else { throw ScanFault(kind: .startLine, offset: space) }
        version = MessageSlice(space &+ 5, end)
        index = space &+ 5
        while index < end, isDigitByte(bytes[index]) || bytes[index] == 46 { index &+= 1 }
        guard index == end else { throw ScanFault(kind: .startLine, offset: index) }
    }

    /// True for a line that begins with a method and holds ` SIP/`: its sender waits for an answer.
    func looksLikeRequest(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard isRequest else { return false }
        var index = start
        while true {
            index = find(32, bytes, index, end) &+ 1
            guard index &+ 4 <= end else { return false }
            if PackedText.pack(bytes, index, index &+ 4) == PackedText.sip { return true }
        }
    }

    private mutating func readStatus(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int
    ) throws(ScanFault) {
        guard end &- start >= 3, isDigitByte(bytes[start]), isDigitByte(bytes[start &+ 1]),
            isDigitByte(bytes[start &+ 2])
        else { throw ScanFault(kind: .startLine, offset: start) }
        status =
            Int(bytes[start] &- 48) &* 100 &+ Int(bytes[start &+ 1] &- 48) &* 10
            &+ Int(bytes[start &+ 2] &- 48)
        guard status >= 100, status < 700, end == start &+ 3 || bytes[start &+ 3] == 32 else {
            throw ScanFault(kind: .startLine, offset: start)
        }
        reason = MessageSlice(min(start &+ 4, end), end)
    }
}
