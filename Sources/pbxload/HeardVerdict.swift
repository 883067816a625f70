import Platform
import Sim

/// Who heard whom in one call between two phones of the load.
struct HeardVerdict: Equatable, Sendable {
    /// A shorter conversation need not have been heard: the first packets are on their way.
    static let leastTalk = Duration.milliseconds(500)

    var areBothHeard: Bool
    /// Somebody heard a voice that is not of this call.
    var isStrangerHeard: Bool

    /// Nil where nothing had to be heard.
    init?(caller: CallSighting, callee: CallSighting) {
        guard caller.outcome == .talked, callee.outcome == .talked,
            let answered = max(caller.answered, callee.answered),
            min(caller.ended, callee.ended) - answered >= Self.leastTalk
        else { return nil }
        let callerMark = SpeakerMark(phone: caller.phone, call: caller.call)
        let calleeMark = SpeakerMark(phone: callee.phone, call: callee.call)
        areBothHeard = caller.heard[calleeMark] != nil && callee.heard[callerMark] != nil
        isStrangerHeard =
            caller.heard.keys.contains { $0 != calleeMark }
            || callee.heard.keys.contains { $0 != callerMark }
    }
}

private func max(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return nil }
    return one > other ? one : other
}
