import Platform
import PlatformLinux
import Testing

@Suite struct StorageThreadTests {
    @Test func `jobs run in the order given, and shutdown runs what waits`() throws {
        let lane = try StorageThread()
        let done = Locked<[Int]>([])
        for number in 0..<5000 { lane.perform { done.change { $0.append(number) } } }
        lane.shutdown()
        #expect(done.value == Array(0..<5000))
        #expect(lane.depth == 0)
    }

    @Test func `a job given by a job during shutdown runs as well`() throws {
        let lane = try StorageThread()
        let done = Locked<[String]>([])
        lane.perform {
            done.change { $0.append("first") }
            lane.perform { done.change { $0.append("second") } }
        }
        lane.shutdown()
        #expect(done.value == ["first", "second"])
    }

    @Test func `a job after shutdown is refused and counted`() throws {
        let lane = try StorageThread()
        lane.shutdown()
        lane.perform { Issue.record("this must not run") }
        #expect(lane.refusedCount == 1)
    }

    @Test func `a job in no hurry waits for company, and keeps its place`() async throws {
        let lane = try StorageThread()
        defer { lane.shutdown() }
        let done = try Arrivals<Int>()
        lane.performUnhurried { done.add(1) }
        lane.performUnhurried { done.add(2) }
        lane.perform { done.add(3) }
        _ = try await done.wait(forCount: 3)
        #expect(done.values == [1, 2, 3])
        lane.performUnhurried { done.add(4) }
        _ = try await done.wait(forCount: 4)
        lane.performUnhurried { done.add(5) }
        lane.shutdown()
        #expect(done.values == [1, 2, 3, 4, 5])
    }

    @Test func `an idle lane takes jobs again`() async throws {
        let lane = try StorageThread()
        defer { lane.shutdown() }
        let done = try Arrivals<Int>()
        for number in 1...50 {
            lane.perform { done.add(number) }
            _ = try await done.wait(forCount: number)
        }
        #expect(done.values == Array(1...50))
    }
}
