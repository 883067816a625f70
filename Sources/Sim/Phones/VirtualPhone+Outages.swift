import Platform
import SIPStack

/// What happens to phones: power cuts, restarts, a network that is gone, another address.
extension VirtualPhone {
    /// A phone that restarts is back after that long.
    private static let leastBootTime = Duration.seconds(3)
    private static let greatestBootTime = Duration.seconds(40)
    /// A phone with a stream asks so often whether it still stands.
    static let pingPause = Duration.seconds(45)

    /// The power is gone: the phone forgets everything that it does not keep in flash.
    func losePower(backAfter pause: Duration) {
        guard !isOff else { return }
        world.recorder.record(.info, "phone.off")
        if manners.contains(.hangsUpAfterRestart), case .talking = call?.stage {
            formerDialog = call?.dialog
        }
        forgetAll()
        forgetLamps()
        let sipCallID = registration.sipCallID
        registration = PhoneRegistration()
        if manners.contains(.forgetsSequence) { registration.sipCallID = sipCallID }
        place.goDown(isPowerLost: true)
        isOff = true
        set(.powerOn, after: pause)
    }

    /// Says BYE in the dialog of before the restart: with the wrong tag it finds nothing, and with a
    /// number that was there before it is out of order. Who has said nothing yet counts right.
    private func hangUpFormerCall() {
        guard var dialog = formerDialog else { return }
        formerDialog = nil
        if whim.happens(perThousand: 500) {
            dialog.localTag = world.random.token(8)
            dialog.local.tag = dialog.localTag
        }
        dialog.localSequence = 0
        send(dialog.request(.bye), as: .formerBye)
    }

    func reboot() {
        losePower(
            backAfter: random.duration(from: Self.leastBootTime, to: Self.greatestBootTime))
    }

    func powerOn() {
        world.recorder.record(.info, "phone.on")
        place.comeUp()
        transport = place.makeTransport(number: setup.number, world: world, sink: sink)
        isOff = false
        let pause = random.duration(from: .zero, to: .seconds(2))
        // What it has registered before it moved is to be removed.
        guard !isClosing else { return set(.closingTime, after: pause) }
        set(.register, after: pause)
        hangUpFormerCall()
        awaitWish()
        setNextCall()
    }

    /// The network is gone, and the phone knows it; calls go on in silence.
    func loseNetwork(backAfter pause: Duration) {
        guard !isOff, !isCutOff else { return }
        world.recorder.record(.info, "phone.cut-off")
        place.goDown(isPowerLost: false)
        isCutOff = true
        set(.networkBack, after: pause)
    }

    /// What every phone does when its network comes back: it says where it is.
    func networkCameBack() {
        world.recorder.record(.info, "phone.reconnected")
        place.comeUp()
        isCutOff = false
        askForLampsAnew()
        let pause = random.duration(from: .zero, to: .seconds(1))
        set(isClosing ? .closingTime : .register, after: pause)
    }

    /// The phone has another address; its calls are lost, its registration is not.
    func move(to address: IPAddress, after pause: Duration) {
        guard !isOff else { return }
        world.recorder.record(.info, "phone.moves", [("to", address.description)])
        forgetAll()
        forgetLamps()
        registration.isPending = false
        place.goDown(isPowerLost: true)
        place.move(to: address)
        isOff = true
        set(.powerOn, after: pause)
    }

    func addressChanged() {
        guard !isOff, !isClosing, registration.isRegistered else { return }
        world.recorder.record(.info, "phone.seen-elsewhere")
        set(.register, after: random.duration(from: .zero, to: .seconds(1)))
    }

    /// The stream to the exchange is gone: nobody can call until there is another.
    func streamClosed() {
        lastStreamLoss = world.time.now
        guard habits.transport != .udp, !isOff, !isClosing, registration.isRegistered else {
            return
        }
        askForLampsAnew()
        set(.register, after: random.duration(from: .seconds(1), to: .seconds(5)))
    }

    /// Asks the exchange for a sign of life by the stream.
    func ping() {
        guard habits.transport != .udp, !isClosing, registration.isRegistered else { return }
        var fields = HeaderFields()
        fields[.maxForwards] = "70"
        let person = NameAddress(uri: addressOfRecord(setup.number))
        var from = person
        from.tag = world.random.token(8)
        let request = Request(
            method: .options, uri: .sip(SIPURI(host: .name(setup.domain))), from: from,
            to: NameAddress(uri: .sip(SIPURI(host: .name(setup.domain)))),
            callID: world.random.token(16), cSeq: CSeq(number: 1, method: .options),
            fields: fields, body: [])
        send(request, as: .ping)
        set(.ping, after: Self.pingPause)
    }

    func pingAnswered(_ response: Response?) {
        if response == nil { streamClosed() }
    }

    private func forgetAll() {
        for line in [0, 1] {
            turn(to: line)
            if call != nil { finish(.lost) }
        }
        pending = [:]
        delayed = []
        mood = nil
        lostAcknowledgements = [:]
        transport.close()
        cancelAll()
    }
}
