import Platform
import Sim

/// Decides what the phones of a load do next, and counts what they say.
///
///     registering ──all, or patience──► calling ──calls or time──► draining ──► leaving ──► over
///
/// A load that does not register begins with calling and ends after draining.
struct LoadCore: Sendable {
    enum Stage: String, Codable, Sendable {
        case registering, calling, draining, leaving, over
    }

    enum Effect: Equatable, Sendable {
        case begin(phone: Int)
        case call(phone: Int, number: String)
        case closeDown(phone: Int)
    }

    /// What is known of one phone.
    private struct Desk: Sendable {
        var isRegistered = false
        /// Its first REGISTER was answered, or failed.
        var isDecided = false
        /// The other phone of the call that it is told to make or to take.
        var partner: Int?
        var isCaller = false
        var isInCall = false
        /// What it saw, until the other one has told, too.
        var sighting: CallSighting?
    }

    /// The longest pause between two looks: what ends by patience is seen by then.
    private static let longestPause = Duration.milliseconds(50)

    let plan: LoadPlan
    private(set) var stage = Stage.registering
    private(set) var tally = LoadTally()
    private(set) var callingBegan: Instant?
    private(set) var callingEnded: Instant?
    private var desks: [Desk]
    private var free: FreePhones
    private var pacer: Pacer
    private var doneCount = 0
    private var openCallCount = 0
    private var stageEnds: Instant

    init(plan: LoadPlan, now: Instant) {
        self.plan = plan
        desks = Array(repeating: Desk(), count: plan.numbers.count)
        free = FreePhones(capacity: plan.numbers.count)
        pacer = Pacer(perSecond: plan.registrationsPerSecond, began: now)
        stageEnds = now
    }

    var registeredPhoneCount: Int { desks.count { $0.isRegistered } }
    var openCalls: Int { openCallCount }

    /// When to look again.
    func nextStep(now: Instant) -> Instant {
        let look = now + Self.longestPause
        switch stage {
        case .registering, .leaving: return doneCount < desks.count ? min(look, pacer.next) : look
        case .calling: return min(look, max(pacer.next, now))
        case .draining, .over: return look
        }
    }

    // MARK: Steps

    /// The phones are there only now: the time counts from here.
    mutating func restart(now: Instant) {
        pacer = Pacer(perSecond: plan.registrationsPerSecond, began: now)
    }

    mutating func step(now: Instant) -> [Effect] {
        var effects: [Effect] = []
        switch stage {
        case .registering: register(now, &effects)
        case .calling: call(now, &effects)
        case .draining:
            if openCallCount == 0 || now >= stageEnds { leave(now) }
        case .leaving: signOff(now, &effects)
        case .over: break
        }
        return effects
    }

    /// No more calls: what is under way is ended as usual.
    mutating func stop(now: Instant) {
        switch stage {
        case .registering: leave(now)
        case .calling: drain(now)
        case .draining, .leaving, .over: break
        }
    }

    private mutating func register(_ now: Instant, _ effects: inout [Effect]) {
        for phone in nextPhones(now) {
            effects.append(.begin(phone: phone))
            if !plan.registers { free.add(phone) }
        }
        guard doneCount == desks.count else { return }
        if !plan.registers || now >= stageEnds || desks.allSatisfy(\.isDecided) {
            beginCalling(now)
        }
    }

    private mutating func beginCalling(_ now: Instant) {
        guard free.count >= plan.phonesPerCall, plan.callLimit > 0 else { return leave(now) }
        stage = .calling
        callingBegan = now
        stageEnds = now + plan.duration
        pacer = Pacer(perSecond: plan.callsPerSecond, began: now)
    }

    private mutating func call(_ now: Instant, _ effects: inout [Effect]) {
        guard now < stageEnds, tally.placedCount < plan.callLimit else { return drain(now) }
        let owed = min(pacer.owedCount(now: now), plan.callLimit - tally.placedCount)
        var placed = 0
        while placed < owed, let call = placeCall() {
            effects.append(call)
            placed += 1
        }
        pacer.settle(placed)
        tally.missedCount += pacer.forgetOld(now: now)
    }

    private mutating func placeCall() -> Effect? {
        guard free.count >= plan.phonesPerCall, let caller = free.take() else { return nil }
        desks[caller].isCaller = true
        desks[caller].isInCall = true
        tally.placedCount += 1
        openCallCount += 1
        if let number = plan.otherParty { return .call(phone: caller, number: number) }
        guard let callee = free.take() else { return nil }
        desks[caller].partner = callee
        desks[callee].partner = caller
        desks[callee].isCaller = false
        return .call(phone: caller, number: plan.numbers[callee])
    }

