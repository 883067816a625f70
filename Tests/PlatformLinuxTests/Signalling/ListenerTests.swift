import Platform
import PlatformLinux
import Testing

@Suite struct ListenerTests {
    private func failure(
        _ listeners: [SignallingListener], certificates: CertificateStore? = nil
    ) async throws -> SignallingError? {
        let network = LinuxSignalling(
            configuration: SignallingConfiguration(
                listeners: listeners, certificates: certificates), time: SystemTime())
        do {
            let witness = try Witness()
            try await network.start(sink: witness)
        } catch let error as SignallingError {
            return error
        }
        await network.shutdown()
        return nil
    }

    @Test(arguments: [TransportKind.udp, .tcp])
    func `a port that is taken is told, with what to do`(transport: TransportKind) async throws {
        try await Site.with(transport) { first in
            let error = try await failure([SignallingListener(transport, first.address)])
            #expect(error == .portInUse(first.address, transport))
            let text = error?.description ?? ""
            #expect(text.contains("\(first.address)") && text.contains("ss -l"))
        }
    }

    @Test func `when one listener fails, the others are given back`() async throws {
        try await Site.with(.tcp) { first in
            let free = try await Site.with(.udp) { $0.address }
            let listeners = [
                SignallingListener(.udp, free), SignallingListener(.tcp, free),
                SignallingListener(.tcp, first.address),
            ]
            #expect(try await failure(listeners) == .portInUse(first.address, .tcp))
            #expect(try await failure(Array(listeners.prefix(2))) == nil)
        }
    }

    @Test(arguments: [TransportKind.udp, .tcp])
    func `an address that the machine has not is told`(transport: TransportKind) async throws {
        let address = try Site.parsed("203.0.113.77:5060")
        let error = try await failure([SignallingListener(transport, address)])
        #expect(error == .addressNotAvailable(address, transport))
    }

    @Test(
        .enabled(if: !Machine.isPrivileged, "an account with all rights may open any port"),
        arguments: [TransportKind.udp, .tcp])
    func `a port that needs permission is told`(transport: TransportKind) async throws {
        let address = try Site.parsed("127.0.0.1:1")
        let error = try await failure([SignallingListener(transport, address)])
        #expect(error == .permission(address, transport))
    }

    @Test func `TLS without a certificate, and WebSocket, are told`() async throws {
        let address = try Site.parsed("127.0.0.1:0")
        #expect(
            try await failure([SignallingListener(.tls, address)]) == .certificateMissing(address))
        #expect(
            try await failure([SignallingListener(.wss, address)])
                == .transportNotAvailable(address, .wss))
    }

    @Test func `a network starts once, and its ports are free after shutdown`() async throws {
        let network = LinuxSignalling(
            configuration: SignallingConfiguration(listeners: []), time: SystemTime())
        try await network.start(sink: try Witness())
        await #expect(throws: SignallingError.startedBefore) {
            try await network.start(sink: try Witness())
        }
        await network.shutdown()
        await network.shutdown()
        for transport in [TransportKind.udp, .tcp] {
            let address = try await Site.with(transport) { $0.address }
            #expect(try await failure([SignallingListener(transport, address)]) == nil)
        }
    }

    @Test(.enabled(if: Machine.speaksIPv6, "this machine does not speak IPv6"))
    func `wildcard listeners of both families share a port`() async throws {
        for transport in [TransportKind.udp, .tcp] {
            try await Site.with(transport, "[::]:0") { six in
                var four = six.address
                four.address = .anyV4
                let failure = try await failure([SignallingListener(transport, four)])
                #expect(failure == nil)
            }
        }
    }
}
