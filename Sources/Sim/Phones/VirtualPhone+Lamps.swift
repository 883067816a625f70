import Platform
import SIPStack

/// The lamps beside a phone's keys: other extensions' calls, its own recordings, others' presence.
extension VirtualPhone {
    private static let shortestLampExpiry: Int64 = 120

    /// Of a thousand phones, those with keys that others' lamps stand beside. News of lamps are most
    /// of what an office says by SIP, so few of them leave more of a run to calls.
    private static let withLamps = 500

    /// Whom this phone watches, drawn once.
    func drawLamps() {
        if random.happens(perThousand: 500) {
            lamps.append(PhoneLamp(.messageSummary, setup.number))
        }
        guard random.happens(perThousand: Self.withLamps) else { return }
        let others = numbers.filter { $0 != setup.number }
        for _ in 0..<random.number(in: 1...3) {
            guard !others.isEmpty else { break }
            let number = others[random.number(in: 0...(others.count - 1))]
            guard !lamps.contains(where: { $0.number == number }) else { continue }
            let isPresence = random.happens(perThousand: 250)
            lamps.append(PhoneLamp(isPresence ? .presence : .dialog, number))
        }
    }

    /// The phone is registered, again or for the first time: its lamps are seen to.
    func tendLampsSoon() {
        guard !isClosing, !lamps.isEmpty else { return }
        let soon = world.time.now + random.duration(from: .zero, to: .seconds(3))
        for index in lamps.indices where lamps[index].due == nil { lamps[index].due = soon }
        setLampDeadline()
    }

    /// The way to the exchange is another one: every subscription is asked for again.
    func askForLampsAnew() {
        for index in lamps.indices where lamps[index].dialog != nil && !lamps[index].isEnding {
            lamps[index].due = nil
        }
    }

    /// Without power: nothing is known any more.
    func forgetLamps() {
        for index in lamps.indices { dropLamp(index, retryAfter: nil) }
    }

    func tendLamps() {
        let now = world.time.now
        for index in lamps.indices {
            guard let due = lamps[index].due, due <= now else { continue }
            lamps[index].due = nil
            if lamps[index].isEnding {
                // The last NOTIFY never came.
                dropLamp(index, retryAfter: nil)
            } else if !isClosing {
                subscribe(index, seconds: expiryOfLamp)
            }
        }
        setLampDeadline()
    }

    /// Closing time: no lamp is wanted any more.
    func putOutLamps() {
        for index in lamps.indices where !lamps[index].isEnding {
            lamps[index].due = nil
            guard lamps[index].isBegun else { continue }
            if lamps[index].isAsking { continue }  // Its answer is awaited; see `lampAnswered`.
            lamps[index].isEnding = true
            subscribe(index, seconds: 0)
        }
        setLampDeadline()
    }

    var areLampsOut: Bool {
        lamps.allSatisfy { $0.dialog == nil && !$0.isAsking }
    }

    private var expiryOfLamp: Int64 {
        max(Self.shortestLampExpiry, habits.registrationExpiry.components.seconds)
    }

    private func subscribe(_ index: Int, seconds: Int64) {
        guard !lamps[index].isAsking else { return }
        lamps[index].isAsking = true
        let lamp = lamps[index]
        var dialog =
            lamp.dialog
            ?? PhoneDialog(
                calling: addressOfRecord(lamp.number),
                from: NameAddress(uri: addressOfRecord(setup.number)),
                sipCallID: world.random.token(20), localTag: world.random.token(8))
        var request = dialog.request(.subscribe)
        request.fields[.event] = lamp.package.rawValue
        request.fields[.contact] = contact
        request.fields[.expires] = String(seconds)
        lamps[index].dialog = dialog
        send(request, as: .subscribe)
    }

    private func setLampDeadline() {
        let next = lamps.compactMap(\.due).min()
        guard let next else { return cancel(.lamps) }
        set(.lamps, after: max(.zero, next - world.time.now))
    }

    private func lampIndex(of sipCallID: String) -> Int? {
        lamps.firstIndex { $0.dialog?.sipCallID == sipCallID }
    }

    private func dropLamp(_ index: Int, retryAfter pause: Duration?) {
        if let dialog = lamps[index].dialog?.dialogID { transport.unregister(dialog) }
        lamps[index].drop(due: isClosing ? nil : pause.map { world.time.now + $0 })
        board?.lampWentOut(of: phone, watching: lamps[index].number)
        setLampDeadline()
    }

