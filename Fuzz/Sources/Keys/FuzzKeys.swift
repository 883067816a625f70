import Fuzzing

@testable import Media

/// What brings keys: the attributes of a description, refused or understood; and what a handshake
/// writes, which is cut into whole records in their order.
func fuzzKeys(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let attribute = CryptoAttribute(parsing: text) {
        require(attribute.tag <= 999_999_999, "a tag has nine digits: \(attribute.tag)")
        require("\(attribute)".contains("***"), "a key is not shown")
        require(
            CryptoAttribute(parsing: attribute.text) == attribute,
            "written and read again, with its identifier")
    }
    if let fingerprint = CertificateFingerprint(parsing: text) {
        require(
            CertificateFingerprint(fingerprint.hash, fingerprint.bytes) == fingerprint,
            "as long as its hash: \(fingerprint)")
    }
    let datagrams = HandshakeDatagrams.split(bytes, limit: 1_200)
    let joined = datagrams.flatMap(\.self)
    require(bytes.starts(with: joined), "nothing is added, nothing changes its place")
    require(
        bytes.count - joined.count < 13 || datagrams.isEmpty || isCut(bytes, joined.count),
        "every whole record is sent")
    for datagram in datagrams {
        require(datagram.count >= 13, "a datagram has a record: \(datagram.count)")
        let first = 13 + (Int(datagram[11]) << 8 | Int(datagram[12]))
        require(datagram.count <= max(1_200, first), "it fits, or is one record: \(first)")
    }
}

/// What is left is the beginning of a record that never came.
private func isCut(_ bytes: [UInt8], _ start: Int) -> Bool {
    start + 13 > bytes.count
        || start + 13 + (Int(bytes[start + 11]) << 8 | Int(bytes[start + 12])) > bytes.count
}
