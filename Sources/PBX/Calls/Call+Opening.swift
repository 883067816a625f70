import Platform

/// How far the record of a new call is on its way to the disk.
enum RecordOpening: Sendable {
    case notBegun
    /// It is on its way; whom to ring waits for it.
    case waiting(Call.Message?)
    /// It is there, or was waited for in vain.
    case over

    /// True where the message has to come again once the record is open: somebody would be rung or
    /// answered.
    mutating func holds(_ message: Call.Message) -> Bool {
        guard case .waiting = self else { return false }
        switch message {
        case .found, .foundOut, .foundHere, .placeFound:
            self = .waiting(message)
            return true
        default:
            return false
        }
    }
}

/// Nobody is rung, and nobody answered, by the exchange itself or to pick up another call, before the
/// call's record is on the disk: a callee may answer at once, and a call that was answered must be found
/// after a crash.
extension Call {
    /// Longer than a disk that is well ever takes. One that isn't keeps no call from its callee.
    static let recordPatience = Duration.milliseconds(250)

    /// What to call once the first that is written is on the disk.
    func recordOpener() -> @Sendable () -> Void {
        guard case .notBegun = opening else { return {} }
        opening = .waiting(nil)
        deadlines.set(.record, at: world.time.now + Self.recordPatience)
        return { [mailbox] in mailbox.post(.recordOpened) }
    }

    /// Something can't be written.
    func notStored(_ error: StoreError) {
        world.recorder.record(
            .error, "call.notStored", [("call", id.description), ("why", "\(error)")])
        goOn()
    }

    /// The record is open, or is waited for no longer.
    func goOn() {
        guard case .waiting(let message) = opening else { return }
        opening = .over
        deadlines.cancel(.record)
        if let message { handle(message) }
    }
}
