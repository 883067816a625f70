import Platform
import SIPStack

/// What a phone must know to register.
public struct PhoneSetup: Sendable {
    public var number: String
    /// What it calls itself to the digest.
    public var authName: String
    public var password: String
    public var domain: String
    public var registrar: SocketAddress
    var encryption = PhoneEncryption.unknown
    /// The hash of its own, where it makes handshakes.
    var certificate: [UInt8] = []

    public init(
        number: String, authName: String, password: String, domain: String,
        registrar: SocketAddress
    ) {
        self.number = number
        self.authName = authName
        self.password = password
        self.domain = domain
        self.registrar = registrar
    }
}

/// A telephone with a person: registers, calls and is called, as its habits and the seed have it.
///
/// It speaks SIP through the stack's transactions; dialogs, offers, digest and RTP are its own, so
/// that it judges the exchange by another hand.
public actor VirtualPhone: MailboxOwner {
    public enum Message: Sendable {
        case begin
        case sip(SIPEvent)
        case wake
        /// Calls that number now; a phone that cannot says so in its diary.
        case call(String)
        /// No more calls: hang up, unregister, rest.
        case closeDown
        /// The power is gone, for that long.
        case losePower(backAfter: Duration)
        case reboot
        /// The network is gone, for that long.
        case loseNetwork(backAfter: Duration)
        /// The address changes, after a while without one.
        case move(to: IPAddress, after: Duration)
        /// A machine of a provider behaves like that for a while.
        case behave(OutsideLine.Mood, lasting: Duration)
        /// The box before it shows it under another address: it says again where it is.
        case addressChanged
    }

    enum Deadline: Hashable, Sendable {
        case register, wish, nextCall, patience, pickUp, hangUp, hold, resume, resendAnswer
        case closingTime, powerOn, networkBack, ping, lamps, transfer
        case resendProgress, refresh, expiry, key, record
        case fixCodec, offerAgain, askImage, askSound, repeatAnswer, consult, consulted, delayed,
            calm

        /// Each line has its own, but for these.
        var isOfPhone: Bool {
            switch self {
            case .register, .wish, .nextCall, .closingTime, .powerOn, .networkBack, .ping, .lamps,
                .delayed,
                .calm:
                true
            default: false
            }
        }
    }

    private struct LineDeadline: Hashable {
        var deadline: Deadline
        var line: Int
    }

    enum Purpose: Sendable {
        case register, invite, offer, bye, ping, subscribe, prack, refresh, refer, inform
        /// In the dialog of before a restart.
        case formerBye
    }

    struct PendingRequest: Sendable {
        var request: Request
        var purpose: Purpose
        var tries: Int
    }

    let phone: UInt32
    let setup: PhoneSetup
    let habits: PhoneHabits
    let quirks: PhoneQuirks
    let manners: PhoneManners
    /// Nil for a phone of the office.
    let outside: OutsideLine?
    /// Whom the office can call outside; nil without a trunk.
    let outsideNumber: String?
    var mood: OutsideLine.Mood?
    var delayed: [OutsideLine.Delayed] = []
    /// What the manners draw from, so that they shift nothing else.
    let whim: any RandomSource
    let place: any PhonePlace
    let world: World
    let random: any RandomSource
    let diary: PhoneDiary
    let sound: SoundPlan
    /// The numbers of the world, for dialling, and where among them those of the own group are.
    let numbers: [String]
    let group: Range<Int>
    /// Another one after a restart.
    var transport: SIPTransport
    let sink: PhoneSink
    private let mailbox = Mailbox<VirtualPhone>()
    private var alarm: (any Alarm)?
    /// What the alarm is set to; nil once it has fired.
    private var alarmDeadline: Instant?
    private var deadlines = DeadlineTable<LineDeadline>()

    var pending: [ClientTransactionID: PendingRequest] = [:]
    /// The ACKs of this call that were not sent: they go when their 2xx comes again.
    var lostAcknowledgements: [ClientTransactionID: Request] = [:]
    /// The call of the line that is dealt with.
    var call: PhoneCall?
    /// That of the other line: somebody is asked before the first call is sent on.
    var otherCall: PhoneCall?
    private(set) var line = 0
    var lastCall: UInt32 = 0
    var registration = PhoneRegistration()
    /// The dialog that a restart cut off, where the phone remembers it.
    var formerDialog: PhoneDialog?
    /// Calls that the person wants to make and has not made yet.
    var wishCount = 0
    /// Subscriptions of this phone.
    var lamps: [PhoneLamp] = []
    /// Where all lamps are judged; nil where nobody looks.
    let board: LampBoard?
    var isClosing = false
    /// Without power, or without an address.
    var isOff = false
    /// Without a network.
    var isCutOff = false
    /// When a stream to the exchange broke last.
    var lastStreamLoss: Instant?

    public init(
        phone: UInt32, setup: PhoneSetup, habits: PhoneHabits, quirks: PhoneQuirks = .none,
        manners: PhoneManners = [], whim: (any RandomSource)? = nil,
        outside: OutsideLine? = nil, outsideNumber: String? = nil, place: any PhonePlace,
        world: World, random: any RandomSource, numbers: [String], group: Range<Int> = 0..<0,
        diary: PhoneDiary, board: LampBoard? = nil, sound: SoundPlan = .probe
    ) {
        self.group = group
        self.board = board
        self.sound = sound
        self.phone = phone
        self.setup = setup
        self.habits = habits
        self.quirks = quirks
        self.manners = manners
        self.outside = outside
        self.outsideNumber = outsideNumber
        self.whim = whim ?? random
        self.place = place
        self.world = world
        self.random = random
        self.numbers = numbers
        self.diary = diary
        sink = PhoneSink(mailbox: mailbox)
        transport = place.makeTransport(number: setup.number, world: world, sink: sink)
        mailbox.bind(to: self, on: world.executor)
    }

    nonisolated public func post(_ message: Message) {
        mailbox.post(message)
    }

    /// True when nothing is under way any more.
    public var isAtRest: Bool {
        isIdle && pending.isEmpty && isClosing && !registration.isActive && areLampsOut
    }

    public func handle(_ message: Message) {
        switch message {
        case .begin: begin()
        case .sip(let event): handle(event)
        case .wake: fireDeadlines()
        case .call(let number): callAsTold(number)
        case .closeDown: closeDown()
        case .losePower(let pause): losePower(backAfter: pause)
        case .reboot: reboot()
        case .loseNetwork(let pause): loseNetwork(backAfter: pause)
        case .move(let address, let pause): move(to: address, after: pause)
        case .behave(let mood, let pause): takeMood(mood, lasting: pause)
        case .addressChanged: addressChanged()
        }
        call?.noteDirections(now: world.time.now)
        otherCall?.noteDirections(now: world.time.now)
        call?.noteHandshake()
        otherCall?.noteHandshake()
        for call in [call, otherCall] { call.map(speak) }
        board?.phone(phone, of: setup.number, is: ownStanding, at: world.time.now)
        setAlarm()
    }

    private func speak(in call: PhoneCall) {
        call.audio.turn(call.lock)
        call.audio.speak(on: call.voicePath(whileHeld: manners.contains(.speaksWhileHeld)))
    }

    private func begin() {
        let mailbox = mailbox
        alarm = world.timers.makeAlarm { mailbox.post(.wake) }
        if let drill = habits.drill {
            if drill.registers { register() }
            return
        }
        set(.register, after: random.duration(from: .zero, to: .seconds(5)))
        awaitWish()
        if outside == nil { drawLamps() }
    }

    private func closeDown() {
        isClosing = true
        if isOff { return }
        cancel(.nextCall)
        cancel(.wish)
        if isIdle { unregister() } else { set(.closingTime, after: .seconds(1)) }
    }

    // MARK: Lines

    /// No call on any line.
    var isIdle: Bool { call == nil && otherCall == nil }

    func turn(to line: Int) {
        guard line != self.line else { return }
        self.line = line
        swap(&call, &otherCall)
    }

    /// Turns to the line that has that call.
    func turn(toLineOf sipCallID: String) {
        if otherCall?.dialog.sipCallID == sipCallID { turn(to: 1 - line) }
    }

    // MARK: Deadlines

    func set(_ deadline: Deadline, after delay: Duration) {
        deadlines.set(ofLine(deadline), at: world.time.now + delay)
    }

    func cancel(_ deadline: Deadline) {
        deadlines.cancel(ofLine(deadline))
    }

    private func ofLine(_ deadline: Deadline) -> LineDeadline {
        LineDeadline(deadline: deadline, line: deadline.isOfPhone ? 0 : line)
    }

    /// Forgets all that was to be done, but for what the outage itself has to end.
    func cancelAll() {
        deadlines = DeadlineTable()
        if isCutOff { networkCameBack() }
    }

    private func setAlarm() {
        let earliest = deadlines.earliest
        guard earliest != alarmDeadline else { return }
        alarmDeadline = earliest
        alarm?.set(earliest)
    }

    private func fireDeadlines() {
        alarmDeadline = nil
        while let due = deadlines.popDue(now: world.time.now) {
            if !due.deadline.isOfPhone { turn(to: due.line) }
            fire(due.deadline)
        }
    }

    private func fire(_ deadline: Deadline) {
        switch deadline {
        case .register: register()
        case .wish: feelLikeCalling()
        case .nextCall: placeCall()
        case .patience: giveUp()
        case .pickUp: decideOnRinging()
        case .hangUp: hangUp()
        case .hold: offer(.hold)
        case .transfer: transfer()
        case .key: pressNextKey()
        case .record: pressForRecording()
        case .consult: consult()
        case .consulted: sendOnToConsulted()
        case .delayed: answerDelayed()
        case .calm: mood = nil
        case .resume: offer(.resume)
        case .fixCodec: offer(.codec)
        case .offerAgain: offer(.again)
        case .askImage: offer(.image)
        case .askSound: offer(.sound)
        case .repeatAnswer: repeatAnswer()
        case .resendAnswer: resendAnswer()
        case .resendProgress: resendProgress()
        case .refresh: refresh()
        case .expiry: sessionExpired()
        case .closingTime: endAnyCall()
        case .powerOn: powerOn()
        case .networkBack: networkCameBack()
        case .ping: ping()
        case .lamps: tendLamps()
        }
    }

    // MARK: Requests of ours

    /// Sends a request; its final response comes back under that purpose.
    @discardableResult
    func send(_ request: Request, as purpose: Purpose, tries: Int = 1) -> ClientTransactionID {
        let transaction = transport.send(request, to: destination, sink: sink)
        pending[transaction] = PendingRequest(request: request, purpose: purpose, tries: tries)
        return transaction
    }

    /// Everything goes by way of the exchange.
    var destination: Destination { .address(habits.transport, setup.registrar) }

    var contact: String {
        let address = place.signallingAddress(habits.transport)
        let parameter = habits.transport == .udp ? "" : ";transport=\(habits.transport.rawValue)"
        return "<sip:\(setup.number)@\(address)\(parameter)>"
    }

    func addressOfRecord(_ number: String) -> URI {
        let domain = number == setup.number ? outside?.provider : nil
        return .sip(SIPURI(user: number, host: .name(domain ?? setup.domain)))
    }

    /// The same request with credentials, where it was challenged and there is hope.
    func authorized(_ refused: PendingRequest, by response: Response) -> Request? {
        guard refused.tries < 3, outside == nil else { return nil }
        let isProxy = response.status.code == 407
        guard isProxy || response.status.code == 401 else { return nil }
        let name: FieldName = isProxy ? .proxyAuthenticate : .wwwAuthenticate
        let challenges = response.fields.texts(of: name)
        var request = refused.request
        let digest = PhoneDigest(username: setup.authName, password: setup.password)
        let credentials = digest.credentials(
            for: challenges, method: request.method.name, uri: request.uri.text,
            ownNonce: world.random.token(8))
        guard let credentials else { return nil }
        request.cSeq.number += 1
        request.fields[isProxy ? .proxyAuthorization : .authorization] = credentials
        return request
    }

    /// - Parameter waitedSince: when a wait began that was in vain. What was waited for may have gone
    ///   down with a stream that broke meanwhile: that is nobody's fault.
    func complain(_ text: String, waitedSince: Instant? = nil) {
        if let waitedSince, let lastStreamLoss, lastStreamLoss >= waitedSince { return }
        diary.complain(
            Complaint(
                phone: phone, instant: world.time.now, text: text,
                waitedSince: waitedSince))
        world.recorder.record(.error, "phone.complaint", [("text", text)])
    }
}

/// Brings the stack's events to the phone.
final class PhoneSink: SIPSink {
    private let mailbox: Mailbox<VirtualPhone>

    init(mailbox: Mailbox<VirtualPhone>) {
        self.mailbox = mailbox
    }

    func post(_ event: SIPEvent) {
        mailbox.post(.sip(event))
    }
}
