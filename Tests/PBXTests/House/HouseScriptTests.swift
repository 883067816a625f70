import Testing

@testable import PBX

/// What the exchange says and does where it speaks.
struct HouseScriptTests {
    private func feed(
        _ script: inout HouseScript, _ event: HouseScript.Event
    ) -> [HouseScript.Effect] {
        script.handle(event)
    }

    @Test func `the playback invites, keeps, plays, and says goodbye`() throws {
        var script = try #require(HouseScript(.playback))
        #expect(feed(&script, .finished) == [])
        #expect(feed(&script, .began) == [.say([.speakAfterTheTone], thenTone: true)])
        #expect(feed(&script, .pressed("5")) == [])
        #expect(feed(&script, .finished) == [.tape])
        #expect(feed(&script, .pressed("#")) == [.playTape])
        #expect(feed(&script, .pressed("#")) == [])
        #expect(feed(&script, .finished) == [.say([.goodbye], thenTone: false)])
        #expect(feed(&script, .finished) == [.hangUp])
        #expect(feed(&script, .finished) == [])
    }

    @Test func `a tape that ends by itself is played, too, and an invitation may be cut short`()
        throws
    {
        var script = try #require(HouseScript(.playback))
        _ = feed(&script, .began)
        #expect(feed(&script, .pressed("#")) == [.tape])
        #expect(feed(&script, .finished) == [.playTape])
    }

    @Test func `the clock goes on, but not for ever`() throws {
        var script = try #require(HouseScript(.clock))
        #expect(feed(&script, .began) == [.sayTime])
        var count = 1
        while feed(&script, .finished) == [.sayTime] { count += 1 }
        #expect(count == 30)
        #expect(feed(&script, .finished) == [.hangUp])
    }

    @Test func `where nothing is said step by step there is no script`() {
        for place in [HousePlace.echo, .melody, .levelTone, .conference(nil)] {
            #expect(HouseScript(place) == nil)
        }
    }
}
