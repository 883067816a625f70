/// Why a certificate can't be used; the text says what to do.
public enum CertificateError: Error, Equatable {
    /// The file can't be opened; the system's errno.
    case unreadable(file: String, code: Int32)
    /// The folder or file can't be written; the system's errno.
    case unwritable(file: String, code: Int32)
    /// No certificate in PEM form stands in the file.
    case noCertificate(file: String)
    /// No private key in PEM form stands in the file.
    case noKey(file: String)
    /// The key asks for a passphrase.
    case keyEncrypted(file: String)
    /// The key is not the one that the certificate was made for.
    case mismatch(certificate: String, key: String)
    /// The certificate's time is over, and the one in use is better.
    case expired(file: String, until: String)
    /// The TLS library refuses the pair.
    case refused(file: String, reason: String)
    /// OpenSSL could not make a key or certificate.
    case notMade(step: String)
}

extension CertificateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let file, let code):
            "can't read \(file) (\(systemErrorText(code))): correct `tls` in the configuration, or"
                + " let the daemon's account read the file"
        case .unwritable(let file, let code):
            "can't write \(file) (\(systemErrorText(code))): the data folder must belong to the"
                + " daemon's account"
        case .noCertificate(let file):
            "\(file) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----): give the full"
                + " chain, our own certificate first"
        case .noKey(let file):
            "\(file) holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
        case .keyEncrypted(let file):
            "\(file) asks for a passphrase: take it off with `openssl pkey -in \(file) -out NEW`"
        case .mismatch(let certificate, let key):
            "the key \(key) does not belong to the first certificate of \(certificate): give the"
                + " pair that was made together, our own certificate first"
        case .expired(let file, let until):
            "the certificate \(file) was valid until \(until) only, so the one in use stays: renew it"
        case .refused(let file, let reason):
            "the TLS library refuses \(file): \(reason)"
        case .notMade(let step):
            "no certificate could be made (\(step)): name one in the configuration"
        }
    }
}
