import Media
import Platform
import Testing

@testable import PBX

/// Who is in a conference, and how one comes in.
struct ConferenceTests {
    private let callIDs: [CallID]
    private let name = ConferenceName.spoken(SoundClip(samples: []))
    private let conferenceID: ConferenceID

    init() throws {
        let random = RecordRandom()
        callIDs = (0..<40).map { number in
            CallID(at: WallTime(microseconds: number * 1_000), random: random)
        }
        conferenceID = try #require(ConferenceID("42"))
    }

    private func feed(
        _ conference: inout Conference, _ event: Conference.Event
    ) -> [Conference.Effect] {
        conference.handle(event)
    }

    private func feed(
        _ entrance: inout ConferenceEntrance, _ event: ConferenceEntrance.Event
    ) -> [ConferenceEntrance.Effect] {
        entrance.handle(event)
    }

    @Test func `the first is asked to create it, the next ones are not, and all are told of names`()
    {
        var conference = Conference(limit: 32)
        let (one, two, three) = (callIDs[0], callIDs[1], callIDs[2])
        #expect(feed(&conference, .knocked(one)) == [.answer(one, .isNew)])
        #expect(feed(&conference, .knocked(two)) == [.answer(two, .isNew)])
        #expect(feed(&conference, .opened(one)) == [])
        #expect(feed(&conference, .knocked(three)) == [.answer(three, .isOpen)])
        #expect(feed(&conference, .entered(one, name)) == [.answer(one, .admitted)])
        #expect(
            feed(&conference, .entered(two, .number("101")))
                == [.answer(two, .admitted), .announce(.number("101"), .came)])
        // Who goes from the door was never heard of.
        #expect(feed(&conference, .left(three)) == [])
        #expect(feed(&conference, .left(one)) == [.announce(name, .went)])
        #expect(feed(&conference, .left(two)) == [.close])
        #expect(feed(&conference, .left(two)) == [])
    }

    @Test func `a conference that its creator leaves before anybody is in is new again`() {
        var conference = Conference(limit: 32)
        let (one, two) = (callIDs[0], callIDs[1])
        _ = feed(&conference, .knocked(one))
        _ = feed(&conference, .opened(one))
        _ = feed(&conference, .knocked(two))
        #expect(feed(&conference, .left(one)) == [])
        #expect(feed(&conference, .knocked(two)) == [.answer(two, .isNew)])
        #expect(feed(&conference, .left(two)) == [.close])
    }

    @Test func `the 33rd is told that it is full, at the door or after saying its name`() {
        var conference = Conference(limit: 32)
        for callID in callIDs.prefix(31) {
            _ = feed(&conference, .knocked(callID))
            _ = feed(&conference, .entered(callID, .unknown))
        }
        let (last, late, later) = (callIDs[31], callIDs[32], callIDs[33])
        #expect(feed(&conference, .knocked(late)) == [.answer(late, .isOpen)])
        _ = feed(&conference, .entered(last, .unknown))
        #expect(feed(&conference, .entered(late, .unknown)) == [.answer(late, .isFull)])
        #expect(feed(&conference, .knocked(later)) == [.answer(later, .isFull)])
        #expect(conference.insideCount == 32)
        _ = feed(&conference, .left(callIDs[5]))
        #expect(feed(&conference, .knocked(later)) == [.answer(later, .isOpen)])
    }

    @Test func `nobody comes in twice`() {
        var conference = Conference(limit: 2)
        let one = callIDs[0]
        _ = feed(&conference, .knocked(one))
        #expect(feed(&conference, .entered(one, name)) == [.answer(one, .admitted)])
        #expect(feed(&conference, .entered(one, name)) == [])
        #expect(feed(&conference, .left(one)) == [.close])
    }

    @Test func `whatever comes in whatever order, it closes with the last and never before`() {
        var draw = UInt64(11)
        func next() -> UInt64 {
            draw = draw &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return draw >> 33
        }
        for _ in 0..<200 {
            var conference = Conference(limit: 3)
            var present: Set<CallID> = []
            for _ in 0..<60 {
                let callID = callIDs[Int(next() % 6)]
                switch next() % 4 {
                case 0:
                    present.insert(callID)
                    #expect(!feed(&conference, .knocked(callID)).contains(.close))
                case 1: #expect(feed(&conference, .opened(callID)) == [])
                case 2 where present.contains(callID):
                    #expect(!feed(&conference, .entered(callID, .unknown)).contains(.close))
                default:
                    let wasPresent = present.remove(callID) != nil
                    let effects = feed(&conference, .left(callID))
                    #expect(effects.contains(.close) == (wasPresent && present.isEmpty))
                }
                #expect(conference.isEmpty == present.isEmpty)
                #expect(conference.insideCount <= 3)
            }
        }
    }

    // MARK: The entrance

    @Test func `the first enters an ID, creates, says its name, presses a key, and is in`() {
        var entrance = ConferenceEntrance()
        #expect(feed(&entrance, .began(nil)) == [.say([.askConference], thenTone: true)])
        #expect(feed(&entrance, .finished) == [])
        #expect(feed(&entrance, .pressed("4")) == [.hush])
        #expect(feed(&entrance, .pressed("2")) == [.hush])
        #expect(feed(&entrance, .pressed("#")) == [.hush, .knock(conferenceID)])
        let question: [Prompt] = [
            .enteringConference, .digits(4), .digits(2), .ifCorrectPress, .star, .orPoundToCancel,
        ]
        #expect(feed(&entrance, .answered(.isNew)) == [.say(question, thenTone: true)])
        #expect(feed(&entrance, .pressed("7")) == [])
        #expect(
            feed(&entrance, .pressed("*")) == [.open, .say([.sayYourName], thenTone: true)])
        #expect(feed(&entrance, .pressed("*")) == [])
        #expect(feed(&entrance, .finished) == [.tape])
        #expect(feed(&entrance, .pressed("1")) == [.enter(isNamed: true)])
        #expect(!entrance.isInside)
        #expect(feed(&entrance, .answered(.admitted)) == [])
        #expect(entrance.isInside)
        #expect(feed(&entrance, .pressed("#")) == [])
    }

    @Test func `who cancels is asked for another ID, and who finds it open only for its name`() {
        var entrance = ConferenceEntrance()
        _ = feed(&entrance, .began(nil))
        _ = feed(&entrance, .pressed("4"))
        _ = feed(&entrance, .pressed("#"))
        _ = feed(&entrance, .answered(.isNew))
        #expect(
            feed(&entrance, .pressed("#")) == [.leave, .say([.askConference], thenTone: true)])
        #expect(
            feed(&entrance, .pressed("#"))
                == [.say([.noSuchConference, .askConference], thenTone: true)])
        for key in "42" { _ = feed(&entrance, .pressed(key)) }
        #expect(feed(&entrance, .pressed("#")) == [.hush, .knock(conferenceID)])
        #expect(feed(&entrance, .answered(.isOpen)) == [.say([.sayYourName], thenTone: true)])
        #expect(feed(&entrance, .pressed("#")) == [.tape])
        #expect(feed(&entrance, .finished) == [.enter(isNamed: true)])
    }

    @Test func `who dials the ID at once is asked nothing`() {
        var entrance = ConferenceEntrance()
        #expect(feed(&entrance, .began(conferenceID)) == [.knock(conferenceID)])
        #expect(feed(&entrance, .answered(.isNew)) == [.enter(isNamed: false)])
        #expect(feed(&entrance, .answered(.admitted)) == [])
        #expect(entrance.isInside)
    }

    @Test(arguments: 0...2)
    func `who finds it full hears so and is let go`(how: Int) {
        var entrance = ConferenceEntrance()
        _ = feed(&entrance, .began(conferenceID))
        if how > 0 { _ = feed(&entrance, .answered(.isOpen)) }
        if how > 1 { _ = feed(&entrance, .answered(.admitted)) }
        #expect(
            feed(&entrance, .answered(.isFull))
                == [.leave, .say([.conferenceIsFull, .goodbye], thenTone: false)])
        #expect(feed(&entrance, .finished) == [.hangUp])
        #expect(feed(&entrance, .answered(.isFull)) == [])
    }

    @Test func `a name that was not said is an extension's number, or nothing`() {
        #expect(ConferenceName(number: "101") == .number("101"))
        #expect(ConferenceName(number: "anonymous") == .unknown)
        #expect(ConferenceName(number: "") == .unknown)
        #expect(ConferenceName(number: "+4930123") == .unknown)
        #expect(Prompt.spelled("107") == [.digits(1), .digits(0), .digits(7)])
    }
}
