import Glibc
import NIOSSL
import Platform
import Synchronization

/// Where the certificate comes from.
public enum CertificateSource: Hashable, Sendable {
    /// PEM files: the chain, our own certificate first, and its key.
    case files(certificate: String, key: String)
    /// A pair that we make ourselves in that folder when it holds none, `tls-certificate.pem` and
    /// `tls-key.pem`: for the domain, and for the other names and addresses phones reach us by.
    case selfSigned(folder: String, domain: String, names: [String], addresses: [IPAddress])
}

/// The certificate that TLS listeners present.
///
/// `reload` swaps it for new handshakes; connections that stand keep what they have.
public final class CertificateStore: Sendable {
    private struct Current {
        var acceptingTLS: NIOSSLContext
        var certificate: CertificateSummary
    }

    public let source: CertificateSource
    private let time: any TimeSource
    private let random: any RandomSource
    private let current: Mutex<Current>

    /// Reads the pair, or makes one where the source is `selfSigned` and none is there or its time
    /// is over. A pair of files whose time is over is taken: telephones without TLS must still
    /// work. Whoever makes the store reports `certificate.validity(at:)`.
    public init(
        source: CertificateSource, time: any TimeSource, random: any RandomSource
    ) throws(CertificateError) {
        self.source = source
        self.time = time
        self.random = random
        current = Mutex(try Self.load(source, now: time.wallTime, random: random))
    }

    /// What is presented now.
    public var certificate: CertificateSummary { current.withLock { $0.certificate } }

    /// Reads the files again. On an error the certificate in use stays, also where the new one's
    /// time is over and that of the one in use is not.
    public func reload() throws(CertificateError) {
        let now = time.wallTime
        let new = try Self.load(source, now: now, random: random)
        let inUse = certificate
        if new.certificate.validity(at: now) == .expired && inUse.validity(at: now) != .expired {
            throw .expired(
                file: source.files.certificate, until: new.certificate.validUntil.description)
        }
        current.withLock { $0 = new }
    }

    /// What the next handshake uses.
    var acceptingTLS: NIOSSLContext { current.withLock { $0.acceptingTLS } }

    private static func load(
        _ source: CertificateSource, now: WallTime, random: any RandomSource
    ) throws(CertificateError) -> Current {
        let files = source.files
        if case .selfSigned(let folder, let domain, let names, let addresses) = source,
            try needsMaking(files, now: now)
        {
            let pair = try SelfSignedPair.make(
                domain: domain, names: names, addresses: addresses, now: now, random: random)
            try PrivateFolder.prepare(folder)
            // The key first: a certificate without its key would be of no use.
            try PrivateFolder.write(pair.key, to: files.key, mode: 0o600)
            try PrivateFolder.write(pair.certificate, to: files.certificate, mode: 0o644)
        }
        let pair = try PEMPair.read(certificate: files.certificate, key: files.key)
        return Current(
            acceptingTLS: try makeContext(pair, files), certificate: pair.summary)
    }

    /// True where our own pair is not there, not whole, or past its time.
    private static func needsMaking(
        _ files: (certificate: String, key: String), now: WallTime
    ) throws(CertificateError) -> Bool {
        guard PrivateFolder.holds(files.certificate), PrivateFolder.holds(files.key) else {
            return true
        }
        do {
            let pair = try PEMPair.read(certificate: files.certificate, key: files.key)
            return pair.summary.isSelfSigned && pair.summary.validity(at: now) == .expired
        } catch .mismatch {
            // We were stopped between the two files.
            return true
        }
    }

    private static func makeContext(
        _ pair: PEMPair, _ files: (certificate: String, key: String)
    ) throws(CertificateError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(pair.certificateBytes)
            let key = try NIOSSLPrivateKey(bytes: pair.keyBytes, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.shutdownTimeout = TLSVerification.shutdownTimeout
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .refused(file: files.certificate, reason: "\(error)")
        }
    }
}

extension CertificateSource {
    /// The two files, whoever makes them.
    var files: (certificate: String, key: String) {
        switch self {
        case .files(let certificate, let key):
            (certificate, key)
        case .selfSigned(let folder, _, _, _):
            ("\(folder)/tls-certificate.pem", "\(folder)/tls-key.pem")
        }
    }
}

/// What people want to know about a certificate.
public struct CertificateSummary: Hashable, Sendable {
    /// Whether a certificate can be used at a moment.
    public enum Validity: Hashable, Sendable {
        case notYet
        /// Whole days that are left.
        case valid(daysLeft: Int64)
        case expired
    }

    /// The subject as OpenSSL writes it: `/CN=pbx.example.org`.
    public var subject: String
    public var validFrom: WallTime
    public var validUntil: WallTime
    /// SHA-256 of the certificate, in hexadecimal with colons, as phones and browsers show it.
    public var fingerprint: String
    public var isSelfSigned: Bool
    /// True where accounts other than the owner may read the key file: worth a warning.
    public var isKeyExposed: Bool

    public func validity(at now: WallTime) -> Validity {
        if now < validFrom { return .notYet }
        if validUntil < now { return .expired }
        return .valid(
            daysLeft: (validUntil.microseconds - now.microseconds) / 86_400_000_000)
    }
}
