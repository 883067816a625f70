import NIOSSL
import Platform

/// Whom a certificate is for, and whether that is who was asked for (RFC 5922 §7).
struct CertificateNames: Equatable {
    /// `sip:` URIs without user part.
    var domains: [String] = []
    var hosts: [String] = []
    var addresses: [IPAddress] = []

    /// §7.1: where a certificate names SIP domains, host names in it are for other uses. §7.2: whole
    /// names are compared, without wildcards.
    func cover(_ name: String) -> Bool {
        let wanted = name.lowercased()
        if !domains.isEmpty { return domains.contains { $0.lowercased() == wanted } }
        if let address = IPAddress(name) { return addresses.contains(address) }
        return hosts.contains { $0.lowercased() == wanted }
    }

    /// For a log.
    var words: String {
        let all = domains + hosts + addresses.map(\.description)
        return all.isEmpty ? "nobody" : all.prefix(8).joined(separator: ", ")
    }
}

extension CertificateNames {
    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            let bytes = name.contents.withUnsafeBufferPointer { Array($0) }
            switch name.nameType {
            case .dnsName: hosts.append(String(decoding: bytes, as: UTF8.self))
            case .ipAddress: if let address = IPAddress(octets: bytes) { addresses.append(address) }
            case .uri: add(uri: String(decoding: bytes, as: UTF8.self))
            default: break  // E-mail and directory names are nobody's whom we call.
            }
        }
    }

    /// §7.1: a URI with a user part is a person's, and no domain's.
    mutating func add(uri: String) {
        guard uri.lowercased().hasPrefix("sip:") else { return }
        let rest = uri.dropFirst(4)
        let host = rest.prefix { $0 != ";" && $0 != "?" }
        guard !host.contains("@"), !host.isEmpty else { return }
        domains.append(String(host))
    }
}

extension IPAddress {
    /// Four or sixteen octets in network order (RFC 5280 §4.2.1.6).
    fileprivate init?(octets: [UInt8]) {
        func number(_ part: ArraySlice<UInt8>) -> UInt64 {
            part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch octets.count {
        case 4: self.init(v4: UInt32(number(octets[...])))
        case 16: self.init(high: number(octets[..<8]), low: number(octets[8...]))
        default: return nil
        }
    }
}

/// The other side has a certificate that an authority signed, for somebody else.
struct WrongName: Error, CustomStringConvertible {
    var wanted: String
    var found: CertificateNames

    var description: String {
        "the certificate is for \(found.words), not for \(wanted)"
    }
}
