import Platform
import PlatformLinux
import Testing

/// A clock that says what it is told.
final class SetClock: TimeSource {
    private let moment: Locked<WallTime>

    init(_ wallTime: WallTime) { moment = Locked(wallTime) }

    var now: Instant { .start }
    var wallTime: WallTime { moment.value }

    func advance(days: Int64) {
        moment.change { $0.microseconds += days * 86_400_000_000 }
    }
}

@Suite struct CertificateStoreTests {
    private let folder: Folder
    private let clock = SetClock(SystemTime().wallTime)

    init() throws {
        folder = try Folder()
    }

    private func selfSigned(in folder: Folder, domain: String = "pbx.example.org") throws
        -> CertificateStore
    {
        let source = CertificateSource.selfSigned(
            folder: folder.path, domain: domain, names: ["sip.example.org", "bad,name", domain],
            addresses: [.loopbackV4, .loopbackV6, .anyV4])
        return try CertificateStore(source: source, time: clock, random: KernelRandom())
    }

    private func files(_ certificate: String, _ key: String) -> CertificateSource {
        .files(certificate: folder.file(certificate), key: folder.file(key))
    }

    private func open(_ source: CertificateSource) throws -> CertificateStore {
        try CertificateStore(source: source, time: clock, random: KernelRandom())
    }

    @Test func `a pair is made once, its key for the owner alone`() throws {
        let made = try selfSigned(in: folder).certificate
        #expect(folder.names == ["tls-certificate.pem", "tls-key.pem"])
        #expect(folder.mode("tls-key.pem") == 0o600)
        #expect(made.subject == "/CN=pbx.example.org")
        #expect(made.isSelfSigned && !made.isKeyExposed)
        #expect(made.validity(at: clock.wallTime) == .valid(daysLeft: 3649))
        #expect(made.fingerprint.utf8.count == 95)
        #expect(try selfSigned(in: folder).certificate == made)
    }

    @Test func `a pair whose time is over is made anew`() throws {
        let store = try selfSigned(in: folder)
        let first = store.certificate
        clock.advance(days: 3660)
        #expect(first.validity(at: clock.wallTime) == .expired)
        try store.reload()
        #expect(store.certificate != first)
        #expect(store.certificate.validity(at: clock.wallTime) == .valid(daysLeft: 3649))
    }

    @Test func `a folder that was left half written is mended`() throws {
        let first = try selfSigned(in: folder).certificate
        let other = try Folder()
        _ = try selfSigned(in: other)
        folder.write(other.read("tls-key.pem"), to: "tls-key.pem")
        #expect(try selfSigned(in: folder).certificate != first)
    }

    @Test func `a very long domain still gets its certificate`() throws {
        let domain = String(repeating: "a", count: 60) + ".example.org"
        let subject = try selfSigned(in: folder, domain: domain).certificate.subject
        #expect(subject == "/CN=" + domain.prefix(64))
    }

    @Test func `files that can't be used are told apart`() throws {
        let pair = try Folder()
        _ = try selfSigned(in: pair)
        let stranger = try Folder()
        _ = try selfSigned(in: stranger)
        let (certificate, key) = (pair.read("tls-certificate.pem"), pair.read("tls-key.pem"))
        folder.write(certificate, to: "c.pem")
        folder.write(key, to: "k.pem")
        folder.write(stranger.read("tls-key.pem"), to: "other.pem")
        folder.write(Array("nothing".utf8), to: "empty.pem")
        folder.write(Array(Self.encryptedKey.utf8), to: "locked.pem")

        #expect(throws: CertificateError.unreadable(file: folder.file("x.pem"), code: 2)) {
            try open(files("x.pem", "k.pem"))
        }
        #expect(throws: CertificateError.noCertificate(file: folder.file("k.pem"))) {
            try open(files("k.pem", "k.pem"))
        }
        #expect(throws: CertificateError.noKey(file: folder.file("empty.pem"))) {
            try open(files("c.pem", "empty.pem"))
        }
        #expect(throws: CertificateError.keyEncrypted(file: folder.file("locked.pem"))) {
            try open(files("c.pem", "locked.pem"))
        }
        #expect(
            throws: CertificateError.mismatch(
                certificate: folder.file("c.pem"), key: folder.file("other.pem"))
        ) {
            try open(files("c.pem", "other.pem"))
        }
        #expect(try !open(files("c.pem", "k.pem")).certificate.isKeyExposed)
    }

    @Test func `a reload that fails leaves what is in use`() throws {
        let pair = try Folder()
        _ = try selfSigned(in: pair)
        folder.write(pair.read("tls-certificate.pem"), to: "c.pem")
        folder.write(pair.read("tls-key.pem"), to: "k.pem")
        let store = try open(files("c.pem", "k.pem"))
        let inUse = store.certificate
        folder.write([], to: "c.pem")
        #expect(throws: CertificateError.noCertificate(file: folder.file("c.pem"))) {
            try store.reload()
        }
        #expect(store.certificate == inUse)
    }

    @Test func `an expired pair is taken at the start, but not in place of a good one`() throws {
        let old = try Folder()
        _ = try selfSigned(in: old)
        clock.advance(days: 3660)
        let new = try Folder()
        _ = try selfSigned(in: new)
        folder.write(new.read("tls-certificate.pem"), to: "c.pem")
        folder.write(new.read("tls-key.pem"), to: "k.pem")
        let store = try open(files("c.pem", "k.pem"))
        folder.write(old.read("tls-certificate.pem"), to: "c.pem")
        folder.write(old.read("tls-key.pem"), to: "k.pem")
        #expect(throws: CertificateError.self) { try store.reload() }
        #expect(store.certificate.validity(at: clock.wallTime) == .valid(daysLeft: 3649))
        let late = try open(files("c.pem", "k.pem"))
        #expect(late.certificate.validity(at: clock.wallTime) == .expired)
    }

    @Test func `every refusal says which file and what to do`() {
        let errors: [CertificateError] = [
            .unreadable(file: "F", code: 13), .unwritable(file: "F", code: 13),
            .noCertificate(file: "F"), .noKey(file: "F"), .keyEncrypted(file: "F"),
            .mismatch(certificate: "F", key: "K"), .expired(file: "F", until: "U"),
            .refused(file: "F", reason: "R"),
        ]
        for error in errors { #expect(error.description.contains("F")) }
        #expect(errors[0].description.contains("Permission denied"))
    }

    /// Made by `openssl ecparam -genkey -name prime256v1 | openssl pkcs8 -topk8 -passout pass:x`.
    private static var encryptedKey: String {
        """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgVNMadzkws0wICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAyk8PpAmB89unOUnTMIdXIEgZAX
        pjQpSkS9+wIzS+viGolCUtMXHCWW2pVVQ2jHhZdb9ANkINfVV567s8LWKaKWSHFB
        6fnhxfx0cddA2LbissoaUVWxXYztBKvPXJgZ+evNG6IDs5f7r1RlFvt3M9pmB1zW
        BWR7C9AGu7Xz059edS6X18VCWBHh4Eg0UuXLh5eyvc2HjmIatHw5UHCr0KCh9Tg=
        -----END ENCRYPTED PRIVATE KEY-----
        """
    }
}
