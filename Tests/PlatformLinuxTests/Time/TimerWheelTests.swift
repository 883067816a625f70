import Platform
import Testing

@testable import PlatformLinux

@Suite struct TimerWheelTests {
    private static let tick: Int64 = 1 << 20

    /// What the wheel must do, in the plainest way: ticks and a list.
    private struct NaiveWheel {
        var elapsed: Int64 = 0
        var armed: [TimerWheel.TimerID: Int64] = [:]

        mutating func arm(_ timer: TimerWheel.TimerID, at deadline: Instant) {
            let nanoseconds = max(0, deadline.nanoseconds)
            let tick = nanoseconds / TimerWheelTests.tick
            let isWhole = nanoseconds % TimerWheelTests.tick == 0
            armed[timer] = max(isWhole ? tick : tick + 1, elapsed + 1)
        }

        mutating func advance(to now: Instant) -> [TimerWheel.TimerID: Int64] {
            elapsed = max(elapsed, now.nanoseconds / TimerWheelTests.tick)
            let due = armed.filter { $0.value <= elapsed }
            for timer in due.keys { armed[timer] = nil }
            return due
        }
    }

    @Test(arguments: 1...24)
    func `the wheel fires what a plain list fires`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var wheel = TimerWheel(now: .start)
        var model = NaiveWheel()
        var timers = (0..<60).map { _ in wheel.makeTimer() }
        var now: Int64 = 0
        for _ in 0..<4000 {
            let place = generator.below(timers.count)
            switch generator.below(12) {
            case 0...5:
                // From the past over every level to decades away.
                let delay = Int64(generator.next() >> UInt64(8 + generator.below(54)))
                let deadline = Instant(nanoseconds: now + delay - 2_000_000)
                wheel.arm(timers[place], at: deadline)
                model.arm(timers[place], at: deadline)
            case 6, 7:
                wheel.disarm(timers[place])
                model.armed[timers[place]] = nil
            case 8:
                wheel.remove(timers[place])
                model.armed[timers[place]] = nil
                timers[place] = wheel.makeTimer()
            default:
                now += Int64(generator.next() >> UInt64(24 + generator.below(40)))
                expectSame(&wheel, &model, at: Instant(nanoseconds: now))
            }
            #expect(wheel.armedCount == model.armed.count)
            #expect(wheel.count == timers.count)
        }
        expectSame(&wheel, &model, at: Instant(nanoseconds: .max))
        #expect(wheel.armedCount == 0)
        #expect(wheel.nextWake == nil)
    }

    private func expectSame(
        _ wheel: inout TimerWheel, _ model: inout NaiveWheel, at now: Instant
    ) {
        // A wheel that is never woken after `nextWake` must not miss anything.
        let earliest = model.armed.values.min()
        if let earliest {
            let wake = wheel.nextWake?.nanoseconds ?? .max
            #expect(wake <= earliest << 20)
        } else {
            #expect(wheel.nextWake == nil)
        }
        var fired: [TimerWheel.TimerID] = []
        wheel.advance(to: now, into: &fired)
        let due = model.advance(to: now)
        #expect(Set(fired) == Set(due.keys))
        #expect(fired.count == due.count)
        let ticks = fired.map { due[$0] ?? -1 }
        #expect(ticks == ticks.sorted(), "the earliest comes first")
    }

    @Test func `waking at nextWake only, each timer fires within a tick of its deadline`() {
        var generator = SeededGenerator(seed: 99)
        var wheel = TimerWheel(now: .start)
        var deadlines: [TimerWheel.TimerID: Int64] = [:]
        for _ in 0..<2000 {
            let timer = wheel.makeTimer()
            let deadline = 1 + Int64(generator.next() >> UInt64(20 + generator.below(30)))
            deadlines[timer] = deadline
            wheel.arm(timer, at: Instant(nanoseconds: deadline))
        }
        var wakeCount = 0
        while let wake = wheel.nextWake {
            wakeCount += 1
            var fired: [TimerWheel.TimerID] = []
            wheel.advance(to: wake, into: &fired)
            for timer in fired {
                let late = wake.nanoseconds - (deadlines.removeValue(forKey: timer) ?? .min)
                #expect((0..<Self.tick).contains(late))
            }
        }
        #expect(deadlines.isEmpty)
        // At most one wake-up a level on the way down, for each timer.
        #expect(wakeCount <= 2000 * 8)
    }

    @Test func `ten thousand armings of one timer leave one`() {
        var wheel = TimerWheel(now: .start)
        let timer = wheel.makeTimer()
        for step in 0..<10_000 {
            wheel.arm(timer, at: Instant(nanoseconds: Int64(step) * 7_000_000))
        }
        #expect(wheel.armedCount == 1)
        var fired: [TimerWheel.TimerID] = []
        wheel.advance(to: Instant(nanoseconds: .max), into: &fired)
        #expect(fired == [timer])
    }
}
