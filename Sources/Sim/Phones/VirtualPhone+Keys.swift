import Platform
import SIPStack

/// Keys that are pressed during a conversation: by telephone events (RFC 4733) or by INFO.
extension VirtualPhone {
    private static let keyType = "application/dtmf-relay"

    /// The person presses some keys, now and then.
    func pressKeys() {
        guard let call, case .talking = call.stage else { return }
        let count = random.number(in: 1...4)
        press(String((0..<count).map { _ in AudioProbe.keys[random.number(in: 0...15)] }))
    }

    func press(_ keys: String) {
        guard let call, case .talking = call.stage, call.unacknowledged == nil else { return }
        world.recorder.record(.info, "phone.presses", [("call-id", call.dialog.sipCallID)])
        let hasEvents =
            call.localSDP.payloadTypes.contains(PhoneSDP.eventType)
            && call.remoteSDP?.payloadTypes.contains(PhoneSDP.eventType) == true
        if hasEvents, !quirks.contains(.keysByInform) {
            call.audio.press(keys)
        } else {
            self.call?.waitingKeys += keys
            informNext()
        }
    }

    private func informNext() {
        guard var call, call.isTalking, !call.isInforming, !call.waitingKeys.isEmpty else { return }
        let key = call.waitingKeys.removeFirst()
        call.isInforming = true
        var request = call.dialog.request(
            .info, body: Array("Signal=\(key)\r\nDuration=160\r\n".utf8))
        request.fields[.contentType] = Self.keyType
        self.call = call
        send(request, as: .inform(key))
    }

    /// An INFO of ours was answered: with 200 the other side has the key.
    func informAnswered(_ key: Character, _ response: Response?, to request: Request) {
        guard call?.dialog.sipCallID == request.callID else { return }
        call?.isInforming = false
        if response?.status.isSuccess == true { call?.takenKeys.append(key) }
        informNext()
    }

    func receiveInform(_ request: Request, _ transaction: ServerTransactionID) {
        respond(.ok, to: request, transaction)
        guard request.content?.isOfType(Self.keyType) == true else { return }
        let lines = String(decoding: request.body, as: UTF8.self).split(whereSeparator: \.isNewline)
        for line in lines where line.lowercased().hasPrefix("signal=") {
            call?.informedKeys += line.dropFirst(7).filter { !$0.isWhitespace }
        }
    }
}
