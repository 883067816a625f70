// Parts of fields: numbers, parameters, URIs, addresses, Vias. `-1` and `false` say that the bytes
// are no such part.

@inline(__always)
func skipSpaces(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    var index = from
    while index < end, isSpaceByte(bytes[index]) { index &+= 1 }
    return index
}

@inline(__always)
func skipToken(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    var index = min(from &+ countLetters(bytes, from), end)
    while index < end, isTokenByte(bytes[index]) { index &+= 1 }
    return index
}

/// One or more digits; −1 for none or too large a number.
@inline(__always)
func scanNumber(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, upTo limit: Int) -> Int {
    let start = index
    var value = 0
    while index < end, isDigitByte(bytes[index]) {
        value = value &* 10 &+ Int(bytes[index] &- 48)
        if value > limit { return -1 }
        index &+= 1
    }
    return index > start ? value : -1
}

/// A parameter: its name packed (0 where longer than eight bytes), its value without quotes.
struct ParameterScan {
    var name: UInt64 = 0
    var hasValue = false
    var value = MessageSlice()
}

/// `token [ "=" (token / host / quoted-string) ]`, up to what follows.
@inline(__always)
func scanParameter(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ result: inout ParameterScan
) -> Bool {
    let start = index
    index = skipToken(bytes, index, end)
    guard index > start else { return false }
    result.name = PackedText.pack(bytes, start, index)
    result.hasValue = false
    if index < end, isSpaceByte(bytes[index]) { index = skipSpaces(bytes, index, end) }
    guard index < end, bytes[index] == UInt8(ascii: "=") else { return true }
    result.hasValue = true
    index &+= 1
    if index < end, isSpaceByte(bytes[index]) { index = skipSpaces(bytes, index, end) }
    guard index < end else { return false }
    if bytes[index] == UInt8(ascii: "\"") {
        let close = findClosingQuote(bytes, index &+ 1, end)
        guard close < end else { return false }
        result.value = MessageSlice(index &+ 1, close)
        index = close &+ 1
        return true
    }
    let valueStart = index
    index = findValueEnd(bytes, index, end)
    result.value = MessageSlice(valueStart, index)
    return index > valueStart
}

/// What a URI holds; `user` and `port` only where it is a SIP or SIPS URI.
struct URIScan {
    var user = MessageSlice()
    var host = MessageSlice()
    var port = 0
}

/// A URI, up to `end`, or to `>` before it; gives where it ended.
@inline(__always)
func scanURI(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ result: inout URIScan) -> Int {
    guard end &- start > 4, bytes[start] | 0x20 == 115, bytes[start &+ 1] | 0x20 == 105,
        bytes[start &+ 2] | 0x20 == 112
    else { return scanOtherURI(bytes, start, end, &result) }
    var index = start &+ 3
    if bytes[index] | 0x20 == 115 { index &+= 1 }
    guard bytes[index] == UInt8(ascii: ":") else {
        return scanOtherURI(bytes, start, end, &result)
    }
    index &+= 1
    let at = find(64, or: 62, bytes, index, end)
    if at < end, bytes[at] == UInt8(ascii: "@") {
        guard scanUserPart(bytes, index, at, &result) else { return -1 }
        index = at &+ 1
    }
    let hostStart = index
    if index < end, bytes[index] == UInt8(ascii: "[") {
        index = find(93, bytes, index, end)
        guard index < end, index &- hostStart <= 46 else { return -1 }
        index &+= 1
    } else {
        index = findHostEnd(bytes, index, end)
    }
    guard index > hostStart else { return -1 }
    result.host = MessageSlice(hostStart, index)
    guard index < end, bytes[index] != UInt8(ascii: ">") else { return index }
    if bytes[index] == UInt8(ascii: ":") {
        index &+= 1
        result.port = scanNumber(bytes, &index, end, upTo: 65535)
        guard result.port >= 0 else { return -1 }
        guard index < end, bytes[index] != UInt8(ascii: ">") else { return index }
    }
    guard bytes[index] == UInt8(ascii: ";") || bytes[index] == UInt8(ascii: "?") else {
        return -1
    }
    return find(62, or: 32, bytes, index, end)
}

/// `user [ ":" password ]` up to the `@`.
@inline(__always)
private func scanUserPart(
    _ bytes: Span<UInt8>, _ start: Int, _ at: Int, _ result: inout URIScan
) -> Bool {
    var index = start
    var userEnd = at
    while index < at {
        let byte = bytes[index]
        guard byte > 32, byte < 127, byte != 34, byte != 60 else { return false }
        if byte == UInt8(ascii: ":"), userEnd == at { userEnd = index }
        index &+= 1
    }
    result.user = MessageSlice(start, userEnd)
    return userEnd > start
}

/// `scheme ":" …`.
private func scanOtherURI(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ result: inout URIScan
) -> Int {
    var index = start
    while index < end, isTokenByte(bytes[index]) { index &+= 1 }
    guard index > start, index < end, bytes[index] == UInt8(ascii: ":") else { return -1 }
    let rest = index &+ 1
    index = find(62, or: 32, bytes, rest, end)
    result.host = MessageSlice(rest, index)
    return index > rest ? index : -1
}

