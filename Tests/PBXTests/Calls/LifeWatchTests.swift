import Platform
import Testing

@testable import PBX

@Suite struct LifeWatchTests {
    /// The longest that an OPTIONS goes unanswered: 64·T1.
    static let patience = Duration.seconds(32)
    /// How long a stream is silent before the media plane says so.
    static let silence = Duration.seconds(10)

    @Test func `silence where sound is owed is asked about at once, and again`() {
        var watch = LifeWatch()
        _ = watch.handle(.expects(sound: true))
        #expect(watch.handle(.silent) == [.ask, .startTimer(after: LifeWatch.doubtPause)])
        #expect(watch.handle(.timer) == [.ask, .startTimer(after: LifeWatch.doubtPause)])
        #expect(watch.handle(.silent).isEmpty)
    }

    @Test func `sound ends the doubt`() {
        var watch = LifeWatch()
        _ = watch.handle(.expects(sound: true))
        _ = watch.handle(.silent)
        #expect(watch.handle(.heard) == [.stopTimer])
        #expect(watch.handle(.timer).isEmpty)
        #expect(watch.handle(.silent).first == .ask)
    }

    @Test func `a leg on hold owes no sound and is asked less often`() {
        var watch = LifeWatch()
        #expect(
            watch.handle(.expects(sound: false)) == [.startTimer(after: LifeWatch.restPause)])
        #expect(watch.handle(.silent).isEmpty)
        #expect(watch.handle(.timer) == [.ask, .startTimer(after: LifeWatch.restPause)])
        #expect(watch.handle(.expects(sound: true)) == [.stopTimer])
    }

    @Test func `a description that changes nothing doesn't put off the next question`() {
        var watch = LifeWatch()
        _ = watch.handle(.expects(sound: false))
        #expect(watch.handle(.expects(sound: false)).isEmpty)
        _ = watch.handle(.expects(sound: true))
        _ = watch.handle(.silent)
        #expect(watch.handle(.expects(sound: true)).isEmpty)
    }

    @Test func `nothing is asked before the answer or after the end`() {
        var watch = LifeWatch()
        #expect(watch.handle(.silent).isEmpty)
        #expect(watch.handle(.timer).isEmpty)
        _ = watch.handle(.expects(sound: false))
        #expect(watch.handle(.ended) == [.stopTimer])
        #expect(watch.handle(.timer).isEmpty)
        #expect(watch.handle(.silent).isEmpty)
    }

    @Test func `who vanishes is gone within 90 s, whatever was before`() {
        // Talking: the silence is noticed. Silent already, but alive: the next question. On hold:
        // the next question.
        #expect(Self.silence + Self.patience <= .seconds(90))
        #expect(LifeWatch.doubtPause + Self.patience <= .seconds(90))
        #expect(LifeWatch.restPause + Self.patience <= .seconds(90))
    }
}
