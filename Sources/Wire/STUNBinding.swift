import Platform

/// What a port that phones keep open with STUN answers (RFC 5626 §5.4, RFC 8489 §7.3.1).
extension STUNMessage {
    /// The bytes to answer a datagram with; nil where it asks for nothing.
    ///
    /// A binding request gets a success response with the address it came from; one that demands
    /// an attribute that we don't know gets 420. All else (indications, responses, other methods,
    /// what cannot be read) is not answered.
    public static func bindingAnswer(
        to bytes: [UInt8], from source: SocketAddress
    ) -> [UInt8]? {
        guard let request = try? STUNMessage(parsing: bytes),
            request.messageClass == .request, request.method == bindingMethod
        else { return nil }
        let unknown = request.attributes.map(\.type).filter { $0 < 0x8000 && !known.contains($0) }
        var answer = STUNMessage(
            unknown.isEmpty ? .success : .failure, transactionID: request.transactionID)
        if unknown.isEmpty {
            answer.append(xorMappedAddress: source)
        } else {
            var types = ByteWriter()
            for type in unknown { types.write(type) }
            answer.attributes = [
                Attribute(
                    type: STUNAttributeType.errorCode,
                    value: [0, 0, 4, 20] + Array("Unknown Attribute".utf8)),
                Attribute(type: STUNAttributeType.unknownAttributes, value: types.bytes),
            ]
        }
        let hasFingerprint = request[STUNAttributeType.fingerprint] != nil
        return answer.encoded(hasFingerprint: hasFingerprint)
    }

    /// Types below 0x8000 that a request may carry without being refused.
    private static let known: Set<UInt16> = [
        STUNAttributeType.mappedAddress, STUNAttributeType.username,
        STUNAttributeType.messageIntegrity, STUNAttributeType.xorMappedAddress,
        STUNAttributeType.priority, STUNAttributeType.useCandidate,
        // RESPONSE-ADDRESS and CHANGE-REQUEST of RFC 3489 clients, which the cookie names new
        // enough to do without them: answered as if absent.
        0x0002, 0x0003,
    ]

    /// Adds XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    public mutating func append(xorMappedAddress address: SocketAddress) {
        var writer = ByteWriter()
        writer.write(UInt8(0))
        writer.write(UInt8(address.address.isIPv4 ? 1 : 2))
        writer.write(address.port ^ UInt16(Self.cookie >> 16))
        if let v4 = address.address.v4 {
            writer.write(v4 ^ Self.cookie)
        } else {
            let mask = UInt64(Self.cookie) << 32 | UInt64(transactionID.high)
            writer.write(address.address.high ^ mask)
            writer.write(address.address.low ^ transactionID.low)
        }
        attributes.append(
            Attribute(type: STUNAttributeType.xorMappedAddress, value: writer.bytes))
    }

    /// The address that XOR-MAPPED-ADDRESS carries; nil where absent or malformed.
    public var xorMappedAddress: SocketAddress? {
        guard let value = self[STUNAttributeType.xorMappedAddress] else { return nil }
        var reader = ByteReader(value)
        guard reader.skip(1), let family = reader.readUInt8(), let port = reader.readUInt16()
        else { return nil }
        let address: IPAddress
        switch (family, reader.remaining) {
        case (1, 4):
            guard let bits = reader.readUInt32() else { return nil }
            address = IPAddress(v4: bits ^ Self.cookie)
        case (2, 16):
            guard let high = reader.readUInt64(), let low = reader.readUInt64() else { return nil }
            let mask = UInt64(Self.cookie) << 32 | UInt64(transactionID.high)
            address = IPAddress(high: high ^ mask, low: low ^ transactionID.low)
        default: return nil
        }
        return SocketAddress(address: address, port: port ^ UInt16(Self.cookie >> 16))
    }
}
