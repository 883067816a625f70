import Platform
import Testing

@testable import PlatformLinux

@Suite struct StreamTests {
    private let attempt = ConnectionAttempt(number: 7)

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `a stream tells both sides it is up, and keeps the order of bytes`(
        address: String
    ) async throws {
        guard Machine.loopbacks.contains(address) else {
            return print("skipped: this machine does not speak IPv6")
        }
        try await Site.with(.tcp, address) { exchange in
            try await Site.with(.tcp, address) { phone in
                phone.network.connect(attempt, transport: .tcp, to: exchange.address)
                let ours = try await phone.witness.outcome(of: attempt).get()
                let theirs = try await exchange.witness.accepted()
                #expect(ours.local == theirs.remote && ours.remote == theirs.local)
                #expect(ours.remote == exchange.address)
                #expect(ours.listener == 0 && theirs.listener == 0)

                var generator = SeededGenerator(seed: 3261)
                var sent: [UInt8] = []
                while sent.count < 800_000 {
                    let part = (0..<generator.below(9000)).map { _ in
                        UInt8(truncatingIfNeeded: generator.next())
                    }
                    phone.network.send(part, on: ours)
                    sent += part
                    // As fast as the other side reads, or the limit of unsent bytes is met.
                    _ = try await exchange.witness.bytes(sent.count, on: theirs)
                }
                #expect(try await exchange.witness.bytes(sent.count, on: theirs) == sent)
                exchange.network.send(sent, on: theirs)
                #expect(try await phone.witness.bytes(sent.count, on: ours) == sent)
            }
        }
    }

    @Test func `closing sends first what was given, and both sides hear of the end`() async throws {
        try await Site.with(.tcp) { exchange in
            try await Site.with(.tcp) { phone in
                phone.network.connect(attempt, transport: .tcp, to: exchange.address)
                let ours = try await phone.witness.outcome(of: attempt).get()
                let theirs = try await exchange.witness.accepted()
                let last = [UInt8](repeating: 9, count: 900_000)
                phone.network.send(last, on: ours)
                phone.network.close(ours)
                #expect(try await exchange.witness.bytes(last.count, on: theirs) == last)
                try await exchange.witness.closed(theirs)
                try await phone.witness.closed(ours)
                exchange.network.send([1], on: theirs)
                let reason = try await exchange.witness.failure(on: theirs)
                #expect(reason == "the connection is gone")
            }
        }
    }

    @Test func `a connection that nobody takes is refused, with the reason`() async throws {
        let nobody = try await Site.with(.tcp) { $0.address }
        try await Site.with(.tcp) { phone in
            phone.network.connect(attempt, transport: .tcp, to: nobody)
            let outcome = try await phone.witness.outcome(of: attempt)
            #expect(throws: NotInTime(description: "Connection refused")) { try outcome.get() }
            let second = ConnectionAttempt(number: 8)
            phone.network.connect(second, transport: .wss, to: nobody)
            let other = try await phone.witness.outcome(of: second)
            #expect(throws: NotInTime.self) { try other.get() }
            #expect(phone.witness.all.count == 2)
        }
    }

    @Test func `a reader that does not read is cut off, told once, and costs little`() async throws
    {
        var limits = SignallingLimits()
        limits.unsentBytes = 256 << 10
        try await Site.with(.tcp, limits: limits) { exchange in
            let reader = try RawConnection(to: exchange.address)
            let flow = try await exchange.witness.accepted()
            // The kernel's own buffers take a few megabytes before ours begin to fill.
            for _ in 0..<1000 {
                exchange.network.send([UInt8](repeating: 1, count: 64 << 10), on: flow)
            }
            let reason = try await exchange.witness.failure(on: flow)
            #expect(reason == "the other side reads too slowly")
            try await exchange.witness.closed(flow)
            #expect(exchange.network.counters.connectionsOverflowed == 1)
            let failures = exchange.witness.all.filter { event in
                if case .sendFailed(_, reason) = event { true } else { false }
            }
            #expect(failures.count == 1)
            withExtendedLifetime(reader) {}
        }
    }

