import Testing

@testable import SIPStack

struct NonInviteClientTransactionTests {
    typealias Machine = NonInviteClientTransaction

    static func begun(isReliable: Bool = false) -> Machine {
        var machine = Machine(timing: TransactionTiming(), isReliable: isReliable)
        _ = machine.handle(.begin)
        return machine
    }

    @Test func `RFC 3261 §17.1.2.2: timer E doubles up to T2`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: false)
        #expect(
            machine.handle(.begin) == [
                .send, .start(.e, after: .milliseconds(500)), .start(.f, after: .seconds(32)),
            ])
        for seconds in [1, 2, 4, 4, 4] {
            #expect(
                machine.handle(.timerFired(.e)) == [.send, .start(.e, after: .seconds(seconds))])
        }
    }

    @Test func `after a provisional response timer E goes on at T2`() {
        var machine = Self.begun()
        let trying = Fixture.response(.trying)
        #expect(machine.handle(.response(trying)) == [.deliver(trying)])
        #expect(machine.handle(.timerFired(.e)) == [.send, .start(.e, after: .seconds(4))])
        #expect(machine.handle(.timerFired(.f)) == [.fail(.timeout), .end])
    }

    @Test func `a final response is delivered once; timer K absorbs the rest`() {
        var machine = Self.begun()
        let ok = Fixture.response(.ok)
        #expect(
            machine.handle(.response(ok)) == [
                .stop(.e), .stop(.f), .deliver(ok), .start(.k, after: .seconds(5)),
            ])
        #expect(machine.handle(.response(ok)) == [])
        #expect(machine.handle(.transportFailed(.sendFailed)) == [])
        #expect(machine.handle(.timerFired(.k)) == [.end])
    }

    @Test func `over a stream nothing is resent and timer K is zero`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: true)
        #expect(machine.handle(.begin) == [.send, .start(.f, after: .seconds(32))])
        #expect(machine.handle(.timerFired(.e)) == [])
        #expect(machine.handle(.response(Fixture.response(.ok))).last == .end)
    }

    @Test func `after a SUBSCRIBE timer K runs over a stream too, for the NOTIFY right behind`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: true, makesDialog: true)
        _ = machine.handle(.begin)
        let effects = machine.handle(.response(Fixture.response(.ok)))
        #expect(effects.last == .start(.k, after: .seconds(5)))
        #expect(machine.handle(.timerFired(.k)) == [.end])
    }

    @Test func `timer F and a transport failure end it`() {
        var machine = Self.begun()
        #expect(machine.handle(.timerFired(.f)) == [.fail(.timeout), .end])
        var other = Self.begun()
        #expect(
            other.handle(.transportFailed(.refused)) == [.fail(.transport(.refused)), .end])
        #expect(other.handle(.response(Fixture.response(.ok))) == [])
    }
}