    private mutating func drain(_ now: Instant) {
        stage = .draining
        callingEnded = now
        stageEnds = now + plan.drainPatience
    }

    private mutating func leave(_ now: Instant) {
        stage = plan.registers ? .leaving : .over
        doneCount = 0
        pacer = Pacer(perSecond: plan.registrationsPerSecond, began: now)
        stageEnds = now + LoadPlan.leavePatience
    }

    private mutating func signOff(_ now: Instant, _ effects: inout [Effect]) {
        for phone in nextPhones(now) { effects.append(.closeDown(phone: phone)) }
        guard doneCount == desks.count else { return }
        if registeredPhoneCount == 0 || now >= stageEnds { stage = .over }
    }

    /// The phones whose turn it is to begin or to leave. The patience counts from the last one.
    private mutating func nextPhones(_ now: Instant) -> Range<Int> {
        let rest = desks.count - doneCount
        let count = plan.registers ? min(rest, pacer.owedCount(now: now)) : rest
        guard count > 0 else { return doneCount..<doneCount }
        defer { doneCount += count }
        pacer.settle(count)
        stageEnds =
            now + (stage == .leaving ? LoadPlan.leavePatience : LoadPlan.registrationPatience)
        return doneCount..<doneCount + count
    }

    // MARK: Notes

    /// Takes what a phone wrote down.
    mutating func note(_ entry: DiaryEntry) {
        switch entry {
        case .registered(let phone, let latency):
            tally.registered(after: latency)
            guard !desks[Int(phone)].isRegistered else { return }
            desks[Int(phone)].isRegistered = true
            desks[Int(phone)].isDecided = true
            free.add(Int(phone))
        case .registrationFailed(let phone, let status, let failure):
            desks[Int(phone)].isDecided = true
            tally.registrationFailed(status: status, failure: failure)
        case .signedOff(let phone):
            desks[Int(phone)].isRegistered = false
        case .callBegan(let phone, let isCaller):
            if !isCaller { desks[Int(phone)].isInCall = true }
        case .callNotPlaced(let phone):
            tally.placedCount -= 1
            tally.missedCount += 1
            settle(caller: Int(phone))
        case .callEnded(let sighting):
            ended(sighting)
        case .complaint(let complaint):
            tally.complained(complaint)
        }
    }

    private mutating func ended(_ sighting: CallSighting) {
        let phone = Int(sighting.phone)
        desks[phone].isInCall = false
        if plan.sound != .off { tally.heard(sighting) }
        if sighting.isCaller {
            tally.callEnded(sighting)
            desks[phone].sighting = sighting
            settleWhenBothEnded(caller: phone)
        } else if let caller = desks[phone].partner, !desks[phone].isCaller,
            sighting.remoteNumber == plan.numbers[caller]
        {
            desks[phone].sighting = sighting
            settleWhenBothEnded(caller: caller)
        }
        // Else somebody else's call, or one whose caller has long given up.
    }

    private mutating func settleWhenBothEnded(caller: Int) {
        guard let seen = desks[caller].sighting else { return }
        if let callee = desks[caller].partner {
            guard !desks[callee].isInCall else { return }
            if let heard = desks[callee].sighting { judge(caller: seen, callee: heard) }
        } else {
            judge(seen)
        }
        settle(caller: caller)
    }

    private mutating func judge(caller: CallSighting, callee: CallSighting) {
        guard plan.sound != .off, let verdict = HeardVerdict(caller: caller, callee: callee) else {
            return
        }
        tally.judgedCount += 1
        if verdict.areBothHeard { tally.heardCount += 1 }
        if verdict.isStrangerHeard { tally.strangerCount += 1 }
    }

    /// A call to somebody else's phone: whether there was sound is told, and no failure.
    private mutating func judge(_ sighting: CallSighting) {
        guard plan.sound != .off, !sighting.heard.isEmpty else { return }
        tally.judgedCount += 1
        tally.heardCount += 1
    }

    /// Both phones are free again.
    private mutating func settle(caller: Int) {
        openCallCount -= 1
        if let callee = desks[caller].partner { release(callee) }
        release(caller)
    }

    private mutating func release(_ phone: Int) {
        desks[phone].partner = nil
        desks[phone].isCaller = false
        desks[phone].isInCall = false
        desks[phone].sighting = nil
        free.add(phone)
    }
}
