import Platform

/// Reads a reply of a name server (RFC 1035 §4): the records that answer one question.
///
/// Aliases (CNAME) are followed within the reply. Whatever the bytes are, reading ends: a name
/// goes only backwards, and every count has its limit.
public enum NameReply {
    /// Records looked at, whatever the header promises.
    static var recordLimit: Int { 256 }
    /// Labels and bytes of a name (RFC 1035 §2.3.4), and pointers followed for one.
    static var longestName: Int { 255 }
    static var pointerLimit: Int { 32 }
    /// Aliases of aliases.
    static var aliasLimit: Int { 8 }

    /// What the reply says to the question; nil where it can't be read, or is no reply to it.
    public static func answer(to question: NameQuestion, in bytes: [UInt8]) -> NameAnswer? {
        var reader = ByteReader(bytes)
        guard reader.skip(2), let flags = reader.readUInt16(), flags & 0x8000 != 0,
            let questions = reader.readUInt16(), let answers = reader.readUInt16(),
            let authorities = reader.readUInt16(), reader.skip(2), questions <= 1
        else { return nil }
        switch flags & 0xF {
        case 0, 3: break
        default: return .failed(.refused)
        }
        for _ in 0..<questions {
            guard name(&reader, in: bytes) != nil, reader.skip(4) else { return nil }
        }
        let count = min(Int(answers), recordLimit)
        var found: [Record] = []
        for _ in 0..<count {
            guard let record = record(&reader, in: bytes) else { return nil }
            found.append(record)
        }
        let matching = records(of: found, answering: question, in: bytes)
        if let first = matching.first {
            let lifetime = matching.reduce(first.lifetime) { min($0, $1.lifetime) }
            let known = matching.prefix(NameResolverLimits.records).map(\.record)
            return .records(Array(known), lifetime: .seconds(Int64(lifetime)))
        }
        for _ in 0..<min(Int(authorities), recordLimit) where count == Int(answers) {
            guard let record = record(&reader, in: bytes) else { break }
            if let lifetime = lifetimeOfNothing(record, in: bytes) {
                return .nothing(lifetime: .seconds(Int64(lifetime)))
            }
        }
        return .nothing(lifetime: NameResolverLimits.nothingLifetime)
    }

    /// A record whose content is still bytes.
    private struct Record {
        var owner: String
        var type: UInt16
        /// Seconds.
        var lifetime: UInt32
        var content: Range<Int>
    }

    private static func record(_ reader: inout ByteReader, in bytes: [UInt8]) -> Record? {
        guard let owner = name(&reader, in: bytes), let type = reader.readUInt16(),
            let kind = reader.readUInt16(), let lifetime = reader.readUInt32(),
            let length = reader.readUInt16()
        else { return nil }
        let start = reader.offset
        guard reader.skip(Int(length)) else { return nil }
        // RFC 2181 §8: a lifetime with its top bit set counts as 0. Class 1 is the Internet.
        return Record(
            owner: owner, type: kind == 1 ? type : 0,
            lifetime: lifetime > 0x7FFF_FFFF ? 0 : lifetime,
            content: start..<start + Int(length))
    }

    /// The records of the asked name, or of the name that it is an alias of.
    private static func records(
        of all: [Record], answering question: NameQuestion, in bytes: [UInt8]
    ) -> [(record: NameRecord, lifetime: UInt32)] {
        var owner = question.name
        var lifetime = UInt32.max
        for _ in 0..<aliasLimit {
            let matching = all.filter { $0.owner == owner && $0.type == question.kind.number }
                .compactMap { found in
                    content(found, in: bytes).map { ($0, min(lifetime, found.lifetime)) }
                }
            if !matching.isEmpty { return matching }
            guard let alias = all.first(where: { $0.owner == owner && $0.type == 5 }) else { break }
            var reader = reader(at: alias.content, in: bytes)
            guard let next = name(&reader, in: bytes) else { break }
            lifetime = min(lifetime, alias.lifetime)
            owner = next
        }
        return []
    }

