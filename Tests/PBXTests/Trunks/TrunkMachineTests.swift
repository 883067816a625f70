import Platform
import SIPStack
import Testing

@testable import PBX

/// A machine that is fed inside of expectations.
@dynamicMemberLookup
final class FedTrunk {
    private var machine: TrunkMachine

    init(_ plan: TrunkMachine.Plan) { machine = TrunkMachine(plan) }

    subscript<Value>(dynamicMember path: KeyPath<TrunkMachine, Value>) -> Value {
        machine[keyPath: path]
    }

    func handle(_ event: TrunkMachine.Event, now: Instant, draw: UInt64) -> [TrunkMachine.Effect] {
        machine.handle(event, now: now, draw: draw)
    }
}

/// What the machine tests have in common.
enum TrunkFixture {
    static let registering = TrunkMachine.Plan(
        registers: true, expires: 600, probePause: .seconds(60))
    static let standing = TrunkMachine.Plan(
        registers: false, expires: 600, probePause: .seconds(60))

    static func hop(_ last: UInt32) -> NextHop {
        NextHop(.udp, SocketAddress(address: IPAddress(v4: 0xC000_0200 + last), port: 5060))
    }

    static func flow(_ last: UInt32, _ transport: TransportKind = .udp) -> Flow {
        Flow(
            transport: transport, listener: 0,
            local: SocketAddress(address: .loopbackV4, port: 5060),
            remote: SocketAddress(address: IPAddress(v4: 0xC000_0200 + last), port: 5060),
            connection: transport == .udp ? 0 : 7)
    }

    static func at(_ seconds: Int64) -> Instant { Instant.start + .seconds(seconds) }

    static func accepted(_ seconds: UInt32? = nil, on flow: Flow = flow(1)) -> TrunkMachine.Event {
        .answered(.registered(for: seconds, routes: [], on: flow, seenAs: nil))
    }

    static func alive(on flow: Flow = flow(1)) -> TrunkMachine.Event {
        .answered(.alive(on: flow, seenAs: nil))
    }

    /// A machine that was led through those events at instant 0.
    static func machine(
        _ plan: TrunkMachine.Plan = registering, after events: [TrunkMachine.Event] = []
    ) -> FedTrunk {
        let machine = FedTrunk(plan)
        for event in events { _ = machine.handle(event, now: at(0), draw: 0) }
        return machine
    }
}

@Suite struct TrunkMachineTests {
    typealias Fixture = TrunkFixture

    private func pause(_ effects: [TrunkMachine.Effect]) -> Duration? {
        for case .start(.next, let pause) in effects { return pause }
        return nil
    }

