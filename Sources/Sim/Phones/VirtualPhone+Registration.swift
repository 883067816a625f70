import Platform
import SIPStack

/// What a phone knows of its registration.
struct PhoneRegistration: Sendable {
    var sequence: UInt32 = 0
    var sipCallID: String?
    var isRegistered = false
    /// The URI that this phone alone has, where the registrar gave one.
    var gruu: String?
    /// A REGISTER is under way.
    var isPending = false
    /// When it, or the last one, was sent first.
    var began = Instant.start
    /// In which life of its box that was, and the one that is registered.
    var boxLife = (asked: 0, known: 0)
    /// Why no answer came to the last one.
    var failure: TransactionFailure?

    var isActive: Bool { isRegistered || isPending }
}

extension VirtualPhone {
    /// Registers, again before the binding expires.
    func register() {
        guard !isClosing else { return }
        guard outside == nil else { return registration.isRegistered = true }
        sendRegister(expires: habits.registrationExpiry)
    }

    func unregister() {
        cancel(.register)
        guard outside == nil else { return registration.isRegistered = false }
        putOutLamps()
        guard registration.isRegistered, !registration.isPending else { return }
        sendRegister(expires: .zero)
    }

    private func sendRegister(expires: Duration) {
        guard !registration.isPending else { return }
        registration.isPending = true
        registration.began = world.time.now
        registration.boxLife.asked = place.boxLife
        registration.failure = nil
        if manners.contains(.namesEachRegister) {
            registration.sipCallID = nil
            registration.sequence = 0
        }
        registration.sequence += 1
        let sipCallID = registration.sipCallID ?? world.random.token(16)
        registration.sipCallID = sipCallID
        let person = NameAddress(uri: addressOfRecord(setup.number))
        var from = person
        from.tag = world.random.token(8)
        var fields = HeaderFields()
        fields[.maxForwards] = "70"
        fields[.contact] = registeredContact(expires: expires)
        if usesGRUU { fields[.supported] = "path, gruu" }
        if expires == .zero || !manners.contains(.expiresInContact) {
            fields[.expires] = String(expires.components.seconds)
        }
        let request = Request(
            method: .register, uri: .sip(SIPURI(host: .name(setup.domain))), from: from,
            to: person, callID: sipCallID,
            cSeq: CSeq(number: registration.sequence, method: .register), fields: fields, body: [])
        send(request, as: .register)
    }

    /// Our contact, with what else this phone says there.
    private func registeredContact(expires: Duration) -> String {
        var own = contact
        if let instanceID { own += ";+sip.instance=\"<\(instanceID)>\"" }
        if expires > .zero, manners.contains(.expiresInContact) {
            own += ";expires=\(expires.components.seconds)"
        }
        return own
    }

    /// Takes the final response to a REGISTER; nil where none came.
    func registerAnswered(_ response: Response?, to request: Request) {
        registration.isPending = false
        registration.sequence = max(registration.sequence, request.cSeq.number)
        let isRemoval = request.fields[.expires] == "0"
        guard let response, response.status.isSuccess else {
            if isRemoval {
                registration.isRegistered = false
                diary.signedOff(phone)
                return
            }
            // Who counted anew under an old Call-ID is out of order (RFC 3261 §10.3), and takes a new
            // one.
            if response != nil, manners.contains(.forgetsSequence) { registration.sipCallID = nil }
            diary.registrationFailed(
                phone, status: response?.status.code, failure: registration.failure)
            let status = response?.status.description ?? "none"
            world.recorder.record(.warning, "phone.unregistered", [("status", status)])
            set(.register, after: random.duration(from: .seconds(2), to: .seconds(20)))
            if isClosing { registration.isRegistered = false }
            return
        }
        if isRemoval {
            registration.isRegistered = false
            diary.signedOff(phone)
            world.recorder.record(.info, "phone.removed")
            return
        }
        registration.isRegistered = true
        registration.boxLife.known = registration.boxLife.asked
        takeGRUU(from: response)
        diary.registered(phone, after: world.time.now - registration.began)
        world.recorder.record(.info, "phone.registered")
        let granted = grantedExpiry(in: response) ?? habits.registrationExpiry
        set(.register, after: granted * 8 / 10)
        if habits.transport != .udp { set(.ping, after: Self.pingPause) }
        tendLampsSoon()
        if isClosing, isIdle { unregister() }
    }

    private func grantedExpiry(in response: Response) -> Duration? {
        let ownAddress = place.signallingAddress(habits.transport)
        // Where a box rewrote several phones' contacts alike, the first to expire counts.
        let own = response.contacts.filter { contact in
            contact.uri.sip?.host == .ip(ownAddress.address)
                && (contact.uri.sip?.port ?? 5060) == ownAddress.port
        }
        guard !own.isEmpty else {
            complain("the registrar's 200 does not list our contact")
            return nil
        }
        let seconds = own.compactMap { $0.parameters["expires"].flatMap { Int64($0) } }.min()
        guard let seconds, seconds > 0 else { return nil }
        return .seconds(seconds)
    }
}
