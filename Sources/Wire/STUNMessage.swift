import Platform

/// A STUN message (RFC 8489 §5): keep-alives of phones.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |0 0|     STUN Message Type     |         Message Length        |
/// |                         Magic Cookie                          |
/// |                     Transaction ID (96 bits)                  |
/// ```
public struct STUNMessage: Hashable, Sendable {
    /// The two bits that say what a message is to its transaction.
    public enum Class: UInt8, Hashable, Sendable {
        case request = 0
        case indication = 1
        case success = 2
        case failure = 3
    }

    /// 96 bits that a request and its response share.
    public struct TransactionID: Hashable, Sendable {
        public var high: UInt32
        public var low: UInt64

        public init(high: UInt32, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    /// One attribute: its type and its value without padding.
    public struct Attribute: Hashable, Sendable {
        public var type: UInt16
        public var value: [UInt8]

        public init(type: UInt16, value: [UInt8]) {
            self.type = type
            self.value = value
        }
    }

    public static let cookie: UInt32 = 0x2112_A442
    public static let bindingMethod: UInt16 = 1
    public static let headerLength = 20
    /// More attributes than any client sends; a message with more is refused.
    public static let attributeLimit = 64

    public var messageClass: Class
    /// 12 bits; 1 is Binding.
    public var method: UInt16
    public var transactionID: TransactionID
    public var attributes: [Attribute]

    public init(
        _ messageClass: Class, method: UInt16 = bindingMethod, transactionID: TransactionID,
        attributes: [Attribute] = []
    ) {
        self.messageClass = messageClass
        self.method = method
        self.transactionID = transactionID
        self.attributes = attributes
    }

    /// The value of the first attribute of that type.
    public subscript(_ type: UInt16) -> [UInt8]? {
        attributes.first { $0.type == type }?.value
    }
}

/// The attribute types that we read or write (RFC 8489 §18.3, RFC 8445 §16.1).
public enum STUNAttributeType {
    public static let mappedAddress: UInt16 = 0x0001
    public static let username: UInt16 = 0x0006
    public static let messageIntegrity: UInt16 = 0x0008
    public static let errorCode: UInt16 = 0x0009
    public static let unknownAttributes: UInt16 = 0x000A
    public static let xorMappedAddress: UInt16 = 0x0020
    public static let priority: UInt16 = 0x0024
    public static let useCandidate: UInt16 = 0x0025
    public static let software: UInt16 = 0x8022
    public static let fingerprint: UInt16 = 0x8028
    public static let iceControlled: UInt16 = 0x8029
    public static let iceControlling: UInt16 = 0x802A
}

/// Why bytes are no STUN message.
public enum STUNError: Error, Hashable, Sendable {
    /// Fewer bytes than the header or its length field say.
    case truncated(offset: Int)
    /// The first two bits, the cookie or the length's alignment say that this is something else.
    case foreign
    /// More attributes than ``STUNMessage/attributeLimit``.
    case tooManyAttributes(limit: Int)
    /// A FINGERPRINT that does not fit the bytes before it.
    case wrongFingerprint
}

extension STUNMessage {
    /// Whether a datagram can be STUN: what tells it from SIP on one port (RFC 7983 §7).
    public static func isLikely(_ bytes: [UInt8]) -> Bool {
        bytes.count >= headerLength && bytes[0] < 4
            && bytes.span.bigEndianUInt32(at: 4) == cookie
    }

    /// Reads one whole message; a FINGERPRINT, where there is one, must be right.
    ///
    /// Attributes after MESSAGE-INTEGRITY other than FINGERPRINT are ignored (RFC 8489 §14.5).
    public init(parsing bytes: [UInt8]) throws(STUNError) {
        var reader = ByteReader(bytes)
        guard let type = reader.readUInt16(), let length = reader.readUInt16(),
            let cookie = reader.readUInt32(), let high = reader.readUInt32(),
            let low = reader.readUInt64()
        else { throw .truncated(offset: reader.offset) }
        guard type < 0x4000, cookie == Self.cookie, length % 4 == 0,
            let messageClass = Class(rawValue: UInt8(type >> 4 & 1 | type >> 7 & 2))
        else { throw .foreign }
        guard reader.remaining == Int(length) else {
            if reader.remaining < Int(length) { throw .truncated(offset: bytes.count) }
            throw .foreign
        }
        self.messageClass = messageClass
        method = type & 0xF | type >> 1 & 0x70 | type >> 2 & 0xF80
        transactionID = TransactionID(high: high, low: low)
        attributes = []
        var isSealed = false
        while !reader.isAtEnd {
            let start = reader.offset
            guard let type = reader.readUInt16(), let length = reader.readUInt16(),
                let value = reader.readBytes(Int(length)),
                reader.skip((4 - Int(length) & 3) & 3)
            else { throw .truncated(offset: start) }
            guard attributes.count < Self.attributeLimit else {
                throw .tooManyAttributes(limit: Self.attributeLimit)
            }
            if type == STUNAttributeType.fingerprint {
                guard Self.fingerprint(of: bytes[..<start]) == Array(value), reader.isAtEnd
                else { throw .wrongFingerprint }
            } else if isSealed {
                continue
            }
            if type == STUNAttributeType.messageIntegrity { isSealed = true }
            attributes.append(Attribute(type: type, value: Array(value)))
        }
    }

