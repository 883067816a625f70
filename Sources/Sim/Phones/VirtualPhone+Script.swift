import Platform
import SIPStack

/// How far a phone is in its script.
struct ScriptRun: Sendable {
    var steps: ArraySlice<PhoneStep>
    /// The present step has begun: what it does is under way.
    var isBegun = false
    /// The time that the present step waits for has come.
    var isDue = false

    var isOver: Bool { steps.isEmpty }
}

/// Follows a script instead of habits.
extension VirtualPhone {
    /// A script that is not at its end: the person does nothing else.
    var isScripted: Bool { !(script?.isOver ?? true) }

    /// Goes on as far as it can; called after everything that happened.
    func runScript() {
        guard !isClosing, !isOff else { return }
        while let step = script?.steps.first {
            guard isDone(step) else { return }
            world.recorder.record(.info, "phone.step", [("done", "\(step)")])
            cancel(.script)
            script?.steps.removeFirst()
            script?.isBegun = false
            script?.isDue = false
        }
    }

    func scriptIsDue() {
        script?.isDue = true
    }

    /// Does what is to be done now for a step; true once it is done.
    private func isDone(_ step: PhoneStep) -> Bool {
        switch step {
        case .wait(let pause): return isDue(after: pause)
        case .call(let number):
            guard call == nil, registration.isRegistered else { return false }
            placeCall(to: number)
            return call != nil
        case .pickUp(let pause):
            return decide(after: pause) { pickUp($0, $1) }
        case .refuse(let status, let pause):
            return decide(after: pause) { refuse($0, $1, status: Status(status)) }
        case .redirect(let number):
            return decide(after: .zero) { redirect($0, $1, to: number) }
        case .hold: return change { self.offer(.hold) }
        case .resume: return change { self.offer(.resume) }
        case .press(let keys):
            if call != nil { press(keys) }
            return true
        case .hangUp: return isHungUp
        case .awaitTalk(let limit):
            if case .talking = call?.stage, call?.unacknowledged == nil { return true }
            return isLate(step, after: limit)
        case .awaitEnd(let limit):
            return call == nil || isLate(step, after: limit)
        case .expectKeys(let keys):
            let heard = call.map { $0.audio.allKeys + $0.informedKeys } ?? ""
            if heard != keys { complain("by the script \(keys) was to be heard, not \(heard)") }
            return true
        }
    }

    /// Begins to wait where it has not; true when it is over.
    private func isDue(after pause: Duration) -> Bool {
        if script?.isDue == true { return true }
        if script?.isBegun == false {
            script?.isBegun = true
            set(.script, after: pause)
        }
        return false
    }

    /// Waits for a call that rings, then for that long, and acts.
    private func decide(
        after pause: Duration, _ act: (Request, ServerTransactionID) -> Void
    ) -> Bool {
        guard case .ringing(let transaction, let request) = call?.stage else {
            // It was given up before: the step is for the next one.
            if script?.isBegun == true {
                script?.isBegun = false
                script?.isDue = false
                cancel(.script)
            }
            return false
        }
        guard pause == .zero || isDue(after: pause) else { return false }
        act(request, transaction)
        return true
    }

    /// Changes a conversation; done when the other side has answered, or the call is gone.
    private func change(_ begin: () -> Void) -> Bool {
        guard let call, case .talking = call.stage else { return true }
        guard call.invite == nil, call.unacknowledged == nil else { return false }
        if script?.isBegun == true { return true }
        script?.isBegun = true
        begin()
        return self.call?.invite == nil
    }

    private var isHungUp: Bool {
        guard let call else { return true }
        guard script?.isBegun == false else { return false }
        script?.isBegun = true
        switch call.stage {
        case .calling: giveUp()
        case .ringing(let transaction, let request):
            refuse(request, transaction, status: .busyHere)
        case .talking: hangUp()
        case .cancelling, .ending: break
        }
        return self.call == nil
    }

    private func isLate(_ step: PhoneStep, after limit: Duration) -> Bool {
        let isOver = isDue(after: limit)
        if isOver {
            let text = "the script waited in vain: \(step)"
            complain(text, waitedSince: .start + (world.time.now - .start - limit))
        }
        return isOver
    }
}
