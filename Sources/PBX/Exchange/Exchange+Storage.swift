import Platform

/// What the exchange does while its disk takes nothing: it goes on telephoning, keeps the records of
/// calls in memory, and asks the disk again and again.
extension Exchange {
    private static var firstRetryPause: Duration { .seconds(1) }
    private static var longestRetryPause: Duration { .seconds(30) }

    /// Hears of the store's trouble.
    nonisolated func watchStore() {
        store.setStallReceiver(
            Store.StallReceiver(
                stalled: { [mailbox] in mailbox.post(.storeStalled($0)) },
                resumed: { [mailbox] in mailbox.post(.storeResumed($0)) }))
    }

    func storeStalled(_ error: StoreError) {
        if storeRetryPause == nil {
            world.recorder.record(.warning, "store.stalled", [("why", "\(error)")])
        }
        let pause = storeRetryPause.map { min($0 * 2, Self.longestRetryPause) }
        storeRetryPause = pause ?? Self.firstRetryPause
        let alarm = storeAlarm ?? world.timers.makeAlarm { [store] in store.retry() }
        storeAlarm = alarm
        alarm.set(world.time.now + (storeRetryPause ?? .zero))
    }

    func storeResumed(_ count: Int) {
        storeRetryPause = nil
        storeAlarm = nil
        world.recorder.record(.info, "store.resumed", [("kept", String(count))])
    }
}
