import Platform

/// Events in plain words, for people who look on.
extension ExchangeEvent {
    /// One line, without number and time.
    public var words: String {
        switch news {
        case .callBegan(let call):
            "call \(call.callID): \(call.caller.words) calls \(call.callee.words)"
        case .callRang(let call): "call \(call): it rings"
        case .callAnswered(let call, _): "call \(call): answered"
        case .callTransferred(let call, let transfer):
            "call \(call): \(transfer.transferor) transferred \(transfer.remaining) to "
                + "\(transfer.target) (\(transfer.kind.rawValue))"
        case .callParked(let call, let parking):
            "call \(call): \(parking.parker) left it in slot \(parking.slot.number)"
        case .callUnparked(let call, let slot):
            "call \(call): no longer in slot \(slot.number)"
        case .callEnded(let call, let reason): "call \(call): over, \(reason.words)"
        case .legBegan(let call, let leg):
            "call \(call): leg \(leg.legID) to \(leg.number), \(leg.phase.rawValue)"
        case .legNamed(let call, let leg, _): "call \(call): leg \(leg) has a dialog"
        case .legRang(let call, let leg): "call \(call): leg \(leg) rings"
        case .legAnswered(let call, let leg): "call \(call): leg \(leg) answered"
        case .legHeld(let call, let leg): "call \(call): leg \(leg) holds"
        case .legResumed(let call, let leg): "call \(call): leg \(leg) is back"
        case .legEnded(let call, let leg): "call \(call): leg \(leg) is gone"
        case .extensionRegistered(let shown): "extension \(shown.number): registered"
        case .extensionChanged(let shown):
            "extension \(shown.number): \(shown.contactCount) phones"
        case .extensionUnregistered(let shown): "extension \(shown.number): no phone any more"
        case .recordingsChanged(let extensionID, let counts):
            "extension with ID \(extensionID): \(counts.new) new recordings, \(counts.old) heard"
        case .faxHeard(let call, let leg): "call \(call): leg \(leg) is a fax machine"
        case .faxEnded(let fax):
            "call \(fax.callID): a fax from \(fax.sender.isEmpty ? fax.caller : fax.sender), "
                + "\(fax.pageCount) pages: \(fax.words)"
        case .trunkChanged(let shown): shown.words
        case .trunkRemoved(_, let name): "trunk \(name): removed"
        case .sourceBanned(let ban):
            "source \(ban.source): banned for \(ban.secondsLeft) s (\(ban.reason))"
        case .banLifted(let source): "source \(source): no longer banned"
        case .extensionRemoved(let extensionID): "extension with ID \(extensionID): removed"
        }
    }
}

extension CallPicture.Party {
    fileprivate var words: String { name.map { "\(number) (\($0))" } ?? number }
}
