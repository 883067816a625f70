import Platform
import SIPStack

/// A person who sends the other party on to somebody else, blind (RFC 3515, RFC 5589 §6).
///
/// The phone does what phones do: REFER, then NOTIFYs until it is known how it went. The person may
/// hang up at any time meanwhile.
extension VirtualPhone {
    /// A REFER of this phone's that is under way.
    enum TransferStage: Sendable, Equatable {
        case asked
        /// 202 came: news come by NOTIFY.
        case accepted
        case failed
    }

    /// Of a thousand transfers so many leave the call in a slot.
    private static let parkedTransfers = 400

    func planTransfer() {
        guard random.happens(perThousand: habits.transfers) else { return }
        set(.transfer, after: random.duration(from: .milliseconds(300), to: .seconds(12)))
    }

    /// Of a thousand wishes to transfer so many ask the target first.
    private static let attendedTransfers = 500

    func transfer() {
        if whim.happens(perThousand: Self.attendedTransfers) {
            prepareConsultation()
        } else {
            askForTransfer()
        }
    }

    private func askForTransfer() {
        guard var call, case .talking = call.stage, call.transfer == nil else { return }
        guard call.invite == nil, call.unacknowledged == nil else {
            return set(.transfer, after: .seconds(1))
        }
        guard let somebody = chooseCallee() else { return }
        let isParked = random.happens(perThousand: Self.parkedTransfers)
        let number = isParked ? slotToPark() : chooseHouse() ?? somebody
        var request = call.dialog.request(.refer)
        request.fields[.contact] = dialogContact
        request.fields[.referTo] = "<\(addressOfRecord(number).text)>"
        request.fields[.referredBy] = "<\(addressOfRecord(setup.number).text)>"
        call.transfer = .asked
        call.hasAskedForTransfer = true
        call.slot = isParked ? number : nil
        call.sentTo = number
        self.call = call
        world.recorder.record(
            .info, "phone.transfers",
            [("call-id", call.dialog.sipCallID), ("number", number)])
        send(request, as: .refer)
    }

    func transferAnswered(_ response: Response?, to request: Request) {
        guard call?.dialog.sipCallID == request.callID, call?.transfer == .asked else { return }
        call?.transfer = response?.status.isSuccess ?? false ? .accepted : .failed
        if call?.transfer == .failed { transferFailed() }
    }

    /// News of a transfer of ours.
    func receiveTransferNews(_ request: Request, _ transaction: ServerTransactionID) {
        respond(.ok, to: request, transaction)
        guard let call, call.transfer == .accepted || call.transfer == .asked else { return }
        let line = String(decoding: request.body.prefix(64), as: UTF8.self)
        guard line.hasPrefix("SIP/2.0 "), let status = Int(line.dropFirst(8).prefix(3)) else {
            return complain("a NOTIFY of a transfer without its status")
        }
        let isLast = request.fields[.subscriptionState]?.hasPrefix("terminated") ?? false
        if isLast != (status >= 200) { complain("a transfer's last NOTIFY has a final status") }
        guard status >= 200 else { return }
        if status < 300 {
            self.call?.sentAt = world.time.now
            if call.slot != nil { self.call?.leftInSlot = world.time.now }
            // Somebody else has the call: this phone's part in it is over.
            return set(.hangUp, after: random.duration(from: .zero, to: .seconds(1)))
        }
        self.call?.transfer = .failed
        transferFailed()
    }
}
