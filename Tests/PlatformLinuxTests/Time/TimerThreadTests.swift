import Platform
import PlatformLinux
import Testing

@Suite struct TimerThreadTests {
    private let time = SystemTime()

    @Test func `an alarm fires at or after its deadline, and once`() async throws {
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        let fired = try Arrivals<Instant>()
        let alarm = timers.makeAlarm { [time] in fired.add(time.now) }
        let deadline = time.now + .milliseconds(20)
        alarm.set(deadline)
        let first = try await fired.wait(forCount: 1)[0]
        #expect(first >= deadline)
        alarm.set(time.now + .milliseconds(5))
        _ = try await fired.wait(forCount: 2)
        #expect(fired.values.count == 2)
    }

    @Test func `a disarmed or moved alarm does not fire at its first deadline`() async throws {
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        let fired = try Arrivals<String>()
        let disarmed = timers.makeAlarm { fired.add("disarmed") }
        let moved = timers.makeAlarm { fired.add("moved") }
        let plain = timers.makeAlarm { fired.add("plain") }
        let now = time.now
        disarmed.set(now + .milliseconds(30))
        moved.set(now + .milliseconds(30))
        plain.set(now + .milliseconds(60))
        disarmed.set(nil)
        moved.set(now + .milliseconds(90))
        #expect(try await fired.wait(forCount: 2) == ["plain", "moved"])
    }

    @Test func `an earlier alarm wakes a thread that sleeps towards a later one`() async throws {
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        let fired = try Arrivals<String>()
        let late = timers.makeAlarm { fired.add("late") }
        late.set(time.now + .seconds(3600))
        let early = timers.makeAlarm { fired.add("early") }
        early.set(time.now + .milliseconds(10))
        #expect(try await fired.wait(forCount: 1) == ["early"])
        late.set(nil)
    }

    @Test func `letting go of an alarm disarms it and frees what it would call`() throws {
        final class Owner: Sendable {}
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        var owner: Owner? = Owner()
        weak let weakly = owner
        var alarm: (any Alarm)? = timers.makeAlarm { [owner] in _ = owner }
        alarm?.set(time.now + .seconds(3600))
        #expect(timers.alarmCount == 1)
        owner = nil
        #expect(weakly != nil)
        alarm = nil
        #expect(weakly == nil)
        #expect(timers.alarmCount == 0)
    }

    @Test func `alarms may be made, set and let go inside what an alarm calls`() async throws {
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        let fired = try Arrivals<Int>()
        let held = Locked<(any Alarm)?>(nil)
        let first = timers.makeAlarm { [time] in
            let second = timers.makeAlarm { fired.add(2) }
            second.set(time.now)
            held.change { $0 = second }
            fired.add(1)
        }
        first.set(time.now)
        #expect(try await fired.wait(forCount: 2) == [1, 2])
        held.change { $0 = nil }
    }

    @Test func `alarms set from many threads all fire, none before its deadline`() async throws {
        let timers = try TimerThread(time: time)
        defer { timers.shutdown() }
        let (threads, each) = (4, 250)
        let early = Locked(0)
        let fired = try Arrivals<Int>()
        let alarms = Locked<[any Alarm]>([])
        await withTaskGroup { [time] group in
            for thread in 0..<threads {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(thread))
                    for number in 0..<each {
                        let deadline = time.now + .microseconds(generator.below(40_000))
                        let alarm = timers.makeAlarm {
                            if time.now < deadline { early.change { $0 += 1 } }
                            fired.add(thread * each + number)
                        }
                        alarm.set(time.now + .seconds(60))
                        alarm.set(deadline)
                        alarms.change { $0.append(alarm) }
                    }
                }
            }
        }
        let all = try await fired.wait(forCount: threads * each)
        #expect(Set(all) == Set(0..<threads * each))
        #expect(early.value == 0)
        alarms.change { $0 = [] }
        #expect(timers.alarmCount == 0)
    }

    @Test func `after shutdown nothing fires, and alarms may still be let go`() throws {
        let timers = try TimerThread(time: time)
        let count = Locked(0)
        let alarm = timers.makeAlarm { count.change { $0 += 1 } }
        timers.shutdown()
        alarm.set(time.now)
        #expect(count.value == 0)
    }
}

@Suite struct ClockAndRandomTests {
    @Test func `the monotonic clock begins near zero and never goes back`() {
        let time = SystemTime()
        var last = time.now
        #expect(last >= .start && last < .start + .seconds(5))
        for _ in 0..<10_000 {
            let now = time.now
            #expect(now >= last)
            last = now
        }
        #expect(time.wallTime.description > "2025")
    }

    @Test func `random numbers differ, over many pools and threads`() async {
        let random = KernelRandom()
        let drawn = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { (0..<1000).map { _ in random.next() } } }
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }
        #expect(drawn.count == 4000)
    }

    @Test func `a thread runs, and joining waits for its end`() throws {
        let isDone = Locked(false)
        let thread = try PlatformThread(named: "a name that is too long") {
            isDone.change { $0 = true }
        }
        thread.join()
        #expect(isDone.value)
        thread.join()
        #expect(!thread.isCurrent)
    }
}
