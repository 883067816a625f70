import CLinux
import Glibc
import Platform
import Testing

@testable import PlatformLinux

@Suite struct DatagramTests {
    @Test func `the kernel says since when a datagram has waited`() throws {
        var here = clinux_address(SocketAddress(address: .loopbackV4, port: 0))
        let socket = clinux_datagram_open(&here, 65_536, 65_536)
        try #require(socket >= 0)
        defer { close(socket) }
        #expect(clinux_local_address(socket, &here) == 0)
        let time = SystemTime()
        let before = time.wallTime.microseconds
        #expect(clinux_datagram_send(socket, [UInt8(1)], 1, &here, nil) == 0)
        let after = time.wallTime.microseconds
        var byte = UInt8(0)
        var datagram = clinux_datagram()
        #expect(clinux_datagram_receive(socket, &byte, 1, &datagram) == 0)
        #expect((before...after).contains(datagram.arrived))
    }

    @Test func `what waited in the kernel is as old as it is, whatever the wall clock does`() {
        let now = Instant(nanoseconds: 60_000_000_000)
        let wallTime = WallTime(microseconds: 1_000_000_000)
        func age(_ arrived: Int64) -> Duration {
            now - DatagramLoop.arrival(arrived: arrived, now: now, wallTime: wallTime)
        }
        #expect(age(0) == .zero)
        #expect(age(999_880_000) == .milliseconds(120))
        #expect(age(1_000_000_500) == .zero)
        #expect(age(1) == .seconds(10))
        #expect(age(.max) == .zero)
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `a datagram is received, and answered on its flow`(address: String) async throws {
        guard Machine.loopbacks.contains(address) else { return Self.skipIPv6() }
        try await Site.with(.udp, address) { exchange in
            try await Site.with(.udp, address) { phone in
                let flow = phone.datagramFlow(to: exchange.address)
                phone.network.send(Array("REGISTER".utf8), on: flow)
                let asked = try await exchange.witness.received()
                #expect(asked.bytes == Array("REGISTER".utf8))
                #expect(asked.flow == exchange.datagramFlow(to: phone.address))
                exchange.network.send(Array("200 OK".utf8), on: asked.flow)
                let answered = try await phone.witness.received()
                #expect(answered.bytes == Array("200 OK".utf8))
                #expect(answered.flow == flow)
            }
        }
    }

    @Test(arguments: [("0.0.0.0:0", "127.0.0.1:0", "127.9.8.7"), ("[::]:0", "[::1]:0", "::1")])
    func `a wildcard listener tells which address was hit, and answers from it`(
        wildcard: String, own: String, hit: String
    ) async throws {
        guard Machine.loopbacks.contains(own) else { return Self.skipIPv6() }
        let address = try #require(IPAddress(hit))
        try await Site.with(.udp, wildcard) { exchange in
            try await Site.with(.udp, own) { phone in
                let target = SocketAddress(address: address, port: exchange.address.port)
                phone.network.send([1], on: phone.datagramFlow(to: target))
                let asked = try await exchange.witness.received()
                #expect(asked.flow.local == target)
                exchange.network.send([2], on: asked.flow)
                // The phone sees the answer come from where it asked.
                #expect(try await phone.witness.received().flow.remote == target)
            }
        }
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `a port that nobody listens on fails that flow, and only that`(
        address: String
    ) async throws {
        guard Machine.loopbacks.contains(address) else { return Self.skipIPv6() }
        let nobody = try await Site.with(.udp, address) { $0.address }
        try await Site.with(.udp, address) { exchange in
            try await Site.with(.udp, address) { phone in
                let dead = phone.datagramFlow(to: nobody)
                phone.network.send([1], on: dead)
                #expect(try await phone.witness.failure(on: dead) == "Connection refused")
                for round in 1...20 {
                    // The report of the dead flow may be pending when the living one is used.
                    phone.network.send([1], on: dead)
                    phone.network.send([2], on: phone.datagramFlow(to: exchange.address))
                    let got = try await exchange.witness.received(round)
                    exchange.network.send([3], on: got.flow)
                    #expect(try await phone.witness.received(round).bytes == [3])
                }
                for case .sendFailed(let flow, _) in phone.witness.all { #expect(flow == dead) }
            }
        }
    }

    @Test func `a wildcard listener names the flow of a failure as it was sent`() async throws {
        let nobody = try await Site.with(.udp) { $0.address }
        try await Site.with(.udp, "0.0.0.0:0") { exchange in
            let flow = try #require(exchange.network.datagramFlow(to: nobody))
            exchange.network.send([1], on: flow)
            #expect(try await exchange.witness.failure(on: flow) == "Connection refused")
        }
    }

    @Test func `what can't be sent fails by an event, not inside the call`() async throws {
        try await Site.with(.udp) { exchange in
            let flow = exchange.datagramFlow(to: SocketAddress(address: .loopbackV4, port: 9))
            exchange.network.send([UInt8](repeating: 0, count: 70_000), on: flow)
            let reason = try await exchange.witness.failure(on: flow)
            #expect(reason == "Message too long")
            var stranger = flow
            stranger.listener = 7
            exchange.network.send([1], on: stranger)
            #expect(try await exchange.witness.failure(on: stranger) == "no such listener")
        }
    }

    @Test func `datagrams keep their order and their bounds, up to the largest`() async throws {
        let sizes = [1, 65_507, 2, 1500, 9000, 3] + Array(repeating: 1200, count: 1500)
        try await Site.with(.udp) { exchange in
            try await Site.with(.udp) { phone in
                let flow = phone.datagramFlow(to: exchange.address)
                for (index, size) in sizes.enumerated() {
                    let byte = UInt8(truncatingIfNeeded: index)
                    phone.network.send([UInt8](repeating: byte, count: size), on: flow)
                }
                _ = try await exchange.witness.received(sizes.count)
                let parts = exchange.witness.all.compactMap { event -> [UInt8]? in
                    if case .received(let bytes, _, _) = event { bytes } else { nil }
                }
                #expect(parts.map(\.count) == sizes)
                let firsts = parts.map { $0[0] }
                #expect(firsts == sizes.indices.map { UInt8(truncatingIfNeeded: $0) })
                #expect(exchange.network.counters.datagramsReceived == sizes.count)
                #expect(phone.network.counters.datagramsSent == sizes.count)
            }
        }
    }

    @Test func `the way to an address is the listener that reaches it`() async throws {
        let listeners = ["127.0.0.1:0", "0.0.0.0:0"].map { SocketAddress($0) }
        let configuration = SignallingConfiguration(
            listeners: try listeners.map { SignallingListener(.udp, try #require($0)) })
        try await Site.with(configuration) { exchange in
            let near = try #require(
                try exchange.network.datagramFlow(to: Site.parsed("127.0.0.1:5070")))
            #expect(near.listener == 0)
            #expect(near.local == exchange.network.addresses[0])
            let other = try #require(
                try exchange.network.datagramFlow(to: Site.parsed("127.5.5.5:5070")))
            #expect(!other.local.address.isUnspecified)
            #expect(try exchange.network.datagramFlow(to: Site.parsed("[::1]:5070")) == nil)
        }
    }

    @Test func `a listener on loopback is no way to the world`() async throws {
        try await Site.with(.udp) { exchange in
            let (far, near) = (try Site.parsed("192.0.2.200:5060"), try Site.parsed("127.3.3.3:0"))
            #expect(exchange.network.datagramFlow(to: far) == nil)
            #expect(exchange.network.datagramFlow(to: near) != nil)
        }
    }

    private static func skipIPv6() {
        print("skipped: this machine does not speak IPv6")
    }
}
