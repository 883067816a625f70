import Glibc
import Platform
import Testing

@testable import PlatformLinux

@Suite struct TLSTests {
    private let folder: Folder
    private let store: CertificateStore

    init() throws {
        folder = try Folder()
        store = try Self.selfSigned(in: folder)
    }

    private static func selfSigned(in folder: Folder) throws -> CertificateStore {
        let source = CertificateSource.selfSigned(
            folder: folder.path, domain: "pbx.example.org", names: [], addresses: [.loopbackV4])
        return try CertificateStore(source: source, time: SystemTime(), random: KernelRandom())
    }

    /// A TLS listener with the store, lent.
    private func withExchange<Result: Sendable>(
        limits: SignallingLimits = .standard, _ body: (Site) async throws -> Result
    ) async throws -> Result {
        let listener = SignallingListener(.tls, try Site.parsed("127.0.0.1:0"))
        return try await Site.with(
            SignallingConfiguration(listeners: [listener], limits: limits, certificates: store),
            body)
    }

    /// A network that only connects.
    private func withPhone<Result: Sendable>(
        _ verification: TLSVerification, limits: SignallingLimits = .standard,
        _ body: (Site) async throws -> Result
    ) async throws -> Result {
        try await Site.with(
            SignallingConfiguration(listeners: [], limits: limits, verification: verification),
            body)
    }

    private func connect(
        _ phone: Site, to exchange: Site, _ number: UInt64 = 1
    ) async throws -> Flow {
        let attempt = ConnectionAttempt(number: number)
        phone.network.connect(attempt, transport: .tls, to: exchange.address)
        return try await phone.witness.outcome(of: attempt).get()
    }

    @Test func `bytes go both ways over TLS, and the flow says so`() async throws {
        try await withExchange { exchange in
            try await withPhone(.none) { phone in
                let ours = try await connect(phone, to: exchange)
                let theirs = try await exchange.witness.accepted()
                #expect(ours.transport == .tls && theirs.transport == .tls)
                #expect(ours.listener == LinuxSignalling.noListener && theirs.listener == 0)
                let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
                phone.network.send(bytes, on: ours)
                let received = try await exchange.witness.bytes(bytes.count, on: theirs)
                #expect(received == bytes)
                exchange.network.send(bytes, on: theirs)
                let answered = try await phone.witness.bytes(bytes.count, on: ours)
                #expect(answered == bytes)
                exchange.network.close(theirs)
                try await phone.witness.closed(ours)
                try await exchange.witness.closed(theirs)
            }
        }
    }

