import COpenSSL
import Glibc
import Platform

/// A P-256 key and a certificate over it that nobody else signed: TLS from the first start on.
struct SelfSignedPair {
    /// Both in PEM form.
    var key: [UInt8]
    var certificate: [UInt8]

    /// Ten years: phones that were told to trust it are not told again soon.
    private static var lifetimeInSeconds: Int64 { 3650 * 86_400 }
    /// A phone's clock may be behind ours.
    private static var clockSlackInSeconds: Int64 { 86_400 }

    static func make(
        domain: String, names: [String], addresses: [IPAddress], now: WallTime,
        random: any RandomSource
    ) throws(CertificateError) -> SelfSignedPair {
        defer { ERR_clear_error() }
        let key = try makeKey()
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw .notMade(step: "certificate") }
        defer { X509_free(certificate) }
        let seconds = now.microseconds / 1_000_000
        X509_set_version(certificate, 2)
        // RFC 5280 §4.1.2.2: positive, and different for each pair that we make.
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), random.next() >> 1 | 1)
        ASN1_TIME_set(
            X509_getm_notBefore(certificate), Int(seconds - clockSlackInSeconds))
        ASN1_TIME_set(X509_getm_notAfter(certificate), Int(seconds + lifetimeInSeconds))
        X509_set_pubkey(certificate, key)
        try setSubject(certificate, domain)
        for (number, value) in extensions(domain: domain, names: names, addresses: addresses) {
            try add(number, value, to: certificate)
        }
        guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw .notMade(step: "sign") }
        return SelfSignedPair(
            key: try pem("key") {
                PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil)
            },
            certificate: try pem("certificate") { PEM_write_bio_X509($0, certificate) })
    }

    private static func makeKey() throws(CertificateError) -> OpaquePointer {
        guard let setting = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
            throw .notMade(step: "key")
        }
        defer { EVP_PKEY_CTX_free(setting) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(setting) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(setting, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(setting, &key) == 1, let key
        else { throw .notMade(step: "key") }
        return key
    }

    private static func setSubject(
        _ certificate: OpaquePointer, _ domain: String
    ) throws(CertificateError) {
        // X.520 allows 64 characters; the whole name stands among the alternative names anyway.
        let name = Array(domain.utf8.prefix(64))
        let subject = X509_get_subject_name(certificate)
        guard
            X509_NAME_add_entry_by_txt(
                subject, "CN", MBSTRING_FLAG, name, Int32(name.count), -1, 0) == 1,
            X509_set_issuer_name(certificate, subject) == 1
        else { throw .notMade(step: "subject \(domain)") }
    }

    private static func extensions(
        domain: String, names: [String], addresses: [IPAddress]
    ) -> [(number: Int32, value: String)] {
        var alternatives: [String] = []
        for name in [domain] + names {
            let item = IPAddress(name).map { "IP:\($0)" } ?? "DNS:\(name)"
            if isPlain(name) && !alternatives.contains(item) { alternatives.append(item) }
        }
        for address in addresses where !address.isUnspecified {
            let item = "IP:\(address)"
            if !alternatives.contains(item) { alternatives.append(item) }
        }
        // No key usage: with one, a phone that is told to trust this certificate would ask for the
        // right to sign certificates, which it must not have.
        var result: [(Int32, String)] = [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_ext_key_usage, "serverAuth,clientAuth"),
        ]
        if !alternatives.isEmpty {
            result.append((NID_subject_alt_name, alternatives.joined(separator: ",")))
        }
        return result
    }

    /// OpenSSL reads the alternative names from one line: only what can't end an item may stand there.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }

    private static func add(
        _ number: Int32, _ value: String, to certificate: OpaquePointer
    ) throws(CertificateError) {
        guard let item = X509V3_EXT_conf_nid(nil, nil, number, value) else {
            throw .notMade(step: "extension \(value)")
        }
        defer { X509_EXTENSION_free(item) }
        guard X509_add_ext(certificate, item, -1) == 1 else {
            throw .notMade(step: "extension \(value)")
        }
    }

    private static func pem(
        _ step: String, _ write: (OpaquePointer) -> Int32
    ) throws(CertificateError) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw .notMade(step: step) }
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw .notMade(step: step) }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl(bio, BIO_CTRL_PENDING, 0, nil))
        guard BIO_read(bio, &bytes, Int32(bytes.count)) == bytes.count else {
            throw .notMade(step: step)
        }
        return bytes
    }
}
