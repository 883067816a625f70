/// Cuts what a handshake writes at once into datagrams.
public enum HandshakeDatagrams {
    /// Of a record (RFC 6347 §4.1); its last two bytes are the length of the rest.
    private static var headerLength: Int { 13 }

    /// Whole records, as many in a datagram as fit; one that is longer goes alone. What is no record at
    /// the end is left out.
    public static func split(_ bytes: [UInt8], limit: Int) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var start = 0
        while start + headerLength <= bytes.count {
            let rest = Int(bytes[start + 11]) << 8 | Int(bytes[start + 12])
            let end = start + headerLength + rest
            guard end <= bytes.count else { break }
            let record = bytes[start..<end]
            if let last = datagrams.last, last.count + record.count <= limit {
                datagrams[datagrams.count - 1] += record
            } else {
                datagrams.append(Array(record))
            }
            start = end
        }
        return datagrams
    }
}
