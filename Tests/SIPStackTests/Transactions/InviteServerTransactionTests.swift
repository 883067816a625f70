import Testing

@testable import SIPStack

struct InviteServerTransactionTests {
    typealias Machine = InviteServerTransaction

    static func begun(isReliable: Bool = false) -> Machine {
        var machine = Machine(timing: TransactionTiming(), isReliable: isReliable)
        _ = machine.handle(.begin)
        return machine
    }

    @Test func `RFC 3261 §17.2.1: 100 goes out where the owner is silent for 200 ms`() {
        var machine = Machine(timing: TransactionTiming(), isReliable: false)
        #expect(machine.handle(.begin) == [.start(.pause, after: .milliseconds(200))])
        #expect(machine.handle(.timerFired(.pause)) == [.sendTrying])
    }

    @Test func `a retransmitted INVITE gets the latest provisional response`() {
        var machine = Self.begun()
        #expect(machine.handle(.retransmitted) == [.sendTrying])
        let ringing = Fixture.response(.ringing)
        #expect(machine.handle(.respond(ringing)) == [.stop(.pause), .send(ringing)])
        #expect(machine.handle(.timerFired(.pause)) == [])
        let progress = Fixture.response(.sessionProgress)
        #expect(machine.handle(.respond(progress)) == [.send(progress)])
        #expect(machine.handle(.retransmitted) == [.send(progress)])
    }

    @Test func `a refusal is resent by timer G up to T2, until H or the ACK`() {
        var machine = Self.begun()
        let busy = Fixture.response(.busyHere)
        #expect(
            machine.handle(.respond(busy)) == [
                .stop(.pause), .send(busy), .start(.h, after: .seconds(32)),
                .start(.g, after: .milliseconds(500)),
            ])
        for seconds in [1, 2, 4, 4] {
            #expect(
                machine.handle(.timerFired(.g)) == [
                    .send(busy), .start(.g, after: .seconds(seconds)),
                ])
        }
        #expect(machine.handle(.retransmitted) == [.send(busy)])
        #expect(machine.handle(.respond(Fixture.response(.ok))) == [])
        var unacknowledged = machine
        #expect(unacknowledged.handle(.timerFired(.h)) == [.fail(.timeout), .end])
        #expect(
            machine.handle(.acknowledged) == [
                .stop(.g), .stop(.h), .start(.i, after: .seconds(5)),
            ])
        #expect(machine.handle(.acknowledged) == [])
        #expect(machine.handle(.retransmitted) == [])
        #expect(machine.handle(.timerFired(.i)) == [.end])
    }

    @Test
    func `a challenge is sent once for each INVITE, unless a provisional stopped those (8_2_7)`() {
        var machine = Self.begun()
        let challenge = Fixture.response(.unauthorized)
        #expect(
            machine.handle(.respond(challenge)) == [
                .stop(.pause), .send(challenge), .start(.h, after: .seconds(32)),
            ])
        #expect(machine.handle(.retransmitted) == [.send(challenge)])
        for event in [
            InviteServerTransaction.Event.timerFired(.pause), .retransmitted,
            .respond(Fixture.response(.ringing)),
        ] {
            var late = Self.begun()
            _ = late.handle(event)
            let effects = late.handle(.respond(challenge))
            #expect(effects.contains(.start(.g, after: .milliseconds(500))))
        }
    }

    @Test func `over a stream timer G does not run and timer I is zero`() {
        var machine = Self.begun(isReliable: true)
        let busy = Fixture.response(.busyHere)
        #expect(
            machine.handle(.respond(busy)) == [
                .stop(.pause), .send(busy), .start(.h, after: .seconds(32)),
            ])
        #expect(machine.handle(.acknowledged) == [.stop(.h), .end])
    }

    @Test func `RFC 6026: after a 2xx retransmitted INVITEs are absorbed, 2xx of the owner go out`()
    {
        var machine = Self.begun()
        let ok = Fixture.response(.ok)
        #expect(
            machine.handle(.respond(ok)) == [
                .stop(.pause), .send(ok), .start(.l, after: .seconds(32)),
            ])
        #expect(machine.handle(.retransmitted) == [])
        #expect(machine.handle(.respond(ok)) == [.send(ok)])
        #expect(machine.handle(.respond(Fixture.response(.busyHere))) == [])
        #expect(machine.handle(.acknowledged) == [])
        #expect(machine.handle(.timerFired(.l)) == [.end])
    }

    @Test func `a 2xx without ACK is reported when timer L ends it`() {
        var machine = Self.begun()
        _ = machine.handle(.respond(Fixture.response(.ok)))
        #expect(machine.handle(.timerFired(.l)) == [.fail(.timeout), .end])
    }

    @Test func `a transport failure after a 2xx is reported once`() {
        var machine = Self.begun()
        _ = machine.handle(.respond(Fixture.response(.ok)))
        #expect(machine.handle(.transportFailed(.closed)) == [.fail(.transport(.closed))])
        #expect(machine.handle(.timerFired(.l)) == [.end])
    }

    @Test func `a CANCEL is delivered once, and not after a final response`() {
        var machine = Self.begun()
        #expect(machine.handle(.cancelled) == [.deliverCancel])
        #expect(machine.handle(.cancelled) == [])
        _ = machine.handle(.respond(Fixture.response(.requestTerminated)))
        var answered = Self.begun()
        _ = answered.handle(.respond(Fixture.response(.ok)))
        #expect(answered.handle(.cancelled) == [])
    }
}
