import COpenSSL
import Glibc
import Platform

/// A certificate chain and its key as they stand in their files, found to belong together.
struct PEMPair {
    var certificateBytes: [UInt8]
    var keyBytes: [UInt8]
    var summary: CertificateSummary

    static func read(certificate: String, key: String) throws(CertificateError) -> PEMPair {
        let (certificateBytes, _) = try PrivateFolder.read(certificate)
        let (keyBytes, isExposed) = try PrivateFolder.read(key)
        guard let own = readCertificate(certificateBytes) else {
            throw .noCertificate(file: certificate)
        }
        defer { X509_free(own) }
        let privateKey = try readKey(keyBytes, file: key)
        defer { EVP_PKEY_free(privateKey) }
        defer { ERR_clear_error() }
        guard X509_check_private_key(own, privateKey) == 1 else {
            throw .mismatch(certificate: certificate, key: key)
        }
        return PEMPair(
            certificateBytes: certificateBytes, keyBytes: keyBytes,
            summary: summary(of: own, isKeyExposed: isExposed))
    }

    /// The first certificate of the chain; the caller frees it.
    private static func readCertificate(_ bytes: [UInt8]) -> OpaquePointer? {
        withBIO(bytes) { PEM_read_bio_X509($0, nil, nil, nil) }
    }

    /// The private key; the caller frees it.
    private static func readKey(
        _ bytes: [UInt8], file: String
    ) throws(CertificateError) -> OpaquePointer {
        // OpenSSL would ask for a passphrase on the terminal: this answers that there is none, and
        // notes the question.
        var isEncrypted = false
        let key = withBIO(bytes) { bio in
            withUnsafeMutablePointer(to: &isEncrypted) { note in
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { _, _, _, note in
                        note?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, note)
            }
        }
        guard let key else {
            ERR_clear_error()
            throw isEncrypted ? .keyEncrypted(file: file) : .noKey(file: file)
        }
        return key
    }

    private static func withBIO(
        _ bytes: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        bytes.withUnsafeBytes { bytes in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
                return nil
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    private static func summary(
        of certificate: OpaquePointer, isKeyExposed: Bool
    ) -> CertificateSummary {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        X509_digest(certificate, EVP_sha256(), &digest, &length)
        let isSelfSigned =
            X509_NAME_cmp(
                X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0
        return CertificateSummary(
            subject: text(of: X509_get_subject_name(certificate)),
            validFrom: wallTime(X509_get0_notBefore(certificate)),
            validUntil: wallTime(X509_get0_notAfter(certificate)),
            fingerprint: digest.map(twoDigits).joined(separator: ":"),
            isSelfSigned: isSelfSigned, isKeyExposed: isKeyExposed)
    }

    private static func twoDigits(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let line = X509_NAME_oneline(name, nil, 0) else { return "" }
        defer { CRYPTO_free(line, "", 0) }
        return String(cString: line)
    }

    /// A date that can't be read counts as long past.
    private static func wallTime(_ time: UnsafePointer<ASN1_TIME>?) -> WallTime {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return WallTime(microseconds: 0) }
        return WallTime(microseconds: Int64(timegm(&parts)) * 1_000_000)
    }
}
