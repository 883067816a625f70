import SIPStack

/// A slot as its watchers see it: a dialog for each call that is parked there, so that the lamp of a
/// key lights, which fetches the call when it is pressed.
struct SlotStanding: Sendable, Equatable {
    /// What the watcher dials for the slot.
    var code: String
    /// What is parked there, the call that waits longest first.
    var calls: [CallPicture]
    var directory: Directory

    var identifiers: [String] { calls.map(\.callID.description) }

    /// - Parameters:
    ///   - number: counts the NOTIFYs of this subscription.
    ///   - ended: calls that the last body showed, and that are there no longer.
    func body(
        number: UInt32, ended: [String], watcher: ExtensionID,
        _ configuration: ExchangeConfiguration
    ) -> MessageBody {
        let uri = URI.sip(SIPURI(user: code, host: configuration.host))
        var entries = calls.map { call in
            DialogDocument.Entry(
                identifier: call.callID.description, direction: .recipient, phase: .confirmed,
                local: DialogDocument.Party(NameAddress(uri: uri)),
                remote: waiting(in: call, watcher, configuration).map {
                    DialogDocument.Party($0)
                })
        }
        entries += ended.map { DialogDocument.Entry(identifier: $0, phase: .terminated) }
        return DialogDocument(entity: uri, version: number, entries: entries).body
    }

    /// Who waits there; nil where the watcher may not know whom the parker speaks with.
    private func waiting(
        in call: CallPicture, _ watcher: ExtensionID, _ configuration: ExchangeConfiguration
    ) -> NameAddress? {
        guard let parking = call.parking,
            let parker = ExtensionNumber(parking.parker)
                .flatMap({ directory.extensionRecord($0)?.extensionID }),
            directory.mayKnowOthers(of: parker, watcher: watcher),
            let leg = call.legs.first(where: { $0.phase == .answered })
        else { return nil }
        if let party = leg.extensionID.flatMap({ directory.party($0) }) {
            return configuration.address(of: party)
        }
        return NameAddress(uri: .sip(SIPURI(user: leg.number, host: configuration.host)))
    }
}

extension ExchangePicture {
    /// What is parked in a slot, the call that waits longest first.
    func calls(in slot: ParkingSlot) -> [CallPicture] {
        calls.values.filter { $0.parking?.slot == slot }
            .sorted { one, other in
                let times = (one.parking?.at ?? one.startedAt, other.parking?.at ?? other.startedAt)
                return (times.0, one.callID) < (times.1, other.callID)
            }
    }
}

extension ExchangeEvent.News {
    /// The slot that a call came to, or left.
    var slot: ParkingSlot? {
        switch self {
        case .callParked(_, let parking): parking.slot
        case .callUnparked(_, let slot): slot
        default: nil
        }
    }
}
