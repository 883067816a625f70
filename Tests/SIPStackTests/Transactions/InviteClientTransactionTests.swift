import Testing

@testable import SIPStack

struct InviteClientTransactionTests {
    typealias Machine = InviteClientTransaction

    static func begun(isReliable: Bool = false) -> Machine {
        var machine = Machine(timing: TransactionTiming(), isReliable: isReliable)
        _ = machine.handle(.begin)
        return machine
    }

    @Test func `RFC 3261 §17.1.1.2: an INVITE over UDP is sent, with timers A and B`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: false)
        #expect(
            machine.handle(.begin) == [
                .send, .start(.a, after: .milliseconds(500)), .start(.b, after: .seconds(32)),
            ])
    }

    @Test func `timer A doubles without bound, and never over a stream`() {
        var machine = Self.begun()
        for seconds in [1, 2, 4, 8, 16] {
            #expect(
                machine.handle(.timerFired(.a)) == [.send, .start(.a, after: .seconds(seconds))])
        }
        var reliable = Machine(timing: TransactionTiming(), isReliable: true)
        #expect(reliable.handle(.begin) == [.send, .start(.b, after: .seconds(32))])
        #expect(reliable.handle(.timerFired(.a)) == [])
    }

    @Test func `timer B ends it as a timeout, a transport failure at once`() {
        var machine = Self.begun()
        #expect(machine.handle(.timerFired(.b)) == [.fail(.timeout), .end])
        #expect(machine.state == .terminated)
        var other = Self.begun()
        #expect(other.handle(.transportFailed(.closed)) == [.fail(.transport(.closed)), .end])
    }

    @Test func `a provisional response stops the retransmissions and goes up`() {
        var machine = Self.begun()
        let ringing = Fixture.response(.ringing)
        #expect(machine.handle(.response(ringing)) == [.stop(.a), .stop(.b), .deliver(ringing)])
        #expect(machine.handle(.response(ringing)) == [.deliver(ringing)])
        #expect(machine.handle(.timerFired(.a)) == [])
        #expect(machine.handle(.timerFired(.b)) == [])
    }

    @Test func `a refusal is acknowledged each time, delivered once`() {
        var machine = Self.begun()
        let busy = Fixture.response(.busyHere)
        #expect(
            machine.handle(.response(busy)) == [
                .stop(.a), .stop(.b), .acknowledge(busy), .deliver(busy),
                .start(.d, after: .seconds(32)),
            ])
        #expect(machine.handle(.response(busy)) == [.acknowledge(busy)])
        #expect(machine.handle(.response(Fixture.response(.ringing))) == [])
        #expect(machine.handle(.timerFired(.d)) == [.end])
    }

    @Test func `over a stream timer D is zero`() {
        var machine = Self.begun(isReliable: true)
        let busy = Fixture.response(.busyHere)
        #expect(machine.handle(.response(busy)).suffix(2) == [.deliver(busy), .end])
    }

    @Test func `RFC 6026: every 2xx is delivered until timer M`() {
        var machine = Self.begun()
        let ok = Fixture.response(.ok)
        let fork = Fixture.response(.ok, tag: "other")
        #expect(
            machine.handle(.response(ok)).suffix(2) == [
                .deliver(ok), .start(.m, after: .seconds(32)),
            ])
        #expect(machine.handle(.response(ok)) == [.deliver(ok)])
        #expect(machine.handle(.response(fork)) == [.deliver(fork)])
        #expect(machine.handle(.response(Fixture.response(.busyHere))) == [])
        #expect(machine.handle(.timerFired(.m)) == [.end])
        #expect(machine.handle(.response(ok)) == [])
    }

    @Test func `RFC 3261 §9.1: CANCEL waits for a provisional response`() {
        var machine = Self.begun()
        #expect(machine.handle(.cancel(.init(reason: "SIP;cause=200"))) == [])
        #expect(machine.handle(.timerFired(.a)) == [.send, .start(.a, after: .seconds(1))])
        let trying = Fixture.response(.trying)
        #expect(
            machine.handle(.response(trying)).suffix(2) == [
                .sendCancel(.init(reason: "SIP;cause=200")),
                .start(.cancelled, after: .seconds(32)),
            ])
        #expect(machine.handle(.cancel(.init())) == [])
        #expect(machine.handle(.timerFired(.cancelled)) == [.fail(.timeout), .end])
    }

    @Test func `a CANCEL after a provisional goes at once, after a final never`() {
        var machine = Self.begun()
        _ = machine.handle(.response(Fixture.response(.ringing)))
        #expect(
            machine.handle(.cancel(.init())) == [
                .sendCancel(.init()), .start(.cancelled, after: .seconds(32)),
            ])
        let terminated = Fixture.response(.requestTerminated)
        #expect(machine.handle(.response(terminated)).first == .stop(.cancelled))
        #expect(machine.handle(.cancel(.init())) == [])
        var accepted = Self.begun()
        _ = accepted.handle(.response(Fixture.response(.ok)))
        #expect(accepted.handle(.cancel(.init())) == [])
    }

    @Test func `a final response before any provisional makes a waiting CANCEL void`() {
        var machine = Self.begun()
        _ = machine.handle(.cancel(.init()))
        let effects = machine.handle(.response(Fixture.response(.ok)))
        #expect(!effects.contains(.sendCancel(.init())))
    }

    @Test func `a stream that closes while the phone rings does not end the call`() {
        var machine = Self.begun(isReliable: true)
        _ = machine.handle(.response(Fixture.response(.ringing)))
        #expect(machine.handle(.transportFailed(.closed)) == [])
    }
}
