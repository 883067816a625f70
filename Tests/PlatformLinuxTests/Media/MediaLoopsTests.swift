import CLinux
import Media
import Platform
import PlatformLinux
import Testing

/// Real sockets on loopback; every wait ends by an event or a deadline.
@Suite(.serialized)
struct MediaLoopsTests {
    private static func configuration(
        _ ports: ClosedRange<UInt16> = 41_000...41_999, bind: IPAddress = .loopbackV4
    ) -> MediaConfiguration {
        MediaConfiguration(networks: [MediaNetwork(bind: bind)], ports: ports)
    }

    private static func packet(_ payloadType: UInt8 = 8, sequence: UInt8 = 1) -> [UInt8] {
        [0x80, payloadType, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 9]
            + [UInt8](repeating: 0xD5, count: 160)
    }

    /// Describes both legs and joins them: PCMA, events 101 here and 96 there. Returns once that is
    /// done.
    private static func join(
        _ loops: MediaLoops, _ legs: [MediaLegID], _ remotes: [SocketAddress], _ callKey: UInt64
    ) throws {
        for (leg, remote) in zip(legs, remotes) {
            loops.post(
                .describe(
                    leg, stream: 0,
                    StreamDescription(
                        transport: .rtp, remoteRTP: remote,
                        remoteRTCP: SocketAddress(address: remote.address, port: remote.port),
                        trustedSources: [remote.address],
                        telephoneEvents: [TelephoneEventFormat(payloadType: 101, clockRate: 8_000)])
                ))
        }
        let there = [PayloadMap.Pair(received: 8, sent: 8), .init(received: 101, sent: 96)]
        let back = [PayloadMap.Pair(received: 8, sent: 8), .init(received: 96, sent: 101)]
        loops.post(
            .bridge(
                legs[0], legs[1],
                MediaBridge(streams: [
                    MediaBridge.Stream(
                        number: 0, forward: PayloadMap(there), backward: PayloadMap(back))
                ])))
        // Commands are carried out in order: when this leg is open, the bridge stands.
        let last = EventTrap()
        let marker = MediaLegID(number: .max)
        loops.post(.open(marker, MediaLegSetup(callKey: callKey), sink: last))
        _ = try #require(last.opened(marker))
    }

    @Test(arguments: [IPAddress.loopbackV4, IPAddress(high: 0, low: 1)])
    func `two phones hear each other, and strangers hear and say nothing`(ip: IPAddress) throws {
        let loops = try MediaLoops(
            configuration: Self.configuration(bind: ip), loopCount: 2, time: SystemTime())
        defer { loops.stop() }
        let trap = EventTrap()
        let legs = [MediaLegID(number: 1), MediaLegID(number: 2)]
        for leg in legs { loops.post(.open(leg, MediaLegSetup(callKey: 77), sink: trap)) }
        let first = try #require(trap.opened(legs[0])?.first)
        let second = try #require(trap.opened(legs[1])?.first)
        #expect(first.rtp.port % 2 == 0 && first.rtcp.port == first.rtp.port + 1)
        let caller = try #require(LoopbackPhone(ip))
        let callee = try #require(LoopbackPhone(ip))
        let stranger = try #require(LoopbackPhone(ip))
        try Self.join(loops, legs, [caller.address, callee.address], 77)

        caller.send(Self.packet(), to: first.rtp)
        let heard = try #require(callee.receive())
        #expect(heard.bytes == Self.packet())
        #expect(heard.from == second.rtp)
        #expect(
            trap.wait { if case .latched(legs[0], 0, let source) = $0 { source } else { nil } }
                == caller.address)
        callee.send(Self.packet(), to: second.rtp)
        #expect(caller.receive()?.from == first.rtp)

        // The stranger's packet comes first: what the callee hears next is the caller's.
        stranger.send(Self.packet(8, sequence: 99), to: first.rtp)
        caller.send(Self.packet(101, sequence: 2), to: first.rtp)
        #expect(callee.receive()?.bytes == Self.packet(96, sequence: 2))