    @Test func `the other side's certificate is verified where that is asked for`() async throws {
        let trusted = TLSVerification.authorities(file: folder.file("tls-certificate.pem"))
        try await withExchange { exchange in
            _ = try await withPhone(trusted) { try await connect($0, to: exchange) }
            await #expect(throws: NotInTime.self) {
                try await withPhone(.systemAuthorities) { try await connect($0, to: exchange) }
            }
            let other = try Folder()
            _ = try Self.selfSigned(in: other)
            let wrong = TLSVerification.authorities(file: other.file("tls-certificate.pem"))
            await #expect(throws: NotInTime.self) {
                try await withPhone(wrong) { try await connect($0, to: exchange) }
            }
        }
        await #expect(
            throws: SignallingError.certificate(.unreadable(file: "/nowhere/ca.pem", code: ENOENT))
        ) {
            try await withPhone(.authorities(file: "/nowhere/ca.pem")) { _ in () }
        }
    }

    @Test func `a reload serves new handshakes and leaves standing connections`() async throws {
        let before = try Folder()
        before.write(folder.read("tls-certificate.pem"), to: "old.pem")
        let oldOne = TLSVerification.authorities(file: before.file("old.pem"))
        try await withExchange { exchange in
            try await withPhone(oldOne) { phone in
                let standing = try await connect(phone, to: exchange)
                let theirs = try await exchange.witness.accepted()
                let next = try Folder()
                _ = try Self.selfSigned(in: next)
                for name in next.names { folder.write(next.read(name), to: name) }
                try store.reload()

                await #expect(throws: NotInTime.self) {
                    try await connect(phone, to: exchange, 2)
                }
                let newOne = TLSVerification.authorities(file: next.file("tls-certificate.pem"))
                _ = try await withPhone(newOne) { try await connect($0, to: exchange) }

                phone.network.send([1, 2, 3], on: standing)
                let received = try await exchange.witness.bytes(3, on: theirs)
                #expect(received == [1, 2, 3])
                exchange.network.send([4], on: theirs)
                let answered = try await phone.witness.bytes(1, on: standing)
                #expect(answered == [4])
            }
        }
    }

    @Test func `whoever speaks no TLS to a TLS listener is closed, unseen by the sink`()
        async throws
    {
        var limits = SignallingLimits()
        limits.firstMessageTimeout = .milliseconds(200)
        try await withExchange(limits: limits) { exchange in
            let plain = try RawConnection(to: exchange.address)
            plain.send("OPTIONS sip:pbx.example.org SIP/2.0\r\n\r\n")
            let isPlainEnded = try await plain.isEnded()
            #expect(isPlainEnded)
            let silent = try RawConnection(to: exchange.address)
            let isSilentEnded = try await silent.isEnded()
            #expect(isSilentEnded)
            #expect(exchange.witness.all.isEmpty)
        }
    }

    @Test func `a listener that speaks no TLS refuses, and one that is silent times out`()
        async throws
    {
        var limits = SignallingLimits()
        limits.connectTimeout = .milliseconds(300)
        try await Site.with(.tcp) { exchange in
            try await withPhone(.none, limits: limits) { phone in
                let attempt = ConnectionAttempt(number: 1)
                phone.network.connect(attempt, transport: .tls, to: exchange.address)
                let outcome = try await phone.witness.outcome(of: attempt)
                #expect(throws: NotInTime(description: "it took too long")) { try outcome.get() }
                let second = ConnectionAttempt(number: 2)
                phone.network.connect(second, transport: .tls, to: exchange.address)
                let theirs = try await exchange.witness.accepted(2)
                exchange.network.send(Array("SIP/2.0 400 Bad\r\n\r\n".utf8), on: theirs)
                let other = try await phone.witness.outcome(of: second)
                #expect(throws: NotInTime.self) { try other.get() }
            }
        }
    }

    @Test(.enabled(if: OpenSSLCommand.isThere, "the openssl command is not installed"))
    func `openssl speaks TLS 1.2 and 1.3 to us, sees our certificate, and no older TLS`()
        async throws
    {
        try await withExchange { exchange in
            for version in ["tls1_2", "tls1_3"] {
                let text = try await OpenSSLCommand.connect(to: exchange.address, "-\(version)")
                #expect(text.contains("subject=CN = pbx.example.org"))
                #expect(text.contains("Verify return code: 18 (self-signed certificate)"))
                #expect(text.contains("id-ecPublicKey") || text.contains("ECDSA"))
            }
            let old = try await OpenSSLCommand.connect(
                to: exchange.address, "-tls1_1 -cipher ALL:@SECLEVEL=0")
            #expect(old.contains("alert protocol version"))
            let trusting = try await OpenSSLCommand.connect(
                to: exchange.address,
                "-CAfile \(folder.file("tls-certificate.pem")) -verify_hostname pbx.example.org")
            #expect(trusting.contains("Verify return code: 0 (ok)"))
            let names = try await OpenSSLCommand.output(
                of: "openssl x509 -noout -ext subjectAltName -in "
                    + folder.file("tls-certificate.pem"))
            #expect(names.contains("DNS:pbx.example.org, IP Address:127.0.0.1"))
        }
    }
}

/// The foreign judge of our TLS.
enum OpenSSLCommand {
    static var isThere: Bool { blockingOutput(of: "openssl version").hasPrefix("OpenSSL") }

    static func connect(to address: SocketAddress, _ options: String) async throws -> String {
        try await output(of: "openssl s_client -connect \(address) \(options) </dev/null 2>&1")
    }

    static func output(of command: String) async throws -> String {
        try await offPool { blockingOutput(of: command) }
    }

    private static func blockingOutput(of command: String) -> String {
        guard let pipe = popen(command, "r") else { return "" }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&part, 1, part.count, pipe)
            if count == 0 { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
