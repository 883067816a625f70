/// A display name, a URI and parameters: From, To, Contact, Route and their kin
/// (RFC 3261 §20.10).
public struct NameAddress: Sendable, Equatable {
    /// Without quotes and escapes; nil where there is none.
    public var displayName: String?
    public var uri: URI
    /// The field's parameters, not the URI's.
    public var parameters: Parameters

    public init(displayName: String? = nil, uri: URI, parameters: Parameters = Parameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    /// The `tag` of a From or To (RFC 3261 §19.3).
    public var tag: String? {
        get { parameters["tag"] }
        set { parameters["tag"] = newValue }
    }
}

extension FieldReader {
    /// `name-addr / addr-spec` with parameters, up to a comma or the end. In a field that is no
    /// list (`isSingle`) a display name may hold a stray comma (RFC 4475 §3.1.2.15).
    public mutating func nameAddress(
        isSingle: Bool = false
    ) throws(FieldError) -> NameAddress {
        skipSpace()
        var displayName: String?
        if peek == UInt8(ascii: "\"") {
            displayName = try quotedString()
            skipSpace()
            guard peek == UInt8(ascii: "<") else { throw failure(.expected(UInt8(ascii: "<"))) }
        } else if let open = openingBracket(isSingle: isSingle) {
            displayName = unquotedName(upTo: open)
            position = open
        }
        let uri = peek == UInt8(ascii: "<") ? try bracketedURI() : try bareURI()
        return NameAddress(displayName: displayName, uri: uri, parameters: try parameters())
    }

    /// Where `<` stands, if it comes before anything that ends a display name.
    private func openingBracket(isSingle: Bool) -> Int? {
        var index = position
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "<"): return index
            case UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: ":"): return nil
            case UInt8(ascii: ",") where !isSingle: return nil
            default: index += 1
            }
        }
        return nil
    }

    private func unquotedName(upTo limit: Int) -> String? {
        var last = limit
        while last > position, bytes[last - 1] <= 32 { last -= 1 }
        let name = evened(text(position..<last))
        return name.isEmpty ? nil : name
    }

    private mutating func bracketedURI() throws(FieldError) -> URI {
        try expect(UInt8(ascii: "<"))
        let first = position
        while position < end, bytes[position] != UInt8(ascii: ">") { position += 1 }
        guard position < end else { throw failure(.unterminatedURI) }
        var inner = FieldReader(bytes, in: first..<position)
        // White space at the edges (RFC 4475 §3.1.2.14) harms nothing.
        inner.trimSpace()
        do {
            let uri = try inner.uri()
            position += 1
            return uri
        } catch {
            throw FieldError(error.reason, offset: inner.position - start)
        }
    }

    /// Without brackets every parameter belongs to the field, and the URI ends at `;`, `,`, `?`
    /// or white space (RFC 3261 §20.10).
    private mutating func bareURI() throws(FieldError) -> URI {
        let first = position
        var last = first
        while last < end {
            let byte = bytes[last]
            if byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") || byte <= 32 { break }
            if byte == UInt8(ascii: "?") { throw FieldError(.badURI, offset: last - start) }
            last += 1
        }
        var inner = FieldReader(bytes, in: first..<last)
        do {
            let uri = try inner.uri()
            position = last
            return uri
        } catch {
            throw FieldError(error.reason, offset: inner.position - start)
        }
    }
}

extension FieldWriter {
    public mutating func write(_ address: NameAddress) {
        if let name = address.displayName {
            writeQuoted(name)
            write(UInt8(ascii: " "))
        }
        write(UInt8(ascii: "<"))
        write(address.uri)
        write(UInt8(ascii: ">"))
        write(address.parameters)
    }
}
