// The second pass: the essentials out of the indexed fields. Free functions over the span, with
// offsets; every read is checked by the span.

func scanEssentials(
    _ bytes: Span<UInt8>, _ layout: borrowing MessageLayout, _ records: Span<FieldRecord>,
    _ result: inout MessageEssentials
) throws(ScanFault) {
    if layout.isRequest {
        result.method = layout.method
        var uri = URIScan()
        guard scanURI(bytes, layout.uri.start, layout.uri.end, &uri) == layout.uri.end else {
            throw ScanFault(kind: .requestURI, offset: layout.uri.start)
        }
        result.requestUser = uri.user
        result.requestHost = uri.host
        result.requestPort = uri.port
    } else {
        result.status = layout.status
    }
    let firsts = layout.firsts
    let via = try needed(FieldNumber.via, records, firsts)
    guard scanVia(bytes, via.start, via.end, &result) else {
        throw ScanFault(kind: .field, number: FieldNumber.via, offset: via.start)
    }
    try scanDialogFields(bytes, records, firsts, &result)
    try scanNumbers(bytes, layout, records, firsts, &result)
    let contact = slice(FieldNumber.contact, records, firsts)
    if !contact.isEmpty, !scanContact(bytes, contact, &result) {
        throw ScanFault(kind: .field, number: FieldNumber.contact, offset: contact.start)
    }
    let credentials = slice(FieldNumber.authorization, records, firsts)
    if !credentials.isEmpty,
        !scanCredentials(bytes, credentials.start, credentials.end, &result)
    {
        throw ScanFault(
            kind: .field, number: FieldNumber.authorization, offset: credentials.start)
    }
}

/// The first line of a name; empty where there is none.
@inline(__always)
private func slice(
    _ number: UInt8, _ records: Span<FieldRecord>, _ firsts: SIMD16<UInt16>
) -> MessageSlice {
    let place = Int(firsts[Int(number)])
    guard place > 0 else { return MessageSlice() }
    var slice = MessageSlice()
    slice.offset = records[place &- 1].valueOffset
    slice.length = records[place &- 1].valueLength
    return slice
}

@inline(__always)
private func needed(
    _ number: UInt8, _ records: Span<FieldRecord>, _ firsts: SIMD16<UInt16>
) throws(ScanFault) -> MessageSlice {
    let slice = slice(number, records, firsts)
    guard !slice.isEmpty else { throw ScanFault(kind: .missing, number: number, offset: 0) }
    return slice
}

/// From, To, Call-ID and CSeq.
private func scanDialogFields(
    _ bytes: Span<UInt8>, _ records: Span<FieldRecord>, _ firsts: SIMD16<UInt16>,
    _ result: inout MessageEssentials
) throws(ScanFault) {
    let from = try needed(FieldNumber.from, records, firsts)
    var address = AddressScan()
    guard scanAddress(bytes, from.start, from.end, PackedText.tag, &address) == from.end else {
        throw ScanFault(kind: .field, number: FieldNumber.from, offset: from.start)
    }
    result.fromUser = address.uri.user
    result.fromHost = address.uri.host
    result.fromPort = address.uri.port
    result.fromTag = address.wanted
    let to = try needed(FieldNumber.to, records, firsts)
    address = AddressScan()
    guard scanAddress(bytes, to.start, to.end, PackedText.tag, &address) == to.end else {
        throw ScanFault(kind: .field, number: FieldNumber.to, offset: to.start)
    }
    result.toUser = address.uri.user
    result.toHost = address.uri.host
    result.toPort = address.uri.port
    result.toTag = address.wanted
    result.callID = try needed(FieldNumber.callID, records, firsts)
    let cSeq = try needed(FieldNumber.cSeq, records, firsts)
    var index = cSeq.start
    result.cSeqNumber = scanNumber(bytes, &index, cSeq.end, upTo: 0xFFFF_FFFF)
    let method = skipSpaces(bytes, index, cSeq.end)
    let end = skipToken(bytes, method, cSeq.end)
    guard result.cSeqNumber >= 0, method > index, end > method, end == cSeq.end else {
        throw ScanFault(kind: .field, number: FieldNumber.cSeq, offset: cSeq.start)
    }
    result.cSeqMethod = MessageSlice(method, end)
}

