import Platform

/// A connectivity check of ICE (RFC 8445 §7.1): a Binding request, read where it lies. Nothing is
/// allocated for it: anybody can send one.
///
/// Only offsets are kept, so it goes with the very bytes that it was read of.
public struct STUNCheck: Sendable {
    /// Which of the two the sender takes itself for (§7.1.3).
    public enum Role: Sendable {
        case controlling, controlled
    }

    /// Attributes that had to be understood, and were not: as many as an answer names.
    public static let unknownLimit = 4

    /// Where the value of USERNAME lies.
    public private(set) var username: Range<Int>
    /// USE-CANDIDATE: from now on this is the way (§8.1.1).
    public private(set) var isNominating = false
    public private(set) var role: Role?
    /// PRIORITY; 0 where there is none.
    public private(set) var priority: UInt32 = 0
    public private(set) var unknownCount = 0
    var unknownTypes = InlineArray<4, UInt16>(repeating: 0)
    private var integrity: Int

    private static let integrityLength = 20

    /// Nil for all that is no check: other messages, what lacks USERNAME, MESSAGE-INTEGRITY or
    /// FINGERPRINT, or has a wrong FINGERPRINT.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= STUNMessage.headerLength, bytes.count % 4 == 0,
            bytes.bigEndianUInt16(at: 0) == STUNMessage.bindingMethod,
            bytes.bigEndianUInt16(at: 2).map(Int.init) == bytes.count - STUNMessage.headerLength,
            bytes.bigEndianUInt32(at: 4) == STUNMessage.cookie
        else { return nil }
        username = 0..<0
        integrity = 0
        var offset = STUNMessage.headerLength
        var count = 0
        var hasFingerprint = false
        while offset < bytes.count {
            guard let type = bytes.bigEndianUInt16(at: offset),
                let length = bytes.bigEndianUInt16(at: offset + 2).map(Int.init),
                length <= bytes.count - offset - 4, count < STUNMessage.attributeLimit
            else { return nil }
            count += 1
            if type == STUNAttributeType.fingerprint {
                guard length == 4, offset + 8 == bytes.count,
                    bytes.bigEndianUInt32(at: offset + 4)
                        == CRC32.checksum(bytes, count: offset) ^ STUNMessage.fingerprintMask
                else { return nil }
                hasFingerprint = true
            } else if integrity == 0 {
                guard take(type, at: offset, length, of: bytes) else { return nil }
            }
            offset += 4 + (length + 3) & ~3
        }
        guard hasFingerprint, integrity > 0, !username.isEmpty else { return nil }
    }

    /// One attribute before MESSAGE-INTEGRITY, or that one; what follows it counts as absent (RFC 8489
    /// §14.5).
    private mutating func take(
        _ type: UInt16, at offset: Int, _ length: Int, of bytes: Span<UInt8>
    ) -> Bool {
        switch type {
        case STUNAttributeType.username:
            // The first counts, an empty one too.
            if username.upperBound == 0 { username = offset + 4..<offset + 4 + length }
        case STUNAttributeType.messageIntegrity:
            guard length == Self.integrityLength else { return false }
            integrity = offset
        case STUNAttributeType.useCandidate: isNominating = true
        case STUNAttributeType.iceControlling: role = .controlling
        case STUNAttributeType.iceControlled: role = .controlled
        case STUNAttributeType.priority: priority = bytes.bigEndianUInt32(at: offset + 4) ?? 0
        default:
            if type < 0x8000 {
                if unknownCount < Self.unknownLimit { unknownTypes[unknownCount] = type }
                unknownCount = min(unknownCount + 1, Self.unknownLimit)
            }
        }
        return true
    }

    /// Whether it was made with that password (RFC 8489 §14.5). The length field of the bytes is
    /// changed by the look.
    public func isProved(
        by key: KeyedSHA1, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        let covered = integrity - STUNMessage.headerLength + 4 + Self.integrityLength
        bytes[2] = UInt8(truncatingIfNeeded: covered >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: covered)
        let code = key.code(
            of: UnsafeMutableBufferPointer(rebasing: bytes[..<integrity]), tail: nil)
        var difference: UInt8 = 0
        for index in 0..<Self.integrityLength {
            difference |= code[index] ^ bytes[integrity + 4 + index]
        }
        return difference == 0
    }
}