    @Test func `one source gets so many connections, and a place that is left again`() async throws
    {
        var limits = SignallingLimits()
        limits.connectionsPerSource = 2
        try await Site.with(.tcp, limits: limits) { exchange in
            let first = try RawConnection(to: exchange.address)
            let firstFlow = try await exchange.witness.accepted(1)
            var second: RawConnection? = try RawConnection(to: exchange.address)
            let secondFlow = try await exchange.witness.accepted(2)
            let third = try RawConnection(to: exchange.address)
            let isThirdEnded = try await third.isEnded()
            #expect(isThirdEnded)
            #expect(exchange.network.counters.connectionsRefused == 1)
            second?.send("x")
            _ = try await exchange.witness.bytes(1, on: secondFlow)
            second = nil
            try await exchange.witness.closed(secondFlow)
            let fourth = try RawConnection(to: exchange.address)
            _ = try await exchange.witness.accepted(3)
            first.send("y")
            _ = try await exchange.witness.bytes(1, on: firstFlow)
            withExtendedLifetime(fourth) {}
        }
    }

    @Test func `whoever sends no message is closed in time, keep-alives or not`() async throws {
        var limits = SignallingLimits()
        limits.firstMessageTimeout = .seconds(1)
        try await Site.with(.tcp, limits: limits) { exchange in
            let speaking = try RawConnection(to: exchange.address)
            let message = "OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n"
            speaking.send(message)
            let flow = try await exchange.witness.accepted(1)
            _ = try await exchange.witness.bytes(message.utf8.count, on: flow)
            let silent = try RawConnection(to: exchange.address)
            let pinging = try RawConnection(to: exchange.address)
            let halting = try RawConnection(to: exchange.address)
            pinging.send("\r\n\r\n\r\n\r\n")
            halting.send("OPTIONS sip:a SIP/2.0\r\n")
            for idle in [silent, pinging, halting] {
                let isEnded = try await idle.isEnded()
                #expect(isEnded)
            }
            #expect(exchange.network.counters.connectionsIdle == 3)
            speaking.send("more")
            _ = try await exchange.witness.bytes(message.utf8.count + 4, on: flow)
        }
    }

    @Test func `shutdown sends what was given, closes, and refuses afterwards`() async throws {
        try await Site.with(.tcp) { phone in
            let flows = try await Site.with(.tcp) { exchange -> (Flow, Flow) in
                phone.network.connect(attempt, transport: .tcp, to: exchange.address)
                let ours = try await phone.witness.outcome(of: attempt).get()
                let theirs = try await exchange.witness.accepted()
                exchange.network.send([UInt8](repeating: 5, count: 700_000), on: theirs)
                await exchange.network.shutdown()
                try await exchange.witness.closed(theirs)
                exchange.network.send([1], on: theirs)
                exchange.network.close(theirs)
                exchange.network.connect(attempt, transport: .tcp, to: phone.address)
                return (ours, theirs)
            }
            let bytes = try await phone.witness.bytes(700_000, on: flows.0)
            #expect(bytes.count == 700_000)
            try await phone.witness.closed(flows.0)
        }
    }
}

@Suite struct StreamCoreTests {
    @Test func `the census counts sources, an IPv6 household as one`() throws {
        var census = ConnectionCensus(limit: 5, limitPerSource: 2)
        let four = try #require(IPAddress("192.0.2.1"))
        let (six, sibling) = (
            try #require(IPAddress("2001:db8::1")), try #require(IPAddress("2001:db8::2"))
        )
        let other = try #require(IPAddress("2001:db8:0:1::1"))
        #expect(census.admit(four) == nil)
        #expect(census.admit(four) == nil)
        #expect(census.admit(four) == .sourceFull)
        #expect(census.admit(six) == nil)
        #expect(census.admit(sibling) == nil)
        #expect(census.admit(six) == .sourceFull)
        #expect(census.admit(other) == nil)
        #expect(census.admit(other) == .full)
        census.leave(four)
        #expect(census.admit(other) == nil)
        for address in [four, six, sibling, other, other] { census.leave(address) }
        #expect(census.count == 0)
        #expect(census.sourceCount == 0)
    }

    @Test(arguments: [
        ("", false), ("\r\n\r\n\r\n", false), ("OPTIONS\r\n", false), ("OPTIONS\r\n\r\n", true),
        ("\r\n\r\nOPTIONS\r\nTo: a\r\n\r\nbody", true), ("a\n\n", true), ("a\r\r\n", false),
        ("a\r\nb\r\nc", false), ("a\r\nb\r\n\r", false), ("a\r\nb\r\n\r\n", true),
    ])
    func `a header section is a line and an empty one, however the bytes are cut`(
        text: String, isWhole: Bool
    ) {
        var whole = FirstMessageWatch()
        whole.look(at: Array(text.utf8))
        var cut = FirstMessageWatch()
        for byte in text.utf8 { cut.look(at: [byte]) }
        #expect(whole.hasSeenMessage == isWhole)
        #expect(cut == whole)
    }
}
