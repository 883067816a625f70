/// What an administrator may want done to a call that is up.
public enum CallOrder: Hashable, Sendable {
    /// To be recorded, or no longer; in a conference all that is said there.
    case record(isOn: Bool)
    /// Not to be heard in its conference, or again.
    case mute(isOn: Bool)
}

extension Call {
    /// The reply says whether there was anything to do it to.
    func obey(_ order: CallOrder, _ reply: @escaping @Sendable (Bool) -> Void) {
        switch order {
        case .record(let isOn): setRecording(isOn, reply)
        case .mute(let isOn): reply(setMuted(isOn))
        }
    }
}
