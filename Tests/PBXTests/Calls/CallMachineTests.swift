import Platform
import SIPStack
import Testing

@testable import PBX

/// Builders: a caller, and phones that ring.
enum CallWorld {
    static let first = LegNumber(number: 1)
    static let second = LegNumber(number: 2)
    static let third = LegNumber(number: 3)

    static func target(_ port: UInt16) -> RingTarget {
        let flow = Flow(
            transport: .udp, listener: 0, local: socket(5060), remote: socket(port),
            connection: 0)
        let uri = SIPURI(user: "101", host: .ip(.loopbackV4), port: port)
        return RingTarget(
            Binding(
                key: .contact(.sip(uri)), contact: NameAddress(uri: .sip(uri)), flow: flow,
                path: [], instance: nil, regID: nil, preference: 1000, expires: .start,
                sipCallID: "r", sequence: 1, device: DeviceID(number: 1), userAgent: "",
                isReachable: true))
    }

    static func socket(_ port: UInt16) -> SocketAddress {
        SocketAddress(address: .loopbackV4, port: port)
    }

    /// A call that rings that many phones, one branch each.
    static func ringing(_ count: UInt16) -> CallMachine {
        var machine = CallMachine(ringingTime: .seconds(60))
        _ = machine.handle(.found((1...count).map { [target(5060 + $0)] }))
        return machine
    }

    static func talking() -> CallMachine {
        var machine = ringing(1)
        _ = machine.handle(.answered(first))
        return machine
    }
}

@Suite struct CallMachineTests {
    typealias World = CallWorld

    /// Feeds one event: `#expect` can't call what mutates.
    private func feed(
        _ machine: inout CallMachine, _ event: CallMachine.Event
    ) -> [CallMachine.Effect] {
        machine.handle(event)
    }

    @Test func `all phones of an extension ring together`() {
        var machine = CallMachine(ringingTime: .seconds(20))
        let effects = feed(&machine, .found([[World.target(1)], [World.target(2)]]))
        #expect(effects.contains(.ring(World.first, World.target(1))))
        #expect(effects.contains(.ring(World.second, World.target(2))))
        #expect(effects.contains(.startRingingTimer(.seconds(20))))
    }

    @Test(arguments: [Status.notAcceptableHere, .unsupportedMediaType, .notAcceptableAnywhere])
    func `a phone that refuses what it is offered is offered G.711 alone, once`(status: Status) {
        var machine = World.ringing(1)
        var plain = World.target(5061)
        plain.isPlain = true
        #expect(feed(&machine, .refused(World.first, status)) == [.ring(World.second, plain)])
        let effects = feed(&machine, .refused(World.second, status))
        #expect(!effects.contains(.ring(World.third, plain)))
        #expect(effects.contains { if case .close = $0 { true } else { false } })
        // What was found here not to fit is not offered again.
        var other = World.ringing(1)
        let end = feed(&other, .incompatible(World.first))
        #expect(!end.contains(.ring(World.second, plain)))
    }

    @Test func `nobody registered is told as 480`() {
        var machine = CallMachine(ringingTime: .seconds(20))
        let effects = feed(&machine, .found([]))
        #expect(effects.contains(.hangUp(.caller, .temporarilyUnavailable, reason: nil)))
        #expect(effects.contains(.close(.notRegistered)))
    }

    @Test func `an unknown number is told as 404`() {
        var machine = CallMachine(ringingTime: .seconds(20))
        let effects = feed(&machine, .notFound(.unknownNumber))
        #expect(effects.contains(.hangUp(.caller, .notFound, reason: nil)))
    }

    @Test func `the first answer wins and the others are cancelled as answered elsewhere`() {
        var machine = World.ringing(3)
        let effects = feed(&machine, .answered(World.second))
        #expect(effects.contains(.connect(World.second)))
        let told = CallMachine.answeredElsewhere
        #expect(effects.contains(.hangUp(World.first, .requestTerminated, reason: told)))
        #expect(effects.contains(.hangUp(World.third, .requestTerminated, reason: told)))
        let late = feed(&machine, .answered(World.third))
        #expect(!late.contains(.connect(World.third)))
    }

    @Test func `no ports left is told as 503, whichever leg wanted them`() {
        for leg in [LegNumber.caller, World.first] {
            var machine = World.ringing(1)
            let effects = feed(&machine, .mediaRefused(leg))
            #expect(effects.contains(.hangUp(.caller, .serviceUnavailable, reason: nil)))
            #expect(effects.contains(.close(.overload)))
        }
    }