/// Max-Forwards, Expires, Content-Length and the body.
private func scanNumbers(
    _ bytes: Span<UInt8>, _ layout: borrowing MessageLayout, _ records: Span<FieldRecord>,
    _ firsts: SIMD16<UInt16>, _ result: inout MessageEssentials
) throws(ScanFault) {
    result.maxForwards = try scanNumberField(
        bytes, FieldNumber.maxForwards, upTo: 255, records, firsts)
    result.expires = try scanNumberField(
        bytes, FieldNumber.expires, upTo: 0xFFFF_FFFF, records, firsts)
    result.contentLength = try scanNumberField(
        bytes, FieldNumber.contentLength, upTo: 0x7FFF_FFFF, records, firsts)
    result.body = MessageSlice(layout.bodyStart, bytes.count)
    if firsts[Int(FieldNumber.contentLength)] > 0 {
        guard result.contentLength <= bytes.count &- layout.bodyStart else {
            throw ScanFault(kind: .bodyTooShort, offset: layout.bodyStart)
        }
        result.body = MessageSlice(layout.bodyStart, layout.bodyStart &+ result.contentLength)
    }
}

@inline(__always)
private func scanNumberField(
    _ bytes: Span<UInt8>, _ number: UInt8, upTo limit: Int, _ records: Span<FieldRecord>,
    _ firsts: SIMD16<UInt16>
) throws(ScanFault) -> Int {
    guard firsts[Int(number)] > 0 else { return 0 }
    let slice = slice(number, records, firsts)
    var index = slice.start
    let value = scanNumber(bytes, &index, slice.end, upTo: limit)
    guard value >= 0, index == slice.end else {
        throw ScanFault(kind: .field, number: number, offset: slice.start)
    }
    return value
}

private func scanContact(
    _ bytes: Span<UInt8>, _ contact: MessageSlice, _ result: inout MessageEssentials
) -> Bool {
    if contact.length == 1, bytes[contact.start] == UInt8(ascii: "*") { return true }
    var address = AddressScan()
    guard
        scanAddress(bytes, contact.start, contact.end, PackedText.expires, &address) >= 0
    else { return false }
    result.contactUser = address.uri.user
    result.contactHost = address.uri.host
    result.contactPort = address.uri.port
    var index = address.wanted.start
    result.contactExpires = max(
        0, scanNumber(bytes, &index, address.wanted.end, upTo: 0xFFFF_FFFF))
    return true
}

/// The credentials' parameters, where the scheme is Digest (RFC 8760).
private func scanCredentials(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ result: inout MessageEssentials
) -> Bool {
    var index = skipToken(bytes, start, end)
    guard index > start else { return false }
    guard PackedText.pack(bytes, start, index) == PackedText.digest else { return true }
    var parameter = ParameterScan()
    while true {
        index = skipSpaces(bytes, index, end)
        guard scanParameter(bytes, &index, end, &parameter), parameter.hasValue else {
            return false
        }
        switch parameter.name {
        case PackedText.username: result.digestUsername = parameter.value
        case PackedText.realm: result.digestRealm = parameter.value
        case PackedText.nonce: result.digestNonce = parameter.value
        case PackedText.uri: result.digestURI = parameter.value
        case PackedText.response: result.digestResponse = parameter.value
        case PackedText.qop: result.digestQOP = parameter.value
        case PackedText.nonceCount: result.digestNonceCount = parameter.value
        case PackedText.clientNonce: result.digestClientNonce = parameter.value
        default: break
        }
        index = skipSpaces(bytes, index, end)
        if index >= end { return true }
        guard bytes[index] == UInt8(ascii: ",") else { return false }
        index &+= 1
    }
}
