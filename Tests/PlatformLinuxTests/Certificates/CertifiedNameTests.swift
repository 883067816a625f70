import Glibc
import Platform
import Testing

@testable import PlatformLinux

/// Connections to somebody by name: whom the other side's certificate is for (RFC 5922).
@Suite struct CertifiedNameTests {
    private func connect(
        _ caller: Site, to exchange: Site, _ number: UInt64 = 1, certifiedFor name: String? = nil
    ) async throws -> Flow {
        let attempt = ConnectionAttempt(number: number)
        caller.network.connect(
            attempt, transport: .tls, to: exchange.address, certifiedFor: name)
        return try await caller.witness.outcome(of: attempt).get()
    }

    /// A network that knows an authority of its own.
    private func withCaller<Result: Sendable>(
        trusting file: String, _ body: (Site) async throws -> Result
    ) async throws -> Result {
        try await Site.with(
            SignallingConfiguration(
                listeners: [], certifiedVerification: .authorities(file: file)), body)
    }

    /// An exchange whose certificate openssl's authority has signed for those names.
    private func withCertified<Result: Sendable>(
        _ names: String, _ body: (_ exchange: Site, _ authority: String) async throws -> Result
    ) async throws -> Result {
        let place = try Folder()
        let authority = place.file("authority.pem")
        let request = """
            cd \(place.path) && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
            -nodes -keyout authority.key -out authority.pem -subj /CN=Authority -days 2 2>/dev/null && \
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
            -out asked.csr -subj /CN=sip.provider.example 2>/dev/null && \
            printf 'subjectAltName=%s' '\(names)' > names.txt && \
            openssl x509 -req -in asked.csr -CA authority.pem -CAkey authority.key -days 2 \
            -CAcreateserial -extfile names.txt -out chain.pem 2>/dev/null && echo made
            """
        let made = try await OpenSSLCommand.output(of: request)
        try #require(made.contains("made"))
        let store = try CertificateStore(
            source: .files(certificate: place.file("chain.pem"), key: place.file("key.pem")),
            time: SystemTime(), random: KernelRandom())
        let listener = SignallingListener(.tls, try Site.parsed("127.0.0.1:0"))
        return try await Site.with(
            SignallingConfiguration(listeners: [listener], certificates: store)
        ) { try await body($0, authority) }
    }

    @Test(
        .enabled(if: OpenSSLCommand.isThere, "the openssl command is not installed"),
        arguments: [
            ("DNS:sip.provider.example", "sip.provider.example", true),
            ("DNS:sip.provider.example", "SIP.Provider.Example", true),
            ("DNS:sip.provider.example", "provider.example", false),
            // The name that DNS led to is not the one that was asked for (RFC 5922 §4).
            ("DNS:sip.provider.example,URI:sip:provider.example", "provider.example", true),
            ("DNS:sip.provider.example,URI:sip:provider.example", "sip.provider.example", false),
            // A wildcard is no name (RFC 5922 §7.2), a person's address no domain (§7.1).
            ("DNS:*.provider.example", "sip.provider.example", false),
            ("URI:sip:alice@provider.example", "provider.example", false),
            ("IP:127.0.0.1", "127.0.0.1", true),
            ("IP:192.0.2.1", "127.0.0.1", false),
            // The common name is not looked at.
            ("email:nobody@provider.example", "sip.provider.example", false),
        ])
    func `a provider must be certified for the name that was asked for (RFC 5922)`(
        names: String, wanted: String, isTaken: Bool
    ) async throws {
        _ = try await withCertified(names) { exchange, authority in
            _ = try await withCaller(trusting: authority) { caller in
                if isTaken {
                    _ = try await connect(caller, to: exchange, certifiedFor: wanted)
                } else {
                    await #expect(throws: NotInTime.self) {
                        try await connect(caller, to: exchange, certifiedFor: wanted)
                    }
                }
                // Where nobody is asked for by name, anybody will do.
                _ = try await connect(caller, to: exchange, 2)
            }
        }
    }

    @Test(.enabled(if: OpenSSLCommand.isThere, "the openssl command is not installed"))
    func `the right name in a certificate that nobody signed is refused`() async throws {
        _ = try await withCertified("DNS:provider.example") { exchange, _ in
            let other = try Folder()
            _ = try CertificateStore(
                source: .selfSigned(
                    folder: other.path, domain: "provider.example", names: [], addresses: []),
                time: SystemTime(), random: KernelRandom())
            _ = try await withCaller(trusting: other.file("tls-certificate.pem")) { caller in
                await #expect(throws: NotInTime.self) {
                    try await connect(caller, to: exchange, certifiedFor: "provider.example")
                }
            }
        }
    }
}
