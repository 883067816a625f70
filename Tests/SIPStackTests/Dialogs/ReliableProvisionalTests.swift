import Platform
import Testing

@testable import SIPStack

/// 100rel on the side that answers (RFC 3262 §3).
@Suite struct ReliableProvisionalTests {
    typealias World = DialogWorld

    static let supported: [(FieldName, String)] = [(.supported, "100rel"), (.allow, "UPDATE")]
    static let required: [(FieldName, String)] = [(.require, "100rel")]

    private func prack(
        _ usage: inout InviteSession, _ number: UInt32, sequence: UInt32 = 2,
        body: MessageBody? = nil
    ) -> [InviteSession.Effect] {
        usage.hear(.prack, sequence, body: body, [(.rAck, "\(number) 1 INVITE")])
    }

    @Test func `a caller without 100rel gets early media as always`() throws {
        var usage = World.invited()
        let response = try #require(
            usage.obey(.progress(.sessionProgress, World.sdp)).responses.first)
        #expect(response.content == World.sdp)
        #expect(response.fields[.rSeq] == nil)
        #expect(usage.obey(.answer(World.sdp)).responses.first?.content == World.sdp)
    }

    @Test func `a description goes reliably to a caller that supports 100rel (§3)`() throws {
        var usage = World.invited(Self.supported)
        let ringing = try #require(usage.obey(.progress(.ringing, nil)).responses.first)
        #expect(ringing.fields[.rSeq] == nil)
        let response = try #require(
            usage.obey(.progress(.sessionProgress, World.sdp)).responses.first)
        #expect(response.fields[.require] == "100rel")
        #expect(response.fields[.rSeq] == "100")
        #expect(response.fields[.allow]?.contains("PRACK") == true)
        #expect(prack(&usage, 100).statuses == [.ok])
    }

    @Test func `a caller that requires 100rel gets everything but 100 reliably (§3)`() throws {
        var usage = World.invited(Self.required)
        #expect(usage.obey(.progress(.trying, nil)).responses.first?.fields[.rSeq] == nil)
        #expect(usage.obey(.progress(.ringing, nil)).responses.first?.fields[.rSeq] == "100")
    }

    @Test func `it is resent from T1 doubling without a cap, and given up after 64·T1 (§3)`() {
        var usage = World.invited(Self.required)
        var waits = usage.obey(.progress(.ringing, nil)).waits(.resendProvisional)
        for _ in 0..<5 {
            let effects = usage.fire(.resendProvisional)
            #expect(effects.statuses == [.ringing])
            waits += effects.waits(.resendProvisional)
        }
        #expect(waits == [0.5, 1, 2, 4, 8, 16].map { .milliseconds(Int64($0 * 1000)) })
        let effects = usage.fire(.provisionalAcknowledgement)
        #expect(effects.statuses == [.serverInternalError])
        #expect(effects.reports == [.ended(.lost("no PRACK"))])
    }

    @Test func `one is out at a time: the next waits for the PRACK, numbered one more (§3)`() {
        var usage = World.invited(Self.required)
        _ = usage.obey(.progress(.ringing, nil))
        #expect(usage.obey(.progress(.sessionProgress, World.sdp)).isEmpty)
        let effects = prack(&usage, 100)
        #expect(effects.statuses == [.ok, .sessionProgress])
        #expect(effects.responses.last?.fields[.rSeq] == "101")
        #expect(effects.contains(.stop(.provisionalAcknowledgement)))
    }

    @Test(arguments: ["99 1 INVITE", "100 2 INVITE", "100 1 UPDATE", "nonsense"])
    func `a PRACK of nothing gets 481 and changes nothing (§3)`(rAck: String) {
        var usage = World.invited(Self.required)
        _ = usage.obey(.progress(.ringing, nil))
        let effects = usage.hear(.prack, 2, [(.rAck, rAck)])
        #expect(effects.statuses == [.callOrTransactionDoesNotExist])
        #expect(usage.hear(.prack, 3, [(.rAck, "100 1 INVITE")]).statuses == [.ok])
        #expect(
            usage.hear(.prack, 4, [(.rAck, "100 1 INVITE")]).statuses
                == [.callOrTransactionDoesNotExist])
    }

    @Test func `the 2xx waits for the PRACK of a description, and holds none itself (§3, §5)`() {
        var usage = World.invited(Self.supported)
        _ = usage.obey(.progress(.sessionProgress, World.sdp))
        #expect(usage.hasSettledDescription)
        #expect(usage.obey(.answer(nil)).isEmpty)
        let effects = prack(&usage, 100)
        #expect(effects.statuses == [.ok, .ok])
        #expect(effects.responses.last?.cSeq.method == .invite)
        #expect(effects.responses.last?.content == nil)
    }

    @Test func `the 2xx need not wait for the PRACK of a ringing, which may follow (§3)`() {
        var usage = World.invited(Self.required)
        _ = usage.obey(.progress(.ringing, nil))
        let effects = usage.obey(.answer(World.sdp))
        #expect(effects.statuses == [.ok])
        #expect(effects.responses.first?.content == World.sdp)
        #expect(effects.contains(.stop(.resendProvisional)))
        #expect(prack(&usage, 100).statuses == [.ok])
    }

    @Test func `the 2xx waits for an offer of ours that waits behind a ringing (§3, §5)`() {
        var usage = World.invited(Self.required, body: nil)
        _ = usage.obey(.progress(.ringing, nil))
        #expect(usage.obey(.progress(.sessionProgress, World.sdp)).isEmpty)
        #expect(usage.hasSettledDescription)
        #expect(usage.obey(.answer(nil)).isEmpty)
        let offer = prack(&usage, 100)
        #expect(offer.statuses == [.ok, .sessionProgress])
        #expect(offer.responses.last?.content == World.sdp)
        let effects = prack(&usage, 101, sequence: 3, body: World.other)
        #expect(effects.statuses == [.ok, .ok])
        #expect(effects.responses.last?.cSeq.method == .invite)
        #expect(effects.reports == [.earlyAnswered(World.other)])
    }

    @Test func `an INVITE without an offer gets ours reliably, the PRACK answers it (§5)`() {
        var usage = World.invited(Self.supported, body: nil)
        #expect(usage.takesEarlyDescription)
        let offer = usage.obey(.progress(.sessionProgress, World.sdp))
        #expect(offer.responses.first?.content == World.sdp)
        let effects = prack(&usage, 100, body: World.other)
        #expect(effects.statuses == [.ok])
        #expect(effects.reports == [.earlyAnswered(World.other)])
        #expect(usage.obey(.answer(World.sdp)).responses.first?.content == nil)
    }

    @Test func `without 100rel no offer of ours goes before the 2xx (RFC 3261 §13.3.1.1)`() {
        var usage = World.invited(body: nil)
        #expect(!usage.takesEarlyDescription)
        let effects = usage.obey(.progress(.sessionProgress, World.sdp))
        #expect(effects.responses.first?.content == nil)
    }

    @Test func `a PRACK may bring the next offer, its 200 our answer (§5)`() {
        var usage = World.invited(Self.supported)
        _ = usage.obey(.progress(.sessionProgress, World.sdp))
        #expect(usage.obey(.answer(nil)).isEmpty)
        let offered = prack(&usage, 100, body: World.other)
        #expect(offered.reports == [.offered(World.other, by: .prack)])
        #expect(offered.statuses.isEmpty)
        let effects = usage.obey(.acceptOffer(World.sdp))
        #expect(effects.responses.map(\.cSeq.method) == [.prack, .invite])
        #expect(effects.responses.first?.content == World.sdp)
    }

    @Test func `a CANCEL or a refusal stops the resending (§3)`() {
        var usage = World.invited(Self.supported)
        _ = usage.obey(.progress(.sessionProgress, World.sdp))
        let effects = usage.handle(.arrival(.cancelled(World.transaction)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.contains(.stop(.resendProvisional)))
        #expect(effects.reports == [.ended(.cancelledByRemote)])
    }

    @Test func `progress that waits is bounded`() {
        var usage = World.invited(Self.required)
        for _ in 0..<100 { _ = usage.obey(.progress(.ringing, nil)) }
        var count = 0
        for number in UInt32(100)..<200 {
            let effects = prack(&usage, number, sequence: number)
            guard effects.statuses.first == .ok else { break }
            count += 1
        }
        #expect(count == ReliableProvisionals.waitingLimit + 1)
    }
}
