import SIPStack
import Testing

@testable import PBX

/// Numbers at which the exchange itself answers.
struct HouseTests {
    @Test func `each number leads to its place, and a conference's may be dialled at once`() {
        let house = HouseNumbers()
        #expect(house.place(of: "*80") == .echo)
        #expect(house.place(of: "*81") == .melody)
        #expect(house.place(of: "*82") == .clock)
        #expect(house.place(of: "*83") == .playback)
        #expect(house.place(of: "*84") == .levelTone)
        #expect(house.place(of: "700") == .conference(nil))
        #expect(house.place(of: "700*1234") == ConferenceID("1234").map { .conference($0) })
        for digits in ["", "*8", "*800", "7001234", "700*", "700*12a", "700*1234567890123"] {
            #expect(house.place(of: digits) == nil, "\(digits)")
        }
        #expect(HouseNumbers(echo: nil).place(of: "*80") == nil)
    }

    @Test func `the same ID is the same room, another is another`() {
        let rooms = ["1", "2", "12", "21", "012"].compactMap { ConferenceID($0)?.roomID }
        #expect(Set(rooms).count == 5)
        #expect(ConferenceID("12")?.roomID == ConferenceID("12")?.roomID)
    }

    @Test func `the door opens at an ID and #, and asks again at anything else`() {
        var door = ConferenceDoor()
        func press(_ keys: String) -> [ConferenceDoor.Effect] {
            keys.compactMap { door.press($0) }
        }
        func opening(_ digits: String) -> [ConferenceDoor.Effect] {
            ConferenceID(digits).map { [.open($0)] } ?? []
        }
        #expect(press("12") == [])
        #expect(press("34#") == opening("1234"))
        #expect(press("#") == [.askAgain])
        #expect(press("99*5#") == [.askAgain] + opening("5"))
        // Longer than an ID may be, and then still not remembered.
        #expect(press(String(repeating: "7", count: 5_000) + "#") == [.askAgain])
        #expect(press("AB!8#") == opening("8"))
    }

    /// Feeds one event: `#expect` can't call what mutates.
    private func feed(
        _ machine: inout CallMachine, _ event: CallMachine.Event
    ) -> [CallMachine.Effect] {
        machine.handle(event)
    }

    @Test func `a call that the exchange answers ends with its caller, and knows no callee`() {
        var machine = CallMachine(ringingTime: .seconds(30))
        #expect(feed(&machine, .attended) == [.attend, .note(.answered, .caller)])
        #expect(feed(&machine, .offered(.caller)) == [.settleOffer(.caller)])
        #expect(feed(&machine, .informed(.caller, 7)) == [.concludeInform(7, .ok)])
        for late: CallMachine.Event in [.found([[]]), .ringingTimedOut, .attended] {
            #expect(feed(&machine, late) == [])
        }
        let effects = feed(&machine, .ended(.caller, .byRemote(reason: nil)))
        #expect(effects == [.stopRingingTimer, .close(.callerHungUp)])
        #expect(machine.state == .ended(.callerHungUp))
    }

    @Test func `a caller that was answered here is hung up by order`() {
        var machine = CallMachine(ringingTime: .seconds(30))
        _ = feed(&machine, .attended)
        let isHungUp = feed(&machine, .hangUp(.administrator)).contains {
            if case .hangUp(.caller, _, _) = $0 { true } else { false }
        }
        #expect(isHungUp)
    }

    @Test func `a caller that is gone before its ports are open is not answered`() {
        var machine = CallMachine(ringingTime: .seconds(30))
        _ = feed(&machine, .ended(.caller, .cancelledByRemote))
        #expect(feed(&machine, .attended) == [])
    }
}
