import PBX
import Platform
import PlatformLinux
import ServiceLifecycle
import UnixSignals

/// Keeps the exchange up until the end is asked for. Then it takes no new calls, lets those that are
/// up go on for a while, and hangs up what is left; a second signal hangs up at once.
struct ExchangeLife: Service {
    let exchange: Exchange
    let world: World
    /// How long calls may go on.
    let drainPatience: Duration

    /// How long calls get to say goodbye once they are hung up.
    private static let farewell = Duration.seconds(5)

    private enum End {
        case lastCallGone, patienceOver, askedAgain
    }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await gracefulShutdown()
        SupervisorNotice()?.send(.stopping)
        world.recorder.record(.info, "drain.begun")
        await withTaskGroup(of: Void.self) { group in
            let (ends, end) = AsyncStream.makeStream(of: End.self)
            group.addTask {
                // The first is the one that began this.
                for await _ in signals.dropFirst() { end.yield(.askedAgain) }
            }
            let alarm = world.timers.makeAlarm { end.yield(.patienceOver) }
            alarm.set(world.time.now + drainPatience)
            exchange.mailbox.post(.drain(hangUp: false) { end.yield(.lastCallGone) })
            for await reason in ends {
                if reason != .lastCallGone { await hangUpAll() }
                break
            }
            alarm.set(nil)
            group.cancelAll()
        }
    }

    private func hangUpAll() async {
        let (ending, end) = AsyncStream.makeStream(of: Never.self)
        let alarm = world.timers.makeAlarm { end.finish() }
        alarm.set(world.time.now + Self.farewell)
        exchange.mailbox.post(.drain(hangUp: true) { end.finish() })
        for await _ in ending {}
        alarm.set(nil)
    }
}