    private static func content(_ record: Record, in bytes: [UInt8]) -> NameRecord? {
        var reader = reader(at: record.content, in: bytes)
        switch record.type {
        case 1:
            guard record.content.count == 4 else { return nil }
            return reader.readUInt32().map { .address(IPAddress(v4: $0)) }
        case 28:
            guard record.content.count == 16, let high = reader.readUInt64(),
                let low = reader.readUInt64()
            else { return nil }
            return .address(IPAddress(high: high, low: low))
        case 33:
            guard let priority = reader.readUInt16(), let weight = reader.readUInt16(),
                let port = reader.readUInt16(), let target = name(&reader, in: bytes)
            else { return nil }
            return .srv(
                SRVRecord(priority: priority, weight: weight, port: port, target: target))
        case 35:
            guard let order = reader.readUInt16(), let preference = reader.readUInt16(),
                let flags = text(&reader), let spoken = text(&reader),
                let expression = text(&reader), let replacement = name(&reader, in: bytes)
            else { return nil }
            return .naptr(
                NAPTRRecord(
                    order: order, preference: preference, flags: flags, spoken: spoken,
                    expression: expression, replacement: replacement))
        default:
            return nil  // A type from the network that nobody asked for.
        }
    }

    /// How long "nothing" holds: the least of an SOA's own lifetime and its last field (RFC 2308 §5).
    private static func lifetimeOfNothing(_ record: Record, in bytes: [UInt8]) -> UInt32? {
        guard record.type == 6 else { return nil }
        var reader = reader(at: record.content, in: bytes)
        guard name(&reader, in: bytes) != nil, name(&reader, in: bytes) != nil, reader.skip(16),
            let least = reader.readUInt32()
        else { return nil }
        return min(least, record.lifetime, 0x7FFF_FFFF)
    }

    /// Reads up to the end of a record; names in it may point back before its start.
    private static func reader(at content: Range<Int>, in bytes: [UInt8]) -> ByteReader {
        var reader = ByteReader(bytes[..<content.upperBound])
        _ = reader.skip(content.lowerBound)
        return reader
    }

    private static func text(_ reader: inout ByteReader) -> String? {
        guard let length = reader.readUInt8(), let bytes = reader.readBytes(Int(length)),
            bytes.allSatisfy({ (32...126).contains($0) })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name in lower case, without the dot at its end; `""` is the root. Nil for one that can't
    /// be a host's: bytes that no URI or log could show.
    private static func name(_ reader: inout ByteReader, in bytes: [UInt8]) -> String? {
        var text: [UInt8] = []
        var pointers = 0
        /// Reads at the place of a pointer; the outer reader stays behind the pointer.
        var elsewhere: ByteReader?
        while true {
            guard let length = elsewhere == nil ? reader.readUInt8() : elsewhere?.readUInt8()
            else { return nil }
            switch length {
            case 0:
                return String(decoding: text, as: UTF8.self)
            case 1...63:
                let label =
                    elsewhere == nil
                    ? reader.readBytes(Int(length)) : elsewhere?.readBytes(Int(length))
                guard let label, label.allSatisfy({ (33...126).contains($0) && $0 != 46 })
                else { return nil }
                if !text.isEmpty { text.append(UInt8(ascii: ".")) }
                text += label.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
                guard text.count <= longestName else { return nil }
            case 0xC0...0xFF:
                guard let low = elsewhere == nil ? reader.readUInt8() : elsewhere?.readUInt8(),
                    pointers < pointerLimit
                else { return nil }
                pointers += 1
                let place = Int(length & 0x3F) << 8 | Int(low)
                guard place < bytes.count else { return nil }
                elsewhere = self.reader(at: place..<bytes.count, in: bytes)
            default:
                return nil  // Label kinds of RFC 2671 §3, given up by RFC 6891.
            }
        }
    }
}

extension NameQuestion.Kind {
    /// The type's number on the wire.
    public var number: UInt16 {
        switch self {
        case .a: 1
        case .aaaa: 28
        case .srv: 33
        case .naptr: 35
        }
    }
}
