import Platform
import SIPStack

/// Bans, and what each extension may begin.
extension Exchange {
    /// A source was banned: everybody who looks on hears of it.
    func tell(_ ban: Ban) {
        tally.bans += 1
        let shown = BanPicture(ban, now: world.time.now)
        world.recorder.record(
            .warning, "source.banned",
            [
                ("source", shown.source), ("why", ban.reason.rawValue),
                ("seconds", String(shown.secondsLeft)),
            ])
        events.tell(.sourceBanned(shown))
    }

    public nonisolated func drain(isOn: Bool, _ then: @escaping @Sendable (Int) -> Void) {
        mailbox.post(.refuseCalls(isOn, reply: then))
    }

    public nonisolated func listBans(_ then: @escaping @Sendable ([BanPicture]) -> Void) {
        let now = world.time.now
        then(doorkeeper.bans(now: now).map { BanPicture($0, now: now) })
    }

    public nonisolated func liftBan(
        of address: IPAddress, _ then: @escaping @Sendable (Bool) -> Void
    ) {
        let wasBanned = doorkeeper.lift(address, now: world.time.now)
        if wasBanned { events.tell(.banLifted(source: "\(SourceKey(address))")) }
        then(wasBanned)
    }

    func forgetCall(_ callID: CallID) {
        guard let ended = calls.removeValue(forKey: callID) else { return }
        guard let beginner = ended.call.setup.device?.extensionID else { return }
        let rest = begunCalls[beginner, default: 1] - 1
        begunCalls[beginner] = rest > 0 ? rest : nil
    }
}
