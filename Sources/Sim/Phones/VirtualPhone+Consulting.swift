import Platform
import SIPStack

/// A person who asks somebody before sending the other party on to them, on a second line
/// (RFC 5589 §7): REFER with Replaces, after the answer or while it still rings there.
///
///     talking ─hold─► consult ─► second line rings ─► talks ─REFER─► both lines end
///        ▲                             │                │       └─refused─┐
///        └────────resume───────────────┴────────────────┴─────────────────┘
extension VirtualPhone {
    /// Whoever waits for the outcome of a transfer for so long hangs up.
    private static let patience = Duration.seconds(120)
    /// Of a thousand who ask so many don't wait for an answer.
    private static let hasty = 300

    /// Puts the party on hold, whom somebody else shall have.
    func prepareConsultation() {
        guard let call, case .talking = call.stage, call.transfer == nil, otherCall == nil,
            !isClosing
        else { return }
        guard call.invite == nil, call.unacknowledged == nil else {
            return set(.transfer, after: .seconds(1))
        }
        offer(.hold)
        for deadline in [Deadline.hold, .resume, .fixCodec] { cancel(deadline) }
        set(.hangUp, after: Self.patience)
        set(.consult, after: whim.duration(from: .milliseconds(300), to: .seconds(2)))
    }

    /// Calls the one who is to be asked.
    func consult() {
        guard let call, case .talking = call.stage, otherCall == nil, !isClosing else { return }
        guard call.invite == nil else { return set(.consult, after: .milliseconds(500)) }
        guard let number = chooseHouse() ?? chooseCallee(), number != call.remoteNumber
        else { return takeBack() }
        turn(to: 1 - line)
        placeCall(to: number)
        guard self.call != nil else { return goOnWithOtherLine() }
        if whim.happens(perThousand: Self.hasty) {
            set(.consulted, after: whim.duration(from: .seconds(1), to: .seconds(6)))
        }
    }

    func planToSendOn() {
        set(.consulted, after: whim.duration(from: .milliseconds(300), to: .seconds(8)))
    }

    /// Asks the exchange to give the place of this line to the party of the other one.
    func sendOnToConsulted() {
        guard let consultation = call, var first = otherCall, case .talking = first.stage,
            first.transfer == nil, isWorthSendingOn(consultation)
        else { return }
        guard first.invite == nil, first.unacknowledged == nil, consultation.unacknowledged == nil,
            let dialog = consultation.dialog.dialogID
        else { return set(.consulted, after: .seconds(1)) }
        call?.hasAskedForTransfer = true
        turn(to: 1 - line)
        let target = addressOfRecord(consultation.remoteNumber).text
        // The tags are named as the exchange sees them (RFC 3891 §3).
        let replaces =
            "\(dialog.sipCallID)%3Bto-tag%3D\(dialog.remoteTag)%3Bfrom-tag%3D\(dialog.localTag)"
        var request = first.dialog.request(.refer)
        request.fields[.contact] = dialogContact
        request.fields[.referTo] = "<\(target)?Replaces=\(replaces)>"
        request.fields[.referredBy] = "<\(addressOfRecord(setup.number).text)>"
        first.transfer = .asked
        first.hasAskedForTransfer = true
        first.sentTo = consultation.remoteNumber
        call = first
        world.recorder.record(
            .info, "phone.sends-on",
            [
                ("call-id", first.dialog.sipCallID), ("to", dialog.sipCallID),
                ("number", consultation.remoteNumber),
            ])
        send(request, as: .refer)
    }

    private func isWorthSendingOn(_ consultation: PhoneCall) -> Bool {
        switch consultation.stage {
        case .calling, .talking: true
        case .cancelling, .ringing, .ending: false
        }
    }

    /// The exchange did not do it: nobody is asked any more, and the first party is taken back.
    func transferFailed() {
        guard otherCall != nil else { return takeBack() }
        turn(to: 1 - line)
        switch call?.stage {
        case .talking: hangUp()
        case .calling: giveUp()
        case .cancelling, .ringing, .ending, nil: break
        }
    }

    /// A line is free: the person goes on with the other one.
    func goOnWithOtherLine() {
        turn(to: 1 - line)
        takeBack()
    }

    /// Whoever was put on hold for a question is talked with again, unless the exchange is about to
    /// send it on.
    private func takeBack() {
        guard let call, case .talking = call.stage, call.transfer == nil || call.transfer == .failed
        else { return }
        if call.localSDP.direction != .sendrecv {
            set(.resume, after: whim.duration(from: .milliseconds(100), to: .seconds(1)))
            set(.hangUp, after: whim.talkTime(mean: habits.meanTalkTime))
        }
    }
}