    @Test func `it finds its provider, signs in, and signs in again well before the end`() {
        let machine = Fixture.machine()
        #expect(machine.handle(.begin, now: Fixture.at(0), draw: 0) == [.stop(.next), .locate])
        #expect(
            machine.handle(.located([Fixture.hop(1)]), now: Fixture.at(1), draw: 0)
                == [.ask(.register(expires: 600), Fixture.hop(1))])
        let effects = machine.handle(Fixture.accepted(600), now: Fixture.at(2), draw: 0)
        #expect(machine.status.phase == .registered)
        #expect(machine.status.lastProof == Fixture.at(2))
        #expect(effects.contains(.start(.lapse, after: .seconds(600))))
        #expect(pause(effects) == .seconds(60))
        // A probe, and once it is time a REGISTER to whoever the name then leads to.
        #expect(
            machine.handle(.timerFired(.next), now: Fixture.at(62), draw: 0)
                == [.ask(.probe, Fixture.hop(1))])
        _ = machine.handle(Fixture.alive(), now: Fixture.at(63), draw: 0)
        #expect(
            machine.handle(.timerFired(.next), now: Fixture.at(500), draw: 0)
                == [.stop(.next), .locate])
    }

    @Test(arguments: [20, 60, 90, 300, 3600, 86_400] as [UInt32])
    func `the refresh leaves time for other hops`(granted: UInt32) {
        for draw in [UInt64(0), 12_345_678_901, .max] {
            let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
            _ = machine.handle(Fixture.accepted(granted), now: Fixture.at(0), draw: draw)
            let refresh = machine.standing?.refreshAt ?? .start
            #expect(refresh >= Fixture.at(0) + .seconds(Int64(granted)) * 4 / 10)
            #expect(refresh <= Fixture.at(0) + .seconds(Int64(granted)) * 8 / 10)
        }
    }

    @Test func `a challenge is answered, twice at most`() {
        let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
        let challenge = TrunkMachine.Event.answered(.challenged(isAnswerable: true))
        for _ in 0..<2 {
            #expect(
                machine.handle(challenge, now: Fixture.at(0), draw: 0)
                    == [.askWithCredentials(.register(expires: 600), Fixture.hop(1))])
        }
        let effects = machine.handle(challenge, now: Fixture.at(0), draw: 0)
        #expect(machine.state == .pausing)
        #expect(pause(effects) == TrunkMachine.firstRefusedPause)
        #expect(machine.status.phase == .failing)
    }

    @Test func `423 is followed, RFC 3261 §10.2.8`() {
        let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
        #expect(
            machine.handle(.answered(.tooBrief(least: 1800)), now: Fixture.at(0), draw: 0)
                == [.ask(.register(expires: 1800), Fixture.hop(1))])
        // One that asks for less than we asked for makes no sense.
        _ = machine.handle(.answered(.tooBrief(least: 100)), now: Fixture.at(0), draw: 0)
        #expect(machine.state == .pausing)
    }

    @Test(arguments: [
        TrunkMachine.Event.failed(.timeout), .failed(.transport(.refused)),
        .answered(.refused(.serviceUnavailable, retryAfter: nil)),
        .answered(.refused(.serverInternalError, retryAfter: nil)),
    ])
    func `a hop that fails is followed by the next, RFC 3263 §4.3`(event: TrunkMachine.Event) {
        let machine = Fixture.machine(
            after: [.begin, .located([Fixture.hop(1), Fixture.hop(2)])])
        #expect(
            machine.handle(event, now: Fixture.at(0), draw: 0)
                == [
                    .block(Fixture.hop(1), pause: nil),
                    .ask(.register(expires: 600), Fixture.hop(2)),
                ])
        let effects = machine.handle(event, now: Fixture.at(0), draw: 0)
        #expect(machine.state == .pausing)
        #expect(pause(effects) == TrunkMachine.firstPause)
    }

    @Test func `pauses double up to a minute, are shortened by chance, and never end`() {
        let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
        var pauses: [Duration] = []
        for _ in 0..<200 {
            pauses.append(
                pause(machine.handle(.failed(.timeout), now: Fixture.at(0), draw: 0)) ?? .zero)
            _ = machine.handle(.timerFired(.next), now: Fixture.at(0), draw: 0)
            _ = machine.handle(.located([Fixture.hop(1)]), now: Fixture.at(0), draw: 0)
        }
        #expect(pauses.prefix(6) == [2, 4, 8, 16, 32, 60].map { .seconds($0) }[...])
        #expect(pauses.suffix(190).allSatisfy { $0 == .seconds(60) })
        for draw in [UInt64(1), 29_999_999_999, .max / 3, .max] {
            let short = TrunkMachine.shortened(.seconds(60), by: draw)
            #expect(short > .seconds(30) && short <= .seconds(60))
        }
        // One proof, and it begins anew.
        _ = machine.handle(Fixture.accepted(600), now: Fixture.at(0), draw: 0)
        #expect(machine.failureCount == 0)
    }

    @Test func `Retry-After is honoured, an hour at most`() {
        for (asked, expected) in [(300, 300), (100_000, 3600)] as [(UInt32, Int64)] {
            let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
            let effects = machine.handle(
                .answered(.refused(.serviceUnavailable, retryAfter: asked)), now: Fixture.at(0),
                draw: 0)
            #expect(pause(effects) == .seconds(expected))
        }
    }

    @Test func `a refresh that fails leaves the registration until it runs out`() {
        let machine = Fixture.machine(
            after: [.begin, .located([Fixture.hop(1)]), Fixture.accepted(600)])
        _ = machine.handle(.timerFired(.next), now: Fixture.at(500), draw: 0)
        _ = machine.handle(.located([Fixture.hop(1)]), now: Fixture.at(500), draw: 0)
        _ = machine.handle(.failed(.timeout), now: Fixture.at(532), draw: 0)
        #expect(machine.status.phase == .registered)
        #expect(machine.status.lastFailure != nil)
        #expect(machine.status.lastProof == Fixture.at(0))
        #expect(machine.handle(.timerFired(.lapse), now: Fixture.at(600), draw: 0) == [.tell])
        #expect(machine.status.phase == .failing)
        #expect(machine.state == .pausing)
    }

    @Test func `a probe that nobody answers means: sign in anew, wherever that works`() {
        let machine = Fixture.machine(
            after: [.begin, .located([Fixture.hop(1)]), Fixture.accepted(600)])
        _ = machine.handle(.timerFired(.next), now: Fixture.at(60), draw: 0)
        let effects = machine.handle(.failed(.timeout), now: Fixture.at(92), draw: 0)
        #expect(effects.contains(.locate))
        #expect(effects.contains(.block(Fixture.hop(1), pause: nil)))
        #expect(machine.status.phase == .failing)
    }

    @Test func `a connection that is lost is a registration that is lost`() {
        let flow = Fixture.flow(1, .tcp)
        let machine = Fixture.machine(
            after: [.begin, .located([Fixture.hop(1)]), Fixture.accepted(600, on: flow)])
        let other = machine.handle(
            .flowLost(Fixture.flow(2, .tcp)), now: Fixture.at(5), draw: 0)
        #expect(other.isEmpty)
        let effects = machine.handle(.flowLost(flow), now: Fixture.at(5), draw: 0)
        #expect(pause(effects) == .seconds(2))
        #expect(machine.status.phase == .failing)
    }

    @Test func `behind NAT the contact that works is registered, once a round`() {
        let seen = SocketAddress(address: IPAddress(v4: 0xCB00_7101), port: 40_000)
        let machine = Fixture.machine(after: [.begin, .located([Fixture.hop(1)])])
        let answer = TrunkMachine.Event.answered(
            .registered(for: 600, routes: [], on: Fixture.flow(1), seenAs: seen))
        let effects = machine.handle(answer, now: Fixture.at(0), draw: 0)
        #expect(effects.contains(.ask(.register(expires: 600), Fixture.hop(1))))
        #expect(machine.seenAs == seen)
        // A NAT that never keeps a port makes no storm.
        let moved = SocketAddress(address: seen.address, port: 40_001)
        let again = machine.handle(
            .answered(
                .registered(for: 600, routes: [], on: Fixture.flow(1), seenAs: moved)),
            now: Fixture.at(0), draw: 0)
        #expect(machine.state == .resting)
        #expect(!again.contains(.ask(.register(expires: 600), Fixture.hop(1))))
    }

    @Test func `a provider without registration is probed`() {
        let machine = Fixture.machine(
            Fixture.standing, after: [.begin, .located([Fixture.hop(1)])])
        #expect(machine.status.phase == .starting)
        _ = machine.handle(Fixture.alive(), now: Fixture.at(0), draw: 0)
        #expect(machine.status.phase == .reachable)
        _ = machine.handle(.timerFired(.next), now: Fixture.at(60), draw: 0)
        _ = machine.handle(.located([Fixture.hop(1)]), now: Fixture.at(60), draw: 0)
        _ = machine.handle(.failed(.timeout), now: Fixture.at(92), draw: 0)
        #expect(machine.status.phase == .failing)
    }

    @Test func `stopping signs out, answers a challenge, and ends`() {
        let machine = Fixture.machine(
            after: [.begin, .located([Fixture.hop(1)]), Fixture.accepted(600)])
        let effects = machine.handle(.stop, now: Fixture.at(9), draw: 0)
        #expect(effects.contains(.ask(.register(expires: 0), Fixture.hop(1))))
        let last = machine.handle(
            .answered(.challenged(isAnswerable: true)), now: Fixture.at(9), draw: 0)
        #expect(last.first == .askWithCredentials(.register(expires: 0), Fixture.hop(1)))
        #expect(last.last == .over)
        #expect(machine.status.phase == .stopped)
        let idle = Fixture.machine(Fixture.standing)
        #expect(idle.handle(.stop, now: Fixture.at(0), draw: 0).last == .over)
    }

    @Test func `whatever comes in whatever order, something is always under way until it is over`()
    {
        let random = RecordRandom(seed: 42)
        let seen = SocketAddress(address: IPAddress(v4: 0xCB00_7101), port: 1)
        let events: [TrunkMachine.Event] = [
            .begin, .located([]), .located([Fixture.hop(1)]),
            .located([Fixture.hop(1), Fixture.hop(2)]), .notLocated(.noSuchName("x")),
            Fixture.accepted(), Fixture.accepted(5), Fixture.accepted(600),
            Fixture.accepted(600, on: Fixture.flow(1, .tcp)), Fixture.alive(),
            .answered(.alive(on: Fixture.flow(1), seenAs: seen)),
            .answered(.registered(for: 90, routes: [], on: Fixture.flow(2), seenAs: seen)),
            .answered(.challenged(isAnswerable: true)),
            .answered(.challenged(isAnswerable: false)), .answered(.tooBrief(least: 900)),
            .answered(.tooBrief(least: 0)), .answered(.refused(.forbidden, retryAfter: nil)),
            .answered(.refused(.serviceUnavailable, retryAfter: .max)), .failed(.timeout),
            .failed(.transport(.unreachable)), .flowLost(Fixture.flow(1)),
            .flowLost(Fixture.flow(1, .tcp)), .timerFired(.next), .timerFired(.lapse),
        ]
        for plan in [Fixture.registering, Fixture.standing] {
            let machine = FedTrunk(plan)
            var isTimerSet = false
            _ = machine.handle(.begin, now: Fixture.at(0), draw: random.next())
            for step in 0..<50_000 {
                let event = events[Int(random.below(UInt64(events.count)))]
                if event == .timerFired(.next) {
                    // Only a timer that is set fires, once.
                    guard isTimerSet else { continue }
                    isTimerSet = false
                }
                let before = machine.state
                let effects = machine.handle(
                    event, now: Fixture.at(Int64(step)), draw: random.next())
                for effect in effects {
                    if case .start(.next, let pause) = effect {
                        #expect(pause >= .zero && pause <= TrunkMachine.longestRetryAfter)
                        isTimerSet = true
                    }
                    if effect == .stop(.next) { isTimerSet = false }
                }
                switch machine.state {
                case .resting, .pausing: #expect(isTimerSet, "\(before) \(event)")
                case .locating:
                    #expect(before == .locating || effects.contains(.locate))
                case .asking(let asking):
                    let isAsked =
                        effects.contains(.ask(asking.purpose, asking.hop))
                        || effects.contains(.askWithCredentials(asking.purpose, asking.hop))
                    #expect(before == machine.state || isAsked, "\(before) \(event)")
                case .idle, .leaving, .gone: Issue.record("nobody stopped it: \(event)")
                }
            }
            // Every state can be stopped, and then ends with one more word.
            _ = machine.handle(.stop, now: Fixture.at(50_000), draw: 0)
            _ = machine.handle(.failed(.timeout), now: Fixture.at(50_000), draw: 0)
            #expect(machine.state == .gone)
        }
    }
}
