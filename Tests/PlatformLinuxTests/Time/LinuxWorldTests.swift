import Platform
import PlatformLinux
import Testing

@Suite struct LinuxWorldTests {
    private final class Silence: EventRecorder {
        var level: RecordedEvent.Level { .error }
        func record(_ event: RecordedEvent) {}
    }

    @Test func `the assembled world tells time, wakes, draws and stores, and ends in order`()
        async throws
    {
        let linux = try LinuxWorld(recorder: Silence())
        let woken = try Arrivals<Instant>()
        let time = linux.world.time
        let alarm = linux.world.timers.makeAlarm { woken.add(time.now) }
        let deadline = time.now + .milliseconds(5)
        alarm.set(deadline)
        #expect(try await woken.wait(forCount: 1)[0] >= deadline)
        #expect(linux.world.random.token(20) != linux.world.random.token(20))
        let stored = Locked(0)
        for _ in 0..<100 { linux.storage.perform { stored.change { $0 += 1 } } }
        await linux.shutdown()
        #expect(stored.value == 100)
        alarm.set(time.now)
    }
}