        // RTCP.
        caller.send([0x80, 201, 0, 1, 0, 0, 0, 9], to: first.rtcp)
        #expect(callee.receive()?.from == second.rtcp)

        for leg in legs { loops.post(.close(leg)) }
        let counters = try #require(trap.closed(legs[0]))
        #expect(counters.strangers == 1)
        #expect(counters.packetsReceived == 2 && counters.packetsSent == 1)
        #expect(counters.controlReceived == 1)
        #expect(trap.closed(legs[1])?.controlSent == 1)
    }

    @Test func `a digit is told with its key`() throws {
        let loops = try MediaLoops(
            configuration: Self.configuration(), loopCount: 1, time: SystemTime())
        defer { loops.stop() }
        let trap = EventTrap()
        let legs = [MediaLegID(number: 1), MediaLegID(number: 2)]
        for leg in legs { loops.post(.open(leg, MediaLegSetup(callKey: 1), sink: trap)) }
        let first = try #require(trap.opened(legs[0])?.first)
        _ = trap.opened(legs[1])
        let caller = try #require(LoopbackPhone())
        let callee = try #require(LoopbackPhone())
        try Self.join(loops, legs, [caller.address, callee.address], 1)
        for end: UInt8 in [0, 0, 0x80, 0x80, 0x80] {
            let event: [UInt8] = [11, end | 10, 3, 0x20]
            caller.send(Array(Self.packet(101)[..<12]) + event, to: first.rtp)
        }
        let digit = trap.wait { if case .digit(legs[0], let digit) = $0 { digit } else { nil } }
        #expect(digit?.character == "#")
        #expect(digit?.duration == .milliseconds(100))
        for _ in 0..<5 { #expect(callee.receive()?.bytes[1] == 96) }
        loops.post(.close(legs[0]))
        #expect(trap.closed(legs[0])?.packetsReceived == 5)
    }

    @Test func `a port that somebody holds is passed over, an empty range refused`() throws {
        var taken = clinux_media_address(
            high: IPAddress.loopbackV4.high, low: IPAddress.loopbackV4.low, port: 42_003)
        let holder = clinux_media_open(&taken)
        #expect(holder >= 0)
        defer { clinux_media_close(holder) }
        let loops = try MediaLoops(
            configuration: Self.configuration(42_002...42_005), loopCount: 1, time: SystemTime())
        defer { loops.stop() }
        let trap = EventTrap()
        let legs = (1...2).map { MediaLegID(number: $0) }
        loops.post(.open(legs[0], MediaLegSetup(callKey: 1), sink: trap))
        #expect(trap.opened(legs[0])?.first?.rtp.port == 42_004)
        loops.post(.open(legs[1], MediaLegSetup(callKey: 1), sink: trap))
        #expect(trap.refusal(legs[1]) == .noPorts)
        // Freed, it would rest, but no other is left.
        loops.post(.close(legs[0]))
        #expect(trap.closed(legs[0]) != nil)
        loops.post(.open(legs[1], MediaLegSetup(callKey: 1), sink: trap))
        #expect(trap.opened(legs[1])?.first?.rtp.port == 42_004)
    }

    @Test func `a leg's number is taken until it is closed`() throws {
        let loops = try MediaLoops(
            configuration: Self.configuration(), loopCount: 2, time: SystemTime())
        defer { loops.stop() }
        let trap = EventTrap()
        let leg = MediaLegID(number: 5)
        loops.post(.open(leg, MediaLegSetup(callKey: 1), sink: trap))
        #expect(trap.opened(leg) != nil)
        loops.post(.open(leg, MediaLegSetup(callKey: 2), sink: trap))
        #expect(trap.refusal(leg) == .badSetup)
        loops.post(.close(leg))
        #expect(trap.closed(leg) != nil)
        loops.post(.open(leg, MediaLegSetup(callKey: 2), sink: trap))
        #expect(trap.opened(leg) != nil)
    }

    @Test func `stopping closes every leg and tells its owner`() throws {
        let loops = try MediaLoops(
            configuration: Self.configuration(), loopCount: 2, time: SystemTime())
        let trap = EventTrap()
        let legs = (0..<20).map { MediaLegID(number: $0) }
        for leg in legs {
            loops.post(.open(leg, MediaLegSetup(callKey: leg.number), sink: trap))
        }
        loops.stop()
        for leg in legs {
            #expect(trap.opened(leg) != nil)
            #expect(trap.closed(leg) != nil)
        }
        loops.post(.open(MediaLegID(number: 99), MediaLegSetup(callKey: 1), sink: trap))
        #expect(trap.refusal(MediaLegID(number: 99)) == .full)
        // Once more does no harm.
        loops.stop()
    }

    @Test func `a configuration that cannot work is refused at the start`() {
        func attempt(_ network: MediaNetwork, _ ports: ClosedRange<UInt16>) -> MediaLoopsError? {
            do {
                let loops = try MediaLoops(
                    configuration: MediaConfiguration(networks: [network], ports: ports),
                    loopCount: 1, time: SystemTime())
                loops.stop()
                return nil
            } catch { return error }
        }
        let elsewhere = IPAddress(v4: 0xC000_0201)
        guard
            case .addressNotAvailable(elsewhere, _)? = attempt(
                MediaNetwork(bind: elsewhere), 20_000...20_010)
        else {
            Issue.record("bound to an address of somebody else")
            return
        }
        #expect(attempt(MediaNetwork(bind: .anyV4), 20_000...20_010) != nil)
        #expect(attempt(MediaNetwork(bind: .loopbackV4), 20_001...20_002) != nil)
        #expect(
            attempt(
                MediaNetwork(bind: .anyV4, advertised: IPAddress(high: 1, low: 1)),
                20_000...20_010) != nil)
        #expect(attempt(MediaNetwork(bind: .anyV4, advertised: elsewhere), 20_000...20_010) == nil)
    }

    /// Legs that were opened with these keys live on different loops of two.
    private static let keys: (UInt64, UInt64) = (1, 2)

    @Test func `a leg moves to another loop with its port, and is joined with a leg there`() throws
    {
        let loops = try MediaLoops(
            configuration: Self.configuration(42_000...42_199), loopCount: 2, time: SystemTime())
        defer { loops.stop() }
        let trap = EventTrap()
        let legs = [MediaLegID(number: 1), MediaLegID(number: 2)]
        for (leg, key) in zip(legs, [Self.keys.0, Self.keys.1]) {
            loops.post(.open(leg, MediaLegSetup(callKey: key), sink: trap))
        }
        let first = try #require(trap.opened(legs[0])?.first)
        let second = try #require(trap.opened(legs[1])?.first)
        let caller = try #require(LoopbackPhone(.loopbackV4))
        let callee = try #require(LoopbackPhone(.loopbackV4))
        // As they are they can't be joined.
        loops.post(.bridge(legs[0], legs[1], MediaBridge(streams: [])))
        let refusal = trap.wait { event -> MediaRefusal? in
            if case .refused(legs[0], let why) = event { why } else { nil }
        }
        #expect(refusal == .notOnOneLoop)
        loops.post(.move(legs[1], callKey: Self.keys.0))
        let isMoved = trap.wait { event -> Bool? in
            if case .moved(legs[1]) = event { true } else { nil }
        }
        #expect(isMoved == true)
        try Self.join(loops, legs, [caller.address, callee.address], Self.keys.0)
        caller.send(Self.packet(), to: first.rtp)
        #expect(callee.receive()?.from == second.rtp)
        callee.send(Self.packet(), to: second.rtp)
        #expect(caller.receive()?.from == first.rtp)
        // And back, while packets come: the port stays the same one.
        loops.post(.move(legs[1], callKey: Self.keys.1))
        loops.post(.close(legs[1]))
        #expect(
            trap.wait { event -> UInt64? in
                if case .closed(legs[1], let counters) = event {
                    counters.packetsReceived
                } else {
                    nil
                }
            } == 1)
    }
}