    /// The message's bytes.
    ///
    /// - Parameters:
    ///   - integrityKey: adds MESSAGE-INTEGRITY with this key (RFC 8489 §14.5).
    ///   - hasFingerprint: adds FINGERPRINT as the last attribute (§14.7).
    public func encoded(integrityKey: [UInt8]? = nil, hasFingerprint: Bool = false) -> [UInt8] {
        var writer = ByteWriter(reserving: 128)
        let classBits = UInt16(messageClass.rawValue)
        let type =
            method & 0xF | (method & 0x70) << 1 | (method & 0xF80) << 2 | (classBits & 1) << 4
            | (classBits & 2) << 7
        writer.write(type)
        writer.write(UInt16(0))
        writer.write(Self.cookie)
        writer.write(transactionID.high)
        writer.write(transactionID.low)
        for attribute in attributes { Self.write(attribute, to: &writer) }
        Self.writeLength(to: &writer, counting: 0)
        if let integrityKey {
            Self.writeLength(to: &writer, counting: 24)
            let code = HMAC.sha1(key: integrityKey, writer.bytes)
            Self.write(
                Attribute(type: STUNAttributeType.messageIntegrity, value: code), to: &writer)
        }
        if hasFingerprint {
            Self.writeLength(to: &writer, counting: 8)
            let code = Self.fingerprint(of: writer.bytes[...])
            Self.write(Attribute(type: STUNAttributeType.fingerprint, value: code), to: &writer)
        }
        return writer.bytes
    }

    private static func write(_ attribute: Attribute, to writer: inout ByteWriter) {
        // A value longer than the field can say is cut: no caller makes one.
        let value = attribute.value.prefix(Int(UInt16.max) - 3)
        writer.write(attribute.type)
        writer.write(UInt16(truncatingIfNeeded: value.count))
        writer.write(value)
        for _ in 0..<((4 - value.count & 3) & 3) { writer.write(UInt8(0)) }
    }

    private static func writeLength(to writer: inout ByteWriter, counting more: Int) {
        let length = writer.count - headerLength + more
        writer.replaceUInt16(at: 2, with: UInt16(truncatingIfNeeded: length))
    }

    /// "STUN": what a FINGERPRINT's CRC-32 is XORed with, so that no other protocol's fits.
    static var fingerprintMask: UInt32 { 0x5354_554E }

    /// The value of a FINGERPRINT that follows these bytes.
    ///
    /// The length field must already count the FINGERPRINT attribute, as it does on the wire.
    static func fingerprint(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(CRC32.checksum(bytes) ^ fingerprintMask)
        return writer.bytes
    }
}

extension STUNMessage {
    /// Whether the bytes of a message carry a MESSAGE-INTEGRITY made with this key (§14.5).
    ///
    /// The code covers what stands before the attribute, with the length field counting up to its
    /// end; a FINGERPRINT may follow.
    public static func hasIntegrity(_ bytes: [UInt8], key: [UInt8]) -> Bool {
        var reader = ByteReader(bytes)
        guard reader.skip(headerLength) else { return false }
        while !reader.isAtEnd {
            let start = reader.offset
            guard let type = reader.readUInt16(), let length = reader.readUInt16(),
                let value = reader.readBytes(Int(length)),
                reader.skip((4 - Int(length) & 3) & 3)
            else { return false }
            guard type == STUNAttributeType.messageIntegrity else { continue }
            guard length == 20 else { return false }
            var covered = ByteWriter()
            covered.write(bytes[..<start])
            covered.replaceUInt16(
                at: 2, with: UInt16(truncatingIfNeeded: start - headerLength + 24))
            return constantTimeEqual(HMAC.sha1(key: key, covered.bytes), value)
        }
        return false
    }

    /// The key of long-term credentials: MD5 of `username:realm:password` (§9.2.2).
    public static func longTermKey(username: String, realm: String, password: String) -> [UInt8] {
        MessageDigest.md5(Array("\(username):\(realm):\(password)".utf8))
    }
}
