import Foundation
import Platform
import Synchronization

/// A line on standard error each second, away from the threads that keep time.
actor ProgressPrinter: MailboxOwner {
    enum Message: Sendable {
        case tick
    }

    private static let interval = Duration.seconds(1)

    nonisolated let mailbox = Mailbox<ProgressPrinter>()
    private let run: LoadRun
    private let time: any TimeSource
    private let alarm: any Alarm
    private let began: Instant
    private var lastPlaced = 0

    init(run: LoadRun, world: World) {
        self.run = run
        time = world.time
        began = world.time.now
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.tick) }
        mailbox.bind(to: self)
        alarm.set(began + Self.interval)
    }

    func handle(_ message: Message) {
        switch message {
        case .tick:
            let now = time.now
            let core = run.core
            let seconds = (now - began) / .seconds(1)
            let placed = core.tally.placedCount
            let line =
                "\(LoadReport.rounded(seconds, 1)) s  \(core.stage.rawValue)  "
                + "registered \(core.registeredPhoneCount)  calls \(placed) "
                + "(+\(placed - lastPlaced))  open \(core.openCalls)  "
                + "failures \(core.tally.failureCount)  missed \(core.tally.missedCount)\n"
            lastPlaced = placed
            FileHandle.standardError.write(Data(line.utf8))
            alarm.set(now + Self.interval)
        }
    }
}