    /// Takes the final response to a SUBSCRIBE; nil where none came.
    func lampAnswered(_ response: Response?, to request: Request) {
        guard let index = lampIndex(of: request.callID) else { return }
        lamps[index].isAsking = false
        lamps[index].dialog?.localSequence = request.cSeq.number
        guard let response, response.status.isSuccess else {
            let isGone = response?.status == .callOrTransactionDoesNotExist
            let pause = isGone ? Duration.seconds(1) : .seconds(10)
            return dropLamp(index, retryAfter: random.duration(from: pause, to: pause * 3))
        }
        if !lamps[index].isBegun {
            lamps[index].dialog?.confirm(by: response)
            registerLamp(index)
        }
        let seconds = response.expires.map { Int64($0) } ?? 0
        if lamps[index].isEnding || seconds == 0 {
            lamps[index].isEnding = true
            // RFC 6665 §4.1.2.2: as long as a transaction may last.
            lamps[index].due = world.time.now + .seconds(64)
            return setLampDeadline()
        }
        board?.lampIsSubscribed(by: phone, to: lamps[index].number, at: world.time.now)
        lamps[index].due = world.time.now + .seconds(seconds) * 8 / 10
        setLampDeadline()
        if isClosing { putOutLamps() }
    }

    private func registerLamp(_ index: Int) {
        if let dialog = lamps[index].dialog?.dialogID { transport.register(dialog, sink: sink) }
    }

    func receiveNotify(_ request: Request, _ transaction: ServerTransactionID) {
        let tag = request.to.tag
        guard let index = lampIndex(of: request.callID), lamps[index].dialog?.localTag == tag else {
            let gone = Response(to: request, status: .callOrTransactionDoesNotExist)
            return transport.respond(gone, to: transaction)
        }
        transport.respond(Response(to: request, status: .ok), to: transaction)
        if !lamps[index].isBegun {
            // It overtook the answer to the SUBSCRIBE (RFC 6665 §4.1.2.4).
            lamps[index].dialog?.remoteTag = request.from.tag
            lamps[index].dialog?.remote = request.from
            if let target = request.contacts.first?.uri {
                lamps[index].dialog?.remoteTarget = target
            }
            registerLamp(index)
        }
        let branch = request.vias.first?.branch
        // The very same again: its stream broke before our answer had arrived.
        if lamps[index].remoteSequence == request.cSeq.number, lamps[index].lastBranch == branch {
            return
        }
        lamps[index].lastBranch = branch
        if let last = lamps[index].remoteSequence, request.cSeq.number <= last {
            complain("CSeq \(request.cSeq.number) of a NOTIFY after \(last)")
        }
        lamps[index].remoteSequence = request.cSeq.number
        if request.fields[.event] != lamps[index].package.rawValue {
            complain("a NOTIFY of another package")
        }
        read(request, index)
        guard let standing = request.fields[.subscriptionState], standing.hasPrefix("terminated")
        else { return }
        dropLamp(index, retryAfter: random.duration(from: .seconds(1), to: .seconds(5)))
    }

    private func read(_ request: Request, _ index: Int) {
        let lamp = lamps[index]
        let text = String(decoding: request.body, as: UTF8.self)
        switch lamp.package {
        case .dialog:
            guard let read = LampStanding.read(request.body, after: lamp.version) else {
                return complain("a dialog-info that can't be read: \(text)")
            }
            lamps[index].version = read.version
            board?.lampShows(read.standing, to: phone, of: lamp.number, at: world.time.now)
            if read.standing == .ringing { pressLamp(of: lamp.number, text) }
        case .presence:
            let isRead =
                text.contains("<basic>open</basic>") != text.contains("<basic>closed</basic>")
            if !isRead { complain("a presence that can't be read: \(text)") }
        case .messageSummary:
            if !text.hasPrefix("Messages-Waiting: no\r\n") {
                complain("a message-waiting lamp without recordings: \(text)")
            }
        }
    }

    /// How busy this phone is; nil where the exchange can't know yet.
    var ownStanding: LampStanding? {
        let calls = [call, otherCall].compactMap(\.self)
        let standings = calls.compactMap(\.standing)
        return standings.count == calls.count ? standings.max() ?? .idle : nil
    }
}
