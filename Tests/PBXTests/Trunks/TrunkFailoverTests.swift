import Platform
import SIPStack
import Testing

@testable import PBX

/// Ways out of a call, tried one after the other.
@Suite struct TrunkFailoverTests {
    private func target(_ index: Int) -> RingTarget {
        let hop = TrunkFixture.hop(UInt32(index))
        var target = RingTarget(
            uri: .sip(SIPURI(user: "0664", host: .name("p.example"))), routes: [],
            destination: hop.destination, flow: TrunkFixture.flow(UInt32(index)))
        target.wayOut = index
        return target
    }

    private func ringing(_ count: Int) -> CallMachine {
        var machine = CallMachine(ringingTime: .seconds(60))
        _ = machine.handle(.found([(0..<count).map { target($0) }]))
        return machine
    }

    private let first = LegNumber(number: 1)
    private let second = LegNumber(number: 2)

    @Test(arguments: [
        Status.serviceUnavailable, .requestTimeout, .serverInternalError, .badGateway,
        .unauthorized, .proxyAuthenticationRequired,
    ])
    func `a provider's own failure tries the next way`(status: Status) {
        var machine = ringing(2)
        let effects = machine.handle(.refused(first, status))
        #expect(effects == [.ring(second, target(1))])
        let last = machine.handle(.refused(second, status))
        #expect(last.contains { if case .close = $0 { true } else { false } })
    }

    @Test(arguments: [
        Status.busyHere, .notFound, .forbidden, .decline, .temporarilyUnavailable,
        .busyEverywhere,
    ])
    func `what the callee's end said is final`(status: Status) {
        var machine = ringing(2)
        let effects = machine.handle(.refused(first, status))
        #expect(effects.contains { if case .close = $0 { true } else { false } })
    }

    @Test func `after early media nothing else is tried`() {
        var machine = ringing(2)
        _ = machine.handle(.progressed(first, .sessionProgress, hasMedia: true))
        let effects = machine.handle(.refused(first, .serviceUnavailable))
        #expect(effects.contains { if case .close = $0 { true } else { false } })
    }

    @Test func `a way that says nothing at all is left for the next, the last has more patience`() {
        var machine = ringing(2)
        let effects = machine.handle(.attemptTimedOut(first))
        #expect(
            effects == [
                .hangUp(first, .requestTimeout, reason: nil), .ring(second, target(1)),
            ])
        let last = machine.handle(.attemptTimedOut(second))
        #expect(last.isEmpty)
        // An answer that comes too late from the first is taken and hung up.
        let late = machine.handle(.answered(first))
        guard case .hangUp(first, .requestTerminated, _)? = late.first else {
            Issue.record("\(late)")
            return
        }
    }

    @Test func `a phone's other flow is not tried for what only trunks fail by`() {
        var machine = CallMachine(ringingTime: .seconds(60))
        var (one, other) = (target(0), target(1))
        one.wayOut = nil
        other.wayOut = nil
        _ = machine.handle(.found([[one, other]]))
        let effects = machine.handle(.refused(first, .serverInternalError))
        #expect(effects.contains { if case .close = $0 { true } else { false } })
    }
}
