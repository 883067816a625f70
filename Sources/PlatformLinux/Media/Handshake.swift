import COpenSSL
import Media
import Platform

/// What all handshakes share: our certificate and what we agree to.
final class HandshakeSettings {
    let context: OpaquePointer

    /// In the order of preference; each has its name in SDP, too.
    private static let profiles =
        "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_32"

    /// Nil where the files can't be used.
    init?(certificate: String, key: String) {
        defer { ERR_clear_error() }
        guard let context = SSL_CTX_new(DTLS_method()) else { return nil }
        self.context = context
        copenssl_dtls_only_1_2(context)
        // The party's certificate is nobody's: its fingerprint is checked when it has proved it.
        SSL_CTX_set_verify(
            context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, { _, _ in 1 })
        guard SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
            // This one returns 0 when it went well.
            SSL_CTX_set_tlsext_use_srtp(context, Self.profiles) == 0
        else { return nil }
    }

    deinit { SSL_CTX_free(context) }
}

/// One handshake (DTLS 1.2, RFC 6347) over memory: datagrams in, datagrams and keys out.
final class Handshake {
    enum Outcome {
        case keys(SRTPKeyPair)
        /// It broke off, or the certificate is another's.
        case failed
    }

    /// Fits into every path, with the headers of IP, UDP and TURN.
    private static let datagramLimit = 1_200
    /// After so long an unfinished handshake has failed.
    private static let patience = Duration.seconds(30)

    let terms: HandshakeTerms
    private let ssl: OpaquePointer
    /// They belong to the handshake, and go with it.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private(set) var isOver = false
    private let deadline: Instant
    private var isLate = false

    init?(_ settings: HandshakeSettings, _ terms: HandshakeTerms, now: Instant) {
        guard let ssl = SSL_new(settings.context) else { return nil }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            return nil
        }
        self.terms = terms
        deadline = now + Self.patience
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        copenssl_never_ends(incoming)
        copenssl_never_ends(outgoing)
        SSL_set_bio(ssl, incoming, outgoing)
        copenssl_dtls_set_mtu(ssl, Self.datagramLimit)
        if terms.begins { SSL_set_connect_state(ssl) } else { SSL_set_accept_state(ssl) }
    }

    deinit { SSL_free(ssl) }

    func receive(_ datagram: [UInt8]) {
        BIO_write(incoming, datagram, Int32(datagram.count))
    }

    /// Sends again what got no answer for long; when is OpenSSL's own affair.
    func resend(now: Instant) {
        isLate = now >= deadline
        copenssl_dtls_handle_timeout(ssl)
    }

    /// Goes on with what came; an outcome once.
    func advance() -> Outcome? {
        defer { ERR_clear_error() }
        if isOver {
            // Whoever lost our last words sends its own again: then ours go again, too.
            var nothing: UInt8 = 0
            _ = SSL_read(ssl, &nothing, 1)
            return nil
        }
        let result = SSL_do_handshake(ssl)
        guard result != 1 else {
            isOver = true
            return keys().map { .keys($0) } ?? .failed
        }
        let error = SSL_get_error(ssl, result)
        let isWaiting = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
        guard !isWaiting || isLate else { return nil }
        isOver = true
        return .failed
    }

    /// What is to be sent: whole records, as many in a datagram as fit.
    func takeDatagrams() -> [[UInt8]] {
        var bytes = [UInt8](repeating: 0, count: copenssl_pending(outgoing))
        guard !bytes.isEmpty,
            BIO_read(outgoing, &bytes, Int32(bytes.count)) == Int32(bytes.count)
        else { return [] }
        return HandshakeDatagrams.split(bytes, limit: Self.datagramLimit)
    }

    /// The keys, where the party's certificate is the one that its description named.
    private func keys() -> SRTPKeyPair? {
        guard isParty, let profile = SSL_get_selected_srtp_profile(ssl),
            let suite = Self.suite(profile.pointee.id)
        else { return nil }
        let (keyLength, saltLength) = (suite.keyLength, suite.saltLength)
        var material = [UInt8](repeating: 0, count: 2 * (keyLength + saltLength))
        let label = "EXTRACTOR-dtls_srtp"
        guard
            SSL_export_keying_material(
                ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1
        else { return nil }
        // RFC 5764 §4.2: the keys of who began and of the other, then the salts.
        func key(ofBeginner: Bool) -> SRTPKey? {
            let start = ofBeginner ? 0 : keyLength
            let saltStart = 2 * keyLength + (ofBeginner ? 0 : saltLength)
            return SRTPKey(
                suite,
                bytes: Array(material[start..<start + keyLength])
                    + Array(material[saltStart..<saltStart + saltLength]))
        }
        guard let sent = key(ofBeginner: terms.begins),
            let received = key(ofBeginner: !terms.begins)
        else { return nil }
        return SRTPKeyPair(sent: sent, received: received)
    }

    private var isParty: Bool {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return false }
        defer { X509_free(certificate) }
        let method =
            switch terms.fingerprint.hash {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard X509_digest(certificate, method, &digest, &length) == 1 else { return false }
        return Array(digest[..<Int(length)]) == terms.fingerprint.bytes
    }

    /// RFC 5764 §4.1.2, RFC 7714 §14.2.
    private static func suite(_ number: UInt) -> SRTPSuite? {
        switch number {
        case 1: .counter128
        case 2: .counter128Short
        case 7: .galois128
        case 8: .galois256
        default: nil
        }
    }
}
