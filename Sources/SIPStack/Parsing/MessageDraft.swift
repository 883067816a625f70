/// A message on its way from bytes to a value: it keeps what was read when an error ends the way,
/// so that the error can be answered.
struct MessageDraft {
    private let bytes: [UInt8]
    private let layout: MessageLayout
    private let records: ArraySlice<FieldRecord>
    private var vias: [Via] = []
    private var from: NameAddress?
    private var to: NameAddress?
    private var callID: String?
    private var cSeq: CSeq?

    /// Fields that may stand once: two of them mean two different things to two elements.
    private static let singleFields: [FieldName] = [
        .from, .to, .callID, .cSeq, .maxForwards, .contentLength, .contentType,
    ]

    init(_ bytes: [UInt8], _ layout: MessageLayout, _ records: ArraySlice<FieldRecord>) {
        self.bytes = bytes
        self.layout = layout
        self.records = records
    }

    /// The message; or the first of what `failure` says and of what is found wrong here, with as
    /// much read as could be.
    mutating func message(
        framing: MessageFraming, limits: MessageLimits, failure: MessageError?
    ) throws(MessageError) -> ParsedMessage {
        var failure = failure
        if layout.bodyStart > limits.headerSize {
            failure =
                failure
                ?? MessageError(
                    .headerTooLarge, offset: limits.headerSize, limit: limits.headerSize)
        }
        do throws(MessageError) {
            try readEssentials(limits: limits)
        } catch {
            failure = failure ?? error
        }
        if let failure { throw failure }
        try check()
        let body = try body(framing: framing, limits: limits)
        guard let from else { throw missing(.from) }
        guard let to else { throw missing(.to) }
        guard let callID else { throw missing(.callID) }
        guard let cSeq else { throw missing(.cSeq) }
        guard layout.isRequest else {
            guard let status = Status(layout.status) else {
                throw MessageError(.badStartLine, offset: 0)
            }
            return .response(
                Response(
                    status: status, reason: evened(text(layout.reason)), vias: vias, from: from,
                    to: to,
                    callID: callID, cSeq: cSeq, fields: otherFields(), body: body))
        }
        let uri = try requestURI(limits: limits)
        let method = Method(text(layout.method))
        guard cSeq.method == method else {
            throw MessageError(.methodMismatch, offset: Int(record(.cSeq)?.valueOffset ?? 0))
        }
        return .request(
            Request(
                method: method, uri: uri, vias: vias, from: from, to: to, callID: callID,
                cSeq: cSeq, fields: otherFields(), body: body))
    }

    private func text(_ slice: MessageSlice) -> String {
        String(decoding: bytes[slice.range], as: UTF8.self)
    }

    private func missing(_ name: FieldName) -> MessageError {
        MessageError(.missing(name), offset: layout.bodyStart)
    }

    /// What must hold of every message besides its essentials.
    private func check() throws(MessageError) {
        let reader = FieldReader(bytes, in: layout.version.range)
        guard reader.matches("2.0", layout.version.range) else {
            throw MessageError(.badVersion, offset: layout.version.start)
        }
        for name in Self.singleFields where layout.repeated >> UInt32(name.number) & 1 == 1 {
            let second = records.filter { $0.number == name.number }.dropFirst().first
            throw MessageError(.repeated(name), offset: Int(second?.nameOffset ?? 0))
        }
        if let record = record(.maxForwards) {
            _ = try read(record) { reader throws(FieldError) in try reader.number(upTo: 255) }
        }
        for record in records where record.number == FieldNumber.contact {
            _ = try read(record) { reader throws(FieldError) in try reader.every(Contact.self) }
        }
    }

    /// Reads what an answer needs, as much as there is; then says what was wrong first.
    private mutating func readEssentials(limits: MessageLimits) throws(MessageError) {
        var first: MessageError?
        do throws(MessageError) { try readAllVias(limits: limits) } catch { first = error }
        do throws(MessageError) { callID = try readCallID() } catch { first = first ?? error }
        do throws(MessageError) { cSeq = try readCSeq() } catch { first = first ?? error }
        do throws(MessageError) { from = try readAddress(.from) } catch { first = first ?? error }
        do throws(MessageError) { to = try readAddress(.to) } catch { first = first ?? error }
        if let first { throw first }
    }

    private mutating func readAllVias(limits: MessageLimits) throws(MessageError) {
        for record in records where record.number == FieldNumber.via {
            try readVias(record)
            guard vias.count <= limits.viaCount else {
                throw MessageError(
                    .tooManyVias, offset: Int(record.nameOffset), limit: limits.viaCount)
            }
        }
        guard !vias.isEmpty else { throw missing(.via) }
    }

    /// The Vias of a line. Of a malformed top Via the readable part is kept: enough to answer.
    private mutating func readVias(_ record: FieldRecord) throws(MessageError) {
        var found: [Via] = []
        var partial: Via?
        do throws(MessageError) {
            try read(record) { reader throws(FieldError) in
                repeat {
                    found.append(try reader.via(partial: &partial))
                } while reader.take(UInt8(ascii: ","))
            }
            vias += found
        } catch {
            vias += found
            if vias.isEmpty, let partial { vias = [partial] }
            throw error
        }
    }