/// A name-addr's URI, and one parameter of the field.
struct AddressScan {
    var uri = URIScan()
    var wanted = MessageSlice()
}

/// `name-addr / addr-spec` with parameters, of which the one that is wanted is kept; gives where
/// it ended: at `end` or at a comma.
func scanAddress(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ wanted: UInt64,
    _ result: inout AddressScan
) -> Int {
    var index = start
    guard index < end else { return -1 }
    if bytes[index] == UInt8(ascii: "\"") {
        index = findClosingQuote(bytes, index &+ 1, end) &+ 1
        index = skipSpaces(bytes, index, end)
        guard index < end, bytes[index] == UInt8(ascii: "<") else { return -1 }
    }
    var open = index
    while open < end {
        let byte = bytes[open]
        if byte == 60 || byte == 58 || byte == 59 || byte == 34 { break }
        open &+= 1
    }
    if open < end, bytes[open] == UInt8(ascii: "<") {
        let uriStart = skipSpaces(bytes, open &+ 1, end)
        index = scanURI(bytes, uriStart, end, &result.uri)
        guard index >= 0 else { return -1 }
        index = skipSpaces(bytes, index, end)
        guard index < end, bytes[index] == UInt8(ascii: ">") else { return -1 }
        index &+= 1
    } else {
        let uriStart = index
        while index < end {
            let byte = bytes[index]
            if byte <= 32 || byte == 59 || byte == 44 || byte == 63 { break }
            index &+= 1
        }
        guard scanURI(bytes, uriStart, index, &result.uri) == index else { return -1 }
    }
    return scanParameters(bytes, index, end, wanted, &result.wanted)
}

/// `*(SEMI generic-param)`; gives where they ended: at `end` or at a comma.
@inline(__always)
private func scanParameters(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ wanted: UInt64,
    _ result: inout MessageSlice
) -> Int {
    var index = start
    var parameter = ParameterScan()
    while true {
        index = skipSpaces(bytes, index, end)
        if index >= end || bytes[index] == UInt8(ascii: ",") { return index }
        guard bytes[index] == UInt8(ascii: ";") else { return -1 }
        index = skipSpaces(bytes, index &+ 1, end)
        guard scanParameter(bytes, &index, end, &parameter) else { return -1 }
        if parameter.name == wanted { result = parameter.value }
    }
}

/// The first Via of a line.
func scanVia(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ result: inout MessageEssentials
) -> Bool {
    guard var index = scanViaProtocol(bytes, start, end) else { return false }
    var from = index
    index = skipToken(bytes, index, end)
    result.viaTransport = MessageSlice(from, index)
    guard index > from, index < end, isSpaceByte(bytes[index]) else { return false }
    from = skipSpaces(bytes, index, end)
    index = from
    if index < end, bytes[index] == UInt8(ascii: "[") {
        index = find(93, bytes, index, end)
        guard index < end, index &- from <= 46 else { return false }
        index &+= 1
    } else {
        index = findHostEnd(bytes, index, end)
    }
    guard index > from else { return false }
    result.viaHost = MessageSlice(from, index)
    index = skipSpaces(bytes, index, end)
    if index < end, bytes[index] == UInt8(ascii: ":") {
        index = skipSpaces(bytes, index &+ 1, end)
        result.viaPort = scanNumber(bytes, &index, end, upTo: 65535)
        guard result.viaPort >= 0 else { return false }
    }
    return scanViaParameters(bytes, index, end, &result)
}

/// `SIP/2.0/` with white space where it may be; gives where the transport starts.
@inline(__always)
private func scanViaProtocol(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    if end &- start > 8, load8(bytes, start) == PackedText.versionAndSlash { return start &+ 8 }
    var index = start
    for _ in 0..<2 {
        let from = index
        index = skipToken(bytes, index, end)
        guard index > from else { return nil }
        index = skipSpaces(bytes, index, end)
        guard index < end, bytes[index] == UInt8(ascii: "/") else { return nil }
        index = skipSpaces(bytes, index &+ 1, end)
    }
    return index
}

@inline(__always)
private func scanViaParameters(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ result: inout MessageEssentials
) -> Bool {
    var index = start
    var parameter = ParameterScan()
    while true {
        index = skipSpaces(bytes, index, end)
        if index >= end || bytes[index] == UInt8(ascii: ",") { return true }
        guard bytes[index] == UInt8(ascii: ";") else { return false }
        index = skipSpaces(bytes, index &+ 1, end)
        guard scanParameter(bytes, &index, end, &parameter) else { return false }
        switch parameter.name {
        case PackedText.branch: result.viaBranch = parameter.value
        case PackedText.received: result.viaReceived = parameter.value
        case PackedText.rport:
            result.viaResponsePort = -1
            guard parameter.hasValue else { continue }
            var place = parameter.value.start
            result.viaResponsePort = scanNumber(
                bytes, &place, parameter.value.end, upTo: 65535)
            guard result.viaResponsePort >= 0, place == parameter.value.end else { return false }
        default: break
        }
    }
}