/// Writes the answer to a check over the check: cookie and transaction ID stay where they are.
public struct STUNAnswer {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private var end = STUNMessage.headerLength

    /// No answer is longer.
    public static let lengthLimit = 128

    private init(
        _ messageClass: STUNMessage.Class, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) {
        self.bytes = bytes
        bytes[0] = 1
        bytes[1] = messageClass == .success ? 1 : 0x11
    }

    /// A success response, which says where the check came from (RFC 8489 §7.3.1.1).
    ///
    /// - Parameter bytes: the check; room for ``lengthLimit`` bytes.
    /// - Returns: how long it is.
    public static func success(
        to source: SocketAddress, by key: KeyedSHA1, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var answer = STUNAnswer(.success, in: bytes)
        answer.begin(STUNAttributeType.xorMappedAddress, source.address.isIPv4 ? 8 : 20)
        answer.write(source.address.isIPv4 ? 1 : 2, 2)
        answer.write(UInt64(source.port) ^ UInt64(STUNMessage.cookie >> 16), 2)
        let addressStart = answer.end
        if let v4 = source.address.v4 {
            answer.write(UInt64(v4), 4)
        } else {
            answer.write(source.address.high, 8)
            answer.write(source.address.low, 8)
        }
        // The mask is the cookie and the transaction ID as they stand in the header.
        for offset in 0..<answer.end - addressStart {
            bytes[addressStart + offset] ^= bytes[4 + offset]
        }
        return answer.finish(by: key)
    }

    /// 487 (RFC 8445 §7.3.1.1): the sender shall take the other role.
    public static func roleConflict(
        by key: KeyedSHA1, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var answer = STUNAnswer(.failure, in: bytes)
        answer.begin(STUNAttributeType.errorCode, 4)
        answer.write(0x0457, 4)
        return answer.finish(by: key)
    }

    /// 420 (RFC 8489 §7.3.1): names what had to be understood.
    public static func unknownAttributes(
        of check: STUNCheck, by key: KeyedSHA1, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var answer = STUNAnswer(.failure, in: bytes)
        answer.begin(STUNAttributeType.errorCode, 4)
        answer.write(0x0414, 4)
        answer.begin(STUNAttributeType.unknownAttributes, check.unknownCount * 2)
        for index in 0..<check.unknownCount { answer.write(UInt64(check.unknownTypes[index]), 2) }
        if check.unknownCount % 2 == 1 { answer.write(0, 2) }
        return answer.finish(by: key)
    }

    private mutating func begin(_ type: UInt16, _ length: Int) {
        write(UInt64(type), 2)
        write(UInt64(length), 2)
    }

    private mutating func write(_ value: UInt64, _ count: Int) {
        for place in (0..<count).reversed() {
            bytes[end] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place))
            end += 1
        }
    }

    private func writeLength(with more: Int) {
        let length = end + more - STUNMessage.headerLength
        bytes[2] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: length)
    }

    /// MESSAGE-INTEGRITY, then FINGERPRINT.
    private mutating func finish(by key: KeyedSHA1) -> Int {
        writeLength(with: 24)
        let code = key.code(of: UnsafeMutableBufferPointer(rebasing: bytes[..<end]), tail: nil)
        begin(STUNAttributeType.messageIntegrity, 20)
        for index in 0..<20 { bytes[end + index] = code[index] }
        end += 20
        writeLength(with: 8)
        let covered = UnsafeBufferPointer(bytes).span
        let checksum = CRC32.checksum(covered, count: end) ^ STUNMessage.fingerprintMask
        begin(STUNAttributeType.fingerprint, 4)
        write(UInt64(checksum), 4)
        return end
    }
}
