import Platform
import SIPStack

/// What goes into the cores of one call: recorded in this order, it makes them do the same again.
enum CallInput: Sendable, Codable {
    case machineMade(ringingTime: Duration)
    case machine(CallMachine.Event)
    case usageMade(LegNumber, InviteSession.Origin)
    case usage(LegNumber, InviteSession.Event)
}

/// The cores of one call, fed from a recording.
struct CallReplay {
    enum Outcome: Equatable {
        case made
        case machine([CallMachine.Effect])
        case usage([InviteSession.Effect])
        /// The recording begins too late: that core was not made.
        case missing
    }

    private(set) var machine: CallMachine?
    private(set) var usages: [LegNumber: InviteSession] = [:]

    mutating func apply(_ input: CallInput, at now: Instant) -> Outcome {
        switch input {
        case .machineMade(let ringingTime):
            machine = CallMachine(ringingTime: ringingTime)
            return .made
        case .machine(let event):
            return machine.mutate { .machine($0.handle(event)) } ?? .missing
        case .usageMade(let number, let origin):
            usages[number] = InviteSession(origin)
            return .made
        case .usage(let number, let event):
            return usages[number].mutate { .usage($0.handle(event, now: now)) } ?? .missing
        }
    }
}

extension Optional {
    fileprivate mutating func mutate<Outcome>(_ change: (inout Wrapped) -> Outcome) -> Outcome? {
        guard var value = self else { return nil }
        let outcome = change(&value)
        self = value
        return outcome
    }
}

extension Call {
    /// Records what is about to go into a core, where somebody records.
    func recordInput(_ input: @autoclosure () -> CallInput) {
        guard let inputs = world.inputs else { return }
        inputs.record(
            RecordedInput(
                owner: id.description, instant: world.time.now, at: world.time.wallTime,
                revision: surroundings.revision, event: input()))
    }
}
