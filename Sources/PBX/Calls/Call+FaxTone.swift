import Media
import Platform
import SIPStack

/// Callers that turn out to be fax machines in an ordinary call, by their tone.
extension Call {
    /// Who called is listened to for a while, where who was called, or the trunk of the call, wants
    /// that. A fax machine inside that calls out is nobody's business.
    func listenForFax(answeredBy number: LegNumber?) {
        guard house != .fax, faxDetection(answeredBy: number) != .off,
            let caller = legs[machine.caller]
        else { return }
        surroundings.media.post(.listenForFax(caller.mediaID))
    }

    private func faxDetection(answeredBy number: LegNumber?) -> FaxDetection {
        if let callee = number.flatMap({ legs[$0] }), callee.record.extensionID != nil,
            callee.faxDetection != .off
        {
            return callee.faxDetection
        }
        guard let caller = legs[machine.caller], caller.outside != nil else { return .off }
        return caller.faxDetection
    }

    /// It is told once. Where two talk the caller may have to go to the fax number.
    func faxToneHeard(from number: LegNumber) {
        guard number == machine.caller, house != .fax else { return }
        note("fax.heard", number)
        if let legID = toldLegs[number] { tell(.faxHeard(call: id, leg: legID)) }
        guard let callee = talkingCallee, case .send = faxDetection(answeredBy: callee),
            legs[callee]?.value.record.extensionID != nil
        else { return }
        decide(.faxHeard(number))
    }

    /// Asks for the fax number, which who was called has a right to.
    func seekFax(askedBy number: LegNumber) {
        guard case .send(let digits) = faxDetection(answeredBy: number),
            let asker = legs[number]?.value.record.extensionID
        else { return decide(.notFound(.notAllowed)) }
        seek(.fax(digits, askedBy: asker))
    }
}
