import Platform
import Testing

@testable import SIPStack

@Suite struct SourceLedgerTests {
    private static let home = SourceKey(IPAddress(v4: 0xC633_6401))
    private static let office = SourceKey(IPAddress(v4: 0xC633_6402))

    private func ledger(_ change: (inout AbuseLimits) -> Void = { _ in }) -> SourceLedger {
        var limits = AbuseLimits()
        change(&limits)
        return SourceLedger(limits: limits, key: Array(0..<16))
    }

    private func after(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }

    /// Tries that many passwords, a second apart; the ban, and after how many tries it came.
    private func guess(
        _ ledger: inout SourceLedger, _ count: Int, name: (Int) -> String = { _ in "100" },
        from key: SourceKey = home, at second: Int64 = 1
    ) -> (ban: Ban, tries: Int)? {
        for number in 1...count {
            let now = after(second + Int64(number))
            if let ban = ledger.failed(name(number), from: key, now: now) { return (ban, number) }
        }
        return nil
    }

    @Test func `a stranger that guesses is banned at the limit, and then not heard`() throws {
        var ledger = ledger()
        let (ban, tries) = try #require(guess(&ledger, 100))
        #expect(tries == 10)
        #expect(ban.reason == .guessing)
        let mayComeIn = ledger.admits(Self.home, now: after(12))
        #expect(!mayComeIn)
        #expect(ledger.bans(now: after(12)).map(\.source) == [Self.home])
        #expect(ledger.bans(now: after(12)).map(\.droppedCount) == [1])
    }

    @Test func `a ban ends by itself, and the next one is four times as long`() throws {
        var ledger = ledger()
        let first = try #require(guess(&ledger, 10)).ban
        #expect(first.until - after(11) == .seconds(60))
        let second = try #require(guess(&ledger, 10, at: 100)).ban
        #expect(second.until - after(110) == .seconds(240))
        #expect(second.count == 2)
        let mayComeIn = ledger.admits(Self.home, now: second.until)
        #expect(mayComeIn)
        #expect(ledger.bans(now: second.until).isEmpty)
    }

    @Test func `failures that are spread over more than the window ban nobody`() {
        var ledger = ledger()
        for number in 0..<200 {
            let ban = ledger.failed("100", from: Self.home, now: after(Int64(number) * 70))
            #expect(ban == nil)
        }
    }

    @Test func `one phone with a wrong password does not lock its office out`() {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        #expect(guess(&ledger, 5000, from: Self.office) == nil)
        let mayComeIn = ledger.admits(Self.office, now: after(5001))
        #expect(mayComeIn)
        #expect(ledger.pause(for: "101", from: Self.office, now: after(5001)) == .zero)
    }

