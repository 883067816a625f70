import Media
import Platform
import SIPStack
import Testing

@testable import PBX

/// Callers of a phone that are fax machines.
@Suite struct FaxCallerTests {
    typealias World = CallWorld
    typealias Effect = CallMachine.Effect

    @Test func `a fax machine that called goes to the fax number as if it had been sent there`() {
        var machine = World.talking()
        #expect(
            machine.handle(.faxHeard(.caller)) == [
                .note(.transferStarted, World.first), .playMusic(.caller),
                .seekFax(askedBy: World.first),
            ])
        let effects = machine.handle(.attended)
        #expect(
            effects.contains(
                .hangUp(World.first, .requestTerminated, reason: CallMachine.transferred)))
        #expect(effects.contains(.welcome(.caller)))
        #expect(machine.state == .attended && machine.caller == .caller)
    }

    @Test func `where there is no fax number the two talk on`() {
        var machine = World.talking()
        _ = machine.handle(.faxHeard(.caller))
        let effects = machine.handle(.notFound(.unknownNumber))
        #expect(effects.contains(.resume(World.first, .caller)))
        #expect(machine.state == .talking(callee: World.first, turn: nil))
    }

    @Test func `where nobody talks with it nothing comes of the tone`() {
        var machine = CallMachine(ringingTime: .seconds(9))
        #expect(machine.handle(.faxHeard(.caller)).isEmpty)
        _ = machine.handle(.attended)
        #expect(machine.handle(.faxHeard(.caller)).isEmpty)
        var talking = World.talking()
        #expect(talking.handle(.faxHeard(LegNumber(number: 9))).isEmpty)
        _ = talking.handle(.faxHeard(.caller))
        #expect(talking.handle(.faxHeard(.caller)).isEmpty, "once is enough")
    }

    @Test func `what is done with them is off, an event, or a number`() {
        #expect(FaxDetection(rawValue: "off") == .off)
        #expect(FaxDetection(rawValue: "tell") == .tell)
        #expect(FaxDetection(rawValue: "*85") == .send(to: "*85"))
        for text in ["", "fax", "12 3", "sip:190"] { #expect(FaxDetection(rawValue: text) == nil) }
        for text in ["off", "tell", "190"] {
            #expect(FaxDetection(rawValue: text)?.rawValue == text)
        }
    }
}
