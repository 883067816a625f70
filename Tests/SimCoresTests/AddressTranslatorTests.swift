import Platform
import Testing

@testable import Sim

struct AddressTranslatorTests {
    private static let phone = SocketAddress(address: IPAddress(v4: 0xC0A8_0102), port: 5060)
    private static let neighbour = SocketAddress(address: IPAddress(v4: 0xC0A8_0103), port: 5060)
    private static let exchange = SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 5060)
    private static let media = SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 20_000)
    private static let stranger = SocketAddress(address: IPAddress(v4: 0xCB00_7101), port: 9)

    private static func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }

    private static func box(
        _ kind: BoxPlan.Kind = .fullCone, keepsPorts: Bool = false, fromOutside: Bool = true,
        limit: Int = 100
    ) -> BoxBench {
        BoxBench(
            AddressTranslator(
                BoxPlan(
                    kind: kind, keepsPorts: keepsPorts, isRefreshedFromOutside: fromOutside,
                    datagramLifetime: .seconds(60), streamLifetime: .seconds(600),
                    bindingLimit: limit, phones: [0]), firstPort: 40_000))
    }

    /// Who gets through to a phone that has sent to the exchange's signalling port alone.
    @Test(arguments: [
        (BoxPlan.Kind.fullCone, true, true), (.addressRestricted, true, false),
        (.portRestricted, false, false), (.symmetric, false, false),
    ])
    func `each kind of box lets in whom it may`(
        kind: BoxPlan.Kind, sameHost: Bool, anybody: Bool
    ) throws {
        let box = Self.box(kind)
        let port = try #require(
            box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0)))
        #expect(
            box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(1)) == Self.phone)
        let other = box.enter(.datagram, at: port, from: Self.media, now: Self.at(1))
        #expect((other != nil) == sameHost)
        let hostile = box.enter(.datagram, at: port, from: Self.stranger, now: Self.at(1))
        #expect((hostile != nil) == anybody)
    }

    @Test func `only a symmetric box shows each place another port`() {
        for kind in BoxPlan.Kind.allCases {
            let box = Self.box(kind)
            let first = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0))
            let second = box.leave(.datagram, from: Self.phone, to: Self.media, now: Self.at(0))
            #expect((first == second) == (kind != .symmetric), "\(kind)")
        }
    }

    @Test func `a binding is forgotten after its lifetime, and using it keeps it`() {
        let box = Self.box()
        let first = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0))
        let second = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(59))
        #expect(first == second)
        let port = first ?? 0
        #expect(box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(110)) != nil)
        // What came in has kept it.
        #expect(box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(169)) != nil)
        #expect(box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(229)) == nil)
        let third = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(230))
        #expect(third != nil && third != first)
    }

    @Test func `a box that counts only what goes out forgets in the midst of what comes in`() {
        let box = Self.box(fromOutside: false)
        let port = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0)) ?? 0
        #expect(box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(59)) != nil)
        #expect(box.enter(.datagram, at: port, from: Self.exchange, now: Self.at(61)) == nil)
    }

    @Test func `a port is kept where it is free, and two phones never share one`() {
        let box = Self.box(keepsPorts: true)
        let own = box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0))
        let other = box.leave(.datagram, from: Self.neighbour, to: Self.exchange, now: Self.at(0))
        #expect(own == 5060)
        #expect(other == 40_001)
        // Streams have ports of their own.
        #expect(box.leave(.stream, from: Self.phone, to: Self.exchange, now: Self.at(0)) == 5060)
    }

    @Test func `a full table drops what is new, until something in it is old`() {
        let box = Self.box(limit: 1)
        #expect(box.leave(.datagram, from: Self.phone, to: Self.exchange, now: Self.at(0)) != nil)
        #expect(
            box.leave(.datagram, from: Self.neighbour, to: Self.exchange, now: Self.at(1)) == nil)
        #expect(box.refusedCount == 1)
        #expect(
            box.leave(.datagram, from: Self.neighbour, to: Self.exchange, now: Self.at(61)) != nil)
        #expect(box.bindingCount == 1)
    }

    @Test func `a box that starts anew knows neither datagrams nor streams`() {
        let box = Self.box()
        let port = box.leave(.stream, from: Self.phone, to: Self.exchange, now: Self.at(0)) ?? 0
        #expect(box.keeps(port, for: Self.phone, now: Self.at(500)))
        #expect(box.keeps(port, for: Self.phone, now: Self.at(1000)))
        box.forgetAll(firstPort: 50_000)
        #expect(!box.keeps(port, for: Self.phone, now: Self.at(1001)))
        #expect(box.leave(.stream, from: Self.phone, to: Self.exchange, now: Self.at(2)) == 50_001)
    }

    @Test func `a box that starts anew gives nobody the port that another's sound came by`() {
        let box = Self.box(keepsPorts: true)
        let one = SocketAddress(address: Self.phone.address, port: 10_002)
        let other = SocketAddress(address: Self.neighbour.address, port: 10_002)
        #expect(box.leave(.datagram, from: one, to: Self.exchange, now: Self.at(0)) == 10_002)
        box.forgetAll(firstPort: 50_000)
        #expect(box.leave(.datagram, from: other, to: Self.exchange, now: Self.at(1)) == 50_001)
        #expect(box.leave(.datagram, from: one, to: Self.exchange, now: Self.at(1)) == 10_002)
    }
}

/// One box on a bench.
private final class BoxBench {
    private var translator: AddressTranslator

    init(_ translator: AddressTranslator) {
        self.translator = translator
    }

    var refusedCount: Int { translator.refusedCount }
    var bindingCount: Int { translator.bindingCount }

    func leave(
        _ carriage: AddressTranslator.Carriage, from address: SocketAddress,
        to remote: SocketAddress, now: Instant
    ) -> UInt16? {
        translator.leave(carriage, from: address, to: remote, now: now)
    }

    func enter(
        _ carriage: AddressTranslator.Carriage, at port: UInt16, from remote: SocketAddress,
        now: Instant
    ) -> SocketAddress? {
        translator.enter(carriage, at: port, from: remote, now: now)
    }

    func keeps(_ port: UInt16, for address: SocketAddress, now: Instant) -> Bool {
        translator.keeps(port, for: address, now: now)
    }

    func forgetAll(firstPort: UInt16) {
        translator.forgetAll(firstPort: firstPort)
    }
}