    @Test func `whoever tries name after name in an office that is known is banned all the same`()
        throws
    {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        let (_, tries) = try #require(
            guess(&ledger, 200, name: { "\(100 + $0)" }, from: Self.office))
        #expect(tries == 29)
    }

    @Test func `signing in does not wash away that many names have failed`() throws {
        var ledger = ledger()
        var ban: Ban?
        for number in 0..<100 where ban == nil {
            ledger.succeeded("101", from: Self.office, now: after(Int64(number)))
            ban = ledger.failed("\(200 + number)", from: Self.office, now: after(Int64(number)))
        }
        #expect(ban?.reason == .guessing)
    }

    @Test func `a name that fails again and again waits, and for the right password alone no more`()
    {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        var pauses: [Duration] = []
        for _ in 0..<12 {
            _ = ledger.failed("100", from: Self.office, now: after(1))
            pauses.append(ledger.pause(for: "100", from: Self.office, now: after(1)))
        }
        #expect(
            pauses
                == ([0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60] as [Int64]).map { .seconds($0) })
        ledger.succeeded("100", from: Self.office, now: after(61))
        #expect(ledger.pause(for: "100", from: Self.office, now: after(61)) == .zero)
    }

    @Test func `a name that is guessed from everywhere waits, but not where somebody signed in`() {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        for number in 0..<40 {
            let source = SourceKey(IPAddress(v4: 0x0A00_0000 + UInt32(number)))
            _ = ledger.failed("100", from: source, now: after(1))
        }
        let pause = ledger.pause(for: "100", from: Self.home, now: after(1))
        #expect(pause == .seconds(60))
        #expect(ledger.pause(for: "100", from: Self.office, now: after(1)) == .zero)
    }

    @Test func `who answers no challenge is banned as one who looks for numbers`() {
        var ledger = ledger()
        var bans = 0
        for _ in 0..<1000 where ledger.challenged(Self.home, now: after(1)) != nil { bans += 1 }
        #expect(bans == 2)
        #expect(ledger.bans(now: after(1)).map(\.reason) == [.scanning])
        ledger.vouch(for: Self.office, now: after(1))
        for _ in 0..<1000 { #expect(ledger.challenged(Self.office, now: after(1)) == nil) }
    }

    @Test func `a stranger gets its burst and then its rate, an office many times that`() {
        var ledger = ledger()
        var admitted = 0
        for _ in 0..<5000 where ledger.admits(Self.home, now: after(1)) { admitted += 1 }
        #expect(admitted == 200)
        for _ in 0..<5000 where ledger.admits(Self.home, now: after(2)) { admitted += 1 }
        #expect(admitted == 240)
        ledger.vouch(for: Self.office, now: after(1))
        var familiar = 0
        for _ in 0..<5000 where ledger.admits(Self.office, now: after(1)) { familiar += 1 }
        #expect(familiar == 4000)
    }

    @Test func `a flood from made-up addresses pushes out no ban and no office`() throws {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        _ = try #require(guess(&ledger, 10))
        for number in 0..<400_000 {
            _ = ledger.admits(SourceKey(IPAddress(v4: UInt32(number))), now: after(20))
        }
        #expect(ledger.isBanned(Self.home, now: after(20)))
        #expect(guess(&ledger, 100, from: Self.office, at: 21) == nil)
    }

    @Test func `names that fail are kept up to a limit`() {
        var ledger = ledger()
        ledger.succeeded("101", from: Self.office, now: after(0))
        for number in 0..<40_000 {
            let source = SourceKey(IPAddress(v4: UInt32(number / 8)))
            _ = ledger.failed("name \(number)", from: source, now: after(1))
        }
        #expect(ledger.failedNameCount <= FailedNames.limit)
        _ = ledger.failed("later", from: Self.home, now: after(700))
        #expect(ledger.failedNameCount < 10)
    }

    @Test func `a ban that is lifted leaves nothing behind`() throws {
        var ledger = ledger()
        _ = try #require(guess(&ledger, 10))
        let wasBanned = ledger.lift(Self.home, now: after(12))
        let again = ledger.lift(Self.home, now: after(12))
        #expect(wasBanned && !again)
        let mayComeIn = ledger.admits(Self.home, now: after(12))
        #expect(mayComeIn)
        #expect(ledger.pause(for: "100", from: Self.home, now: after(12)) == .zero)
        let next = try #require(guess(&ledger, 10, at: 20)).ban
        #expect(next.count == 1)
    }

    @Test func `addresses of one IPv6 network are one source`() {
        let one = SourceKey(IPAddress(high: 0x2001_0DB8_0000_0001, low: 1))
        let other = SourceKey(IPAddress(high: 0x2001_0DB8_0000_0001, low: 0xFFFF_0000_0001))
        #expect(one == other)
        #expect("\(one)" == "2001:db8:0:1::/64")
        #expect("\(Self.home)" == "198.51.100.1")
    }

    @Test func `who is on the allow list is neither slowed nor banned`() throws {
        let doorkeeper = Doorkeeper(limits: AbuseLimits(), random: CountingRandom())
        for _ in 0..<1000 {
            #expect(doorkeeper.admits(.loopbackV4, now: .start))
            #expect(doorkeeper.failed("100", from: .loopbackV4, now: .start) == nil)
            #expect(doorkeeper.pause(for: "100", from: .loopbackV4, now: .start) == .zero)
        }
        #expect(doorkeeper.bans(now: .start).isEmpty)
    }
}