    private func readCallID() throws(MessageError) -> String? {
        guard let record = record(.callID) else { return nil }
        return try read(record) { reader throws(FieldError) in
            let range = reader.run(of: .callID)
            guard !range.isEmpty else { throw reader.failure(.emptyValue) }
            return reader.text(range)
        }
    }

    private func readCSeq() throws(MessageError) -> CSeq? {
        guard let record = record(.cSeq) else { return nil }
        return try read(record) { reader throws(FieldError) in try reader.cSeq() }
    }

    private func readAddress(_ name: FieldName) throws(MessageError) -> NameAddress? {
        guard let record = record(name) else { return nil }
        return try read(record) { reader throws(FieldError) in
            try reader.nameAddress(isSingle: true)
        }
    }

    private func requestURI(limits: MessageLimits) throws(MessageError) -> URI {
        guard layout.uri.length <= limits.lineLength else {
            throw MessageError(
                .requestURITooLong, offset: layout.uri.start, limit: limits.lineLength)
        }
        var reader = FieldReader(bytes, in: layout.uri.range)
        do {
            return try reader.uri()
        } catch {
            throw MessageError(
                .badRequestURI(error.reason), offset: layout.uri.start + error.offset)
        }
    }

    private func body(
        framing: MessageFraming, limits: MessageLimits
    ) throws(MessageError) -> [UInt8] {
        let rest = bytes[layout.bodyStart...]
        var length = rest.count
        if let record = record(.contentLength) {
            let stated = try read(record) { reader throws(FieldError) in try reader.number() }
            guard stated <= UInt64(limits.bodySize) else {
                throw MessageError(
                    .bodyTooLarge, offset: Int(record.valueOffset), limit: limits.bodySize)
            }
            guard stated <= UInt64(rest.count) else {
                throw MessageError(.bodyTooShort, offset: Int(record.valueOffset))
            }
            length = Int(stated)
        } else if framing == .stream {
            throw MessageError(.missing(.contentLength), offset: layout.bodyStart)
        }
        guard length <= limits.bodySize else {
            throw MessageError(.bodyTooLarge, offset: layout.bodyStart, limit: limits.bodySize)
        }
        return Array(rest.prefix(length))
    }

    /// The fields that have no place of their own in `Request` and `Response`.
    private func otherFields() -> HeaderFields {
        HeaderFields(
            bytes: bytes,
            records: records.filter { record in
                switch record.number {
                case FieldNumber.via, FieldNumber.from, FieldNumber.to, FieldNumber.callID,
                    FieldNumber.cSeq, FieldNumber.contentLength:
                    false
                default: true
                }
            })
    }

    private func record(_ name: FieldName) -> FieldRecord? {
        records.first { $0.number == name.number }
    }

    private func read<Value>(
        _ record: FieldRecord, _ read: (inout FieldReader) throws(FieldError) -> Value
    ) throws(MessageError) -> Value {
        var reader = FieldReader(bytes, in: record.valueRange)
        do {
            reader.skipSpace()
            let value = try read(&reader)
            reader.skipSpace()
            try reader.expectEnd()
            return value
        } catch {
            throw MessageError(
                .bad(FieldName(known: record.number), error.reason),
                offset: Int(record.valueOffset) + error.offset)
        }
    }
}

extension MessageDraft {
    /// What to do about an error: a request whose Via was readable is answered, all else is
    /// dropped (RFC 3261 §18.3, §8.1.3.3).
    func verdict(on error: MessageError) -> ParsedMessage {
        guard layout.isRequest, !vias.isEmpty else { return .discarded(error) }
        let method = Method(String(decoding: bytes[layout.method.range], as: UTF8.self))
        var rejection = Rejection(
            status: error.status, reason: error.status.reasonPhrase, error: error, method: method,
            vias: vias, response: nil, echoed: HeaderFields())
        for name in [FieldName.from, .to, .callID, .cSeq] {
            guard let record = record(name) else { continue }
            rejection.echoed.append(
                name: name, raw: String(decoding: evened(bytes[record.valueRange]), as: UTF8.self)
            )
        }
        if let from, let to, let callID, let cSeq, method != .ack {
            var response = Response(
                status: error.status, vias: vias, from: from, to: to, callID: callID, cSeq: cSeq)
            if response.to.tag == nil { response.to.tag = Self.tag(vias: vias, callID: callID) }
            rejection.response = response
        }
        return .rejected(rejection)
    }

    /// A tag that the same request always gets, since the answer leaves no trace with us
    /// (RFC 3261 §8.2.7).
    private static func tag(vias: [Via], callID: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in [vias.first?.branch ?? "", callID] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return String(hash, radix: 36)
    }
}
