import Platform
import SIPStack

/// A person who has calls recorded, ends that and begins again: by the exchange's keys, told by INFO
/// or in the sound, or by a key of the phone's own.
extension VirtualPhone {
    /// What the exchange takes for it.
    static let recordingKeys = "*3"
    /// The exchange waits so long for the next key.
    private static let patience = Duration.seconds(3)

    // Of a thousand times:
    /// Keys are told in the sound, all through a call.
    private static let inSound = 300
    /// It is the phone's own key.
    private static let byOwnKey = 400
    /// Who has pressed presses again.
    private static let again = 600

    func planRecording() {
        guard manners.contains(.recordsCalls), outside == nil, let call,
            !call.isCaller || HouseCall(call.remoteNumber) == nil
        else { return }
        self.call?.pressesInSound = whim.happens(perThousand: Self.inSound)
        set(.record, after: whim.duration(from: .milliseconds(300), to: .seconds(8)))
    }

    func pressForRecording() {
        guard let call, case .talking = call.stage else { return }
        guard call.unacknowledged == nil else { return set(.record, after: .seconds(1)) }
        let now = world.time.now
        if whim.happens(perThousand: Self.byOwnKey) {
            let isOn = call.presses.last.map { $0.kind == .off } ?? true
            self.call?.presses.append(RecordingPress(kind: isOn ? .on : .off, began: now))
            return tellWish(isOn)
        }
        self.call?.presses.append(RecordingPress(kind: .keys, began: now))
        guard call.pressesInSound else { return tellKey(at: 0) }
        for key in Self.recordingKeys { call.audio.press(key) }
        planToPressAgain()
    }

    /// `Record: on`, as Snom's phones have it.
    private func tellWish(_ isOn: Bool) {
        guard var call else { return }
        var request = call.dialog.request(.info)
        request.fields[FieldName("Record")] = isOn ? "on" : "off"
        self.call = call
        send(request, as: .inform)
    }

    private func tellKey(at place: Int) {
        let keys = Array(Self.recordingKeys)
        guard var call, keys.indices.contains(place) else { return }
        var request = call.dialog.request(.info, body: Array("Signal=\(keys[place])\r\n".utf8))
        request.fields[.contentType] = "application/dtmf-relay"
        self.call = call
        send(request, as: .inform)
    }

    /// The exchange has heard a key or a wish; of a key the other party has, or would have.
    func informAnswered(_ response: Response?, to request: Request) {
        guard let call, call.dialog.sipCallID == request.callID, case .talking = call.stage,
            let press = call.presses.last, press.ended == nil
        else { return }
        // 504 says that the other party did not answer.
        let isHeard = response.map { $0.status.isSuccess || $0.status == .serverTimeout } ?? false
        let now = world.time.now
        guard isHeard, press.kind != .keys || now - press.began < Self.patience else {
            return planToPressAgain()
        }
        if press.kind == .keys, request.body == Array("Signal=*\r\n".utf8) {
            return tellKey(at: 1)
        }
        self.call?.presses[call.presses.count - 1].ended = now
        planToPressAgain()
    }

    private func planToPressAgain() {
        guard whim.happens(perThousand: Self.again) else { return }
        set(.record, after: whim.duration(from: .seconds(2), to: .seconds(12)))
    }
}
