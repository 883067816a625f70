import Testing

@testable import SIPStack

struct NonInviteServerTransactionTests {
    typealias Machine = NonInviteServerTransaction

    static func begun(isReliable: Bool = false) -> Machine {
        var machine = Machine(timing: TransactionTiming(), isReliable: isReliable)
        _ = machine.handle(.begin)
        return machine
    }

    @Test func `RFC 4320 §4.1: 100 is due when the peer's timer E has come to T2`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: false)
        #expect(
            machine.handle(.begin) == [
                .start(.pause, after: .milliseconds(3500)), .start(.patience, after: .seconds(32)),
            ])
        #expect(machine.handle(.retransmitted) == [])
        #expect(machine.handle(.timerFired(.pause)) == [.sendTrying])
        #expect(machine.handle(.retransmitted) == [.sendTrying])
    }

    @Test func `RFC 4320 §4.1: the owner's 100 goes out at once over a stream only`() {
        let trying = Fixture.response(.trying)
        var datagram = Self.begun()
        #expect(datagram.handle(.respond(trying)) == [])
        var stream = Self.begun(isReliable: true)
        #expect(stream.handle(.respond(trying)) == [.stop(.pause), .send(trying)])
        #expect(stream.handle(.respond(trying)) == [])
    }

    @Test func `RFC 4320 §4.1: no provisional response but 100 ever goes out`() {
        var machine = Self.begun(isReliable: true)
        #expect(machine.handle(.respond(Fixture.response(.ringing))) == [])
        _ = machine.handle(.timerFired(.pause))
        #expect(machine.handle(.respond(Fixture.response(.sessionProgress))) == [])
    }

    @Test func `RFC 4320 §4.2: a 408 is swallowed`() {
        var machine = Self.begun()
        #expect(
            machine.handle(.respond(Fixture.response(.requestTimeout))) == [
                .stop(.pause), .stop(.patience), .end,
            ])
    }

    @Test func `RFC 4320 §4.2: nothing goes out once the peer has given up`() {
        var machine = Self.begun()
        _ = machine.handle(.timerFired(.pause))
        #expect(machine.handle(.timerFired(.patience)) == [.fail(.timeout), .end])
        #expect(machine.handle(.respond(Fixture.response(.ok))) == [])
    }

    @Test func `the final response is sent again for each retransmission until timer J`() {
        var machine = Self.begun()
        let ok = Fixture.response(.ok)
        #expect(
            machine.handle(.respond(ok)) == [
                .stop(.pause), .stop(.patience), .send(ok), .start(.j, after: .seconds(32)),
            ])
        #expect(machine.handle(.retransmitted) == [.send(ok)])
        #expect(machine.handle(.respond(Fixture.response(.notFound))) == [])
        #expect(machine.handle(.timerFired(.j)) == [.end])
    }

    @Test func `over a stream timer J is zero`() {
        var machine = Self.begun(isReliable: true)
        #expect(machine.handle(.respond(Fixture.response(.ok))).last == .end)
    }
}
