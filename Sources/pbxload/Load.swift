import Foundation
import Platform
import PlatformLinux
import Sim

/// One load from its start to its report: makes world, network and phones, runs, and takes down.
struct Load {
    let order: LoadOrder

    func run() async throws -> LoadReport {
        let linux = try LinuxWorld(recorder: SilentRecorder())
        let network = LoadNetwork(
            transport: order.transport, local: order.local,
            hasConnectionEach: order.hasConnectionEach, verification: order.verification,
            shardCount: ProcessInfo.processInfo.activeProcessorCount, world: linux.world)
        let sockets =
            order.plan.sound == .off
            ? nil : try SoundSockets(ports: order.soundPorts, time: linux.time)
        try sockets?.start()
        let soundTimers = sockets == nil ? nil : try TimerThread(time: linux.time)
        let sound = LiveSound(
            local: order.local, sockets: sockets, timers: soundTimers,
            isPublicAllowed: order.isPublicAllowed)
        try await network.start()

        let before = ProcessUsage.now
        let run = LoadRun(plan: order.plan, world: linux.world)
        try StopSignals.watch { run.stop() }
        let phones = makePhones(network, sound, run, linux.world)
        let printer = order.isQuiet ? nil : ProgressPrinter(run: run, world: linux.world)
        await run.run(phones: phones)
        let end = linux.time.now
        withExtendedLifetime((printer, phones)) {}

        await network.shutdown()
        sockets?.shutdown()
        soundTimers?.shutdown()
        await linux.shutdown()
        return report(of: run, before: before, end: end, withheld: sound.withheldCount)
    }

    private func makePhones(
        _ network: LoadNetwork, _ sound: LiveSound, _ run: LoadRun, _ world: World
    ) -> [VirtualPhone] {
        let habits = PhoneHabits(
            drill: PhoneDrill(
                registers: order.plan.registers, talkTime: order.plan.talkTime,
                patience: order.plan.patience),
            transport: order.transport, registrationExpiry: order.registrationExpiry,
            ringTime: order.plan.ringTime)
        let diary = PhoneDiary { run.note($0) }
        return order.phones.enumerated().map { index, entry in
            VirtualPhone(
                phone: UInt32(index),
                setup: PhoneSetup(
                    number: entry.number, authName: entry.number, password: entry.password,
                    domain: order.domain, registrar: order.remote),
                habits: habits,
                place: LivePlace(name: "phone-\(entry.number)", network: network, sound: sound),
                world: world, random: world.random, numbers: [], diary: diary,
                sound: order.plan.sound)
        }
    }

    private func report(
        of run: LoadRun, before: ProcessUsage, end: Instant, withheld: Int
    ) -> LoadReport {
        let core = run.core
        let registered = run.usage(at: .calling) ?? run.usage(at: .leaving) ?? before
        let called = run.usage(at: .leaving) ?? run.usage(at: .over) ?? registered
        let registering = registered.cpuSeconds - before.cpuSeconds
        let calling = called.cpuSeconds - registered.cpuSeconds
        let count = core.tally
        func each(_ seconds: Double, _ count: Int) -> Double? {
            count > 0 ? seconds * 1e6 / Double(count) : nil
        }
        let memory = registered.peakMemoryBytes - before.peakMemoryBytes
        return LoadReport(
            target: "\(order.transport.rawValue):\(order.remote)", core: core,
            callingSeconds: core.callingBegan.map {
                ((core.callingEnded ?? end) - $0) / .seconds(1)
            } ?? 0,
            withheldPackets: withheld,
            usage: LoadReport.Usage(
                registeringCPUSeconds: registering, callingCPUSeconds: calling,
                registrationCPUMicroseconds: order.plan.registers
                    ? each(registering, count.registeredCount) : nil,
                callCPUMicroseconds: each(calling, count.placedCount),
                peakMemoryBytes: ProcessUsage.now.peakMemoryBytes,
                memoryBytesPerPhone: max(0, memory) / max(1, order.phones.count)),
            maxFailures: order.maxFailures)
    }
}

/// Phones' traces are of no use here: what counts is in their diary.
private struct SilentRecorder: EventRecorder {
    var level: RecordedEvent.Level { .error }

    func record(_ event: RecordedEvent) {}
}