    @Test func `ringing is told to the caller once`() {
        var machine = World.ringing(2)
        let first = feed(&machine, .progressed(World.first, .ringing, hasMedia: false))
        #expect(first == [.progressCaller(.ringing, mediaFrom: nil)])
        #expect(feed(&machine, .progressed(World.second, .ringing, hasMedia: false)).isEmpty)
    }

    @Test func `early media comes from a single branch only`() {
        var alone = World.ringing(1)
        #expect(
            feed(&alone, .progressed(World.first, .sessionProgress, hasMedia: true))
                == [.progressCaller(.sessionProgress, mediaFrom: World.first)])
        var many = World.ringing(2)
        #expect(feed(&many, .progressed(World.first, .sessionProgress, hasMedia: true)).isEmpty)
    }

    @Test func `an offer before the answer is settled here, in the name of all that ring`() {
        var machine = World.ringing(2)
        #expect(feed(&machine, .offered(.caller)) == [.settleOffer(.caller)])
        #expect(feed(&machine, .offered(World.first)) == [.settleOffer(World.first)])
    }

    @Test func `busy counts when every phone has refused`() {
        var machine = World.ringing(2)
        #expect(feed(&machine, .refused(World.first, .busyHere)).isEmpty)
        let effects = feed(&machine, .refused(World.second, .requestTimeout))
        #expect(effects.contains(.hangUp(.caller, .busyHere, reason: nil)))
        #expect(effects.contains(.close(.busy)))
    }

    @Test func `603 ends the ringing of all phones (RFC 3261 §16.7)`() {
        var machine = World.ringing(2)
        let effects = feed(&machine, .refused(World.first, .decline))
        #expect(effects.contains(.hangUp(World.second, .requestTerminated, reason: nil)))
        #expect(effects.contains(.close(.declined)))
    }

    @Test func `a dead flow is followed by the device's other flow (RFC 5626 §5.3)`() {
        var machine = CallMachine(ringingTime: .seconds(60))
        _ = machine.handle(.found([[World.target(1), World.target(2)]]))
        #expect(
            feed(&machine, .refused(World.first, .flowFailed))
                == [.ring(World.second, World.target(2))])
        let effects = feed(&machine, .refused(World.second, .flowFailed))
        #expect(effects.contains(.close(.unreachable)))
    }

    @Test func `a busy device is not tried again by its other flow`() {
        var machine = CallMachine(ringingTime: .seconds(60))
        _ = machine.handle(.found([[World.target(1), World.target(2)]]))
        #expect(feed(&machine, .refused(World.first, .busyHere)).contains(.close(.busy)))
    }

    @Test func `no answer in time ends every leg with 480`() {
        var machine = World.ringing(2)
        let effects = feed(&machine, .ringingTimedOut)
        #expect(effects.contains(.hangUp(.caller, .temporarilyUnavailable, reason: nil)))
        #expect(effects.contains(.hangUp(World.first, .requestTerminated, reason: nil)))
        #expect(effects.contains(.close(.noAnswer)))
    }

    @Test func `a caller that gives up cancels the phones that ring`() {
        var machine = World.ringing(2)
        let effects = feed(&machine, .ended(.caller, .cancelledByRemote))
        #expect(effects.contains(.hangUp(World.first, .requestTerminated, reason: nil)))
        #expect(effects.contains(.close(.callerCancelled)))
        #expect(!effects.contains { if case .hangUp(.caller, _, _) = $0 { true } else { false } })
    }

    @Test func `whoever hangs up, the other is hung up and the record says who`() {
        var byCaller = World.talking()
        let first = byCaller.handle(.ended(.caller, .byRemote(reason: nil)))
        #expect(first.contains(.hangUp(World.first, .requestTerminated, reason: nil)))
        #expect(first.contains(.close(.callerHungUp)))
        var byCallee = World.talking()
        let second = byCallee.handle(.ended(World.first, .byRemote(reason: "SIP;cause=200")))
        #expect(second.contains(.hangUp(.caller, .requestTerminated, reason: "SIP;cause=200")))
        #expect(second.contains(.close(.calleeHungUp)))
    }

    @Test func `a call is closed once, whatever comes after its end`() {
        var machine = World.talking()
        _ = machine.handle(.ended(.caller, .byRemote(reason: nil)))
        #expect(feed(&machine, .ended(World.first, .byOrder)).isEmpty)
        #expect(feed(&machine, .hangUp(.administrator)).isEmpty)
    }

    @Test func `an offer goes to the other party and its answer comes back`() {
        var machine = World.talking()
        #expect(
            feed(&machine, .offered(World.first))
                == [.passOffer(from: World.first, to: .caller)])
        #expect(
            feed(&machine, .offerAccepted(.caller))
                == [.passAnswer(from: .caller, to: World.first)])
    }

    @Test func `two offers at once: the second is refused with 491`() {
        var machine = World.talking()
        _ = machine.handle(.offered(.caller))
        #expect(
            feed(&machine, .offered(World.first)) == [.refuseOffer(World.first, .requestPending)])
        #expect(
            feed(&machine, .offerRefused(World.first, .notAcceptableHere))
                == [.refuseOffer(.caller, .notAcceptableHere)])
        #expect(
            feed(&machine, .offered(World.first))
                == [.passOffer(from: World.first, to: .caller)])
    }

    @Test func `a withdrawn offer is cancelled on the other side and answered to nobody`() {
        var machine = World.talking()
        _ = machine.handle(.offered(.caller))
        #expect(feed(&machine, .offerWithdrawn(.caller)) == [.withdrawOffer(World.first)])
        #expect(feed(&machine, .offerRefused(World.first, .requestTerminated)).isEmpty)
    }

    @Test func `an INFO crosses to the other party`() {
        var machine = World.talking()
        #expect(
            feed(&machine, .informed(.caller, 7))
                == [.passInform(from: .caller, to: World.first, 7)])
    }

    @Test func `an INFO that comes as the call ends is answered all the same`() {
        var machine = World.talking()
        _ = machine.handle(.ended(World.first, .byRemote(reason: nil)))
        #expect(
            feed(&machine, .informed(.caller, 7))
                == [.concludeInform(7, .callOrTransactionDoesNotExist)])
    }

    @Test func `a broken invariant ends this call and is reported`() {
        var machine = World.talking()
        let effects = feed(&machine, .invariantBroken("a claim"))
        #expect(effects.first == .report("a claim"))
        #expect(effects.contains(.close(.ourFault)))
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func `whatever comes, a call closes at most once and nobody rings after its end`(
        seed: UInt64
    ) {
        var random = SmallRandom(seed: seed)
        var machine = CallMachine(ringingTime: .seconds(60))
        var closings = 0
        for _ in 0..<60 {
            for effect in feed(&machine, Self.anyEvent(&random)) {
                if case .close = effect { closings += 1 }
                if case .ring = effect { #expect(closings == 0) }
                if case .connect = effect { #expect(closings == 0) }
            }
        }
        #expect(closings <= 1)
        _ = machine.handle(.hangUp(.administrator)).map { effect in
            if case .close = effect { closings += 1 }
        }
        #expect(closings == 1)
    }

    private static func anyEvent(_ random: inout SmallRandom) -> CallMachine.Event {
        let leg = LegNumber(number: Int(random.next() % 4))
        let statuses: [Status] = [.busyHere, .decline, .requestTimeout, .flowFailed, .notFound]
        let status = statuses[Int(random.next() % 5)]
        switch random.next() % 16 {
        case 0: return .found([[World.target(1), World.target(2)], [World.target(3)]])
        case 1: return .progressed(leg, .ringing, hasMedia: random.next() % 2 == 0)
        case 2: return .answered(leg)
        case 3: return .refused(leg, status)
        case 4: return .mediaRefused(leg)
        case 5: return .offered(leg)
        case 6: return .offerWithdrawn(leg)
        case 7: return .offerAccepted(leg)
        case 8: return .offerRefused(leg, status)
        case 9: return .informed(leg, 1)
        case 10: return .referred(leg, toCall: false)
        case 11: return .ended(leg, .byRemote(reason: nil))
        case 12: return .ended(leg, .lost("test"))
        case 13: return .ringingTimedOut
        case 14: return .incompatible(leg)
        default: return .notFound(.unknownNumber)
        }
    }
}

/// SplitMix64: enough randomness for a test, the same for a seed.
struct SmallRandom: RandomNumberGenerator {
    private var value: UInt64

    init(seed: UInt64) { value = seed }

    mutating func next() -> UInt64 {
        value &+= 0x9E37_79B9_7F4A_7C15
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
