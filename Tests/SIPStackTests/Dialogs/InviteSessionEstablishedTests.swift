import Platform
import Testing

@testable import SIPStack

@Suite struct InviteSessionEstablishedTests {
    typealias World = DialogWorld

    private func receive(
        _ usage: inout InviteSession, _ request: Request
    ) -> [InviteSession.Effect] {
        usage.handle(.arrival(.request(request, World.later, on: World.flow)), now: .start)
    }

    private func reinvite(_ sequence: UInt32 = 2, body: MessageBody? = World.other) -> Request {
        World.request(.invite, sequence: sequence, toTag: "ours", body: body)
    }

    @Test func `BYE is answered and ends the usage with its Reason`() {
        var usage = World.established()
        var bye = World.request(.bye, sequence: 2, toTag: "ours")
        bye.fields[.reason] = "Q.850;cause=16"
        let effects = receive(&usage, bye)
        #expect(effects.statuses == [.ok])
        #expect(effects.reports == [.ended(.byRemote(reason: "Q.850;cause=16"))])
    }

    @Test func `a request out of order gets 500 and changes nothing`() {
        var usage = World.established()
        let effects = receive(&usage, World.request(.bye, sequence: 1, toTag: "ours"))
        #expect(effects.statuses == [.serverInternalError])
        #expect(usage.state == .established)
    }

    @Test func `a re-INVITE is reported, answered by order, and its ACK ends the turn`() {
        var usage = World.established()
        #expect(receive(&usage, reinvite()).reports == [.offered(World.other, by: .invite)])
        let answer = usage.handle(.order(.acceptOffer(World.sdp)), now: .start)
        #expect(answer.statuses == [.ok])
        let acknowledgement = World.request(.ack, sequence: 2, toTag: "ours")
        let effects = usage.handle(
            .arrival(.acknowledgement(acknowledgement, on: World.flow)), now: .start)
        #expect(effects.reports == [.offerConfirmed(nil)])
    }

    @Test func `while our re-INVITE is out theirs gets 491 (RFC 3261 §14.2)`() {
        var usage = World.established()
        let effects = usage.handle(.order(.offer(World.sdp)), now: .start)
        #expect(effects.sent.map(\.method) == [.invite])
        #expect(receive(&usage, reinvite()).statuses == [.requestPending])
    }

    @Test func `our re-INVITE that is open when the dialog ends is given up (RFC 3261 §9.1)`() {
        var usage = World.established()
        _ = usage.handle(.order(.offer(World.sdp)), now: .start)
        let effects = receive(&usage, World.request(.bye, sequence: 2, toTag: "ours"))
        #expect(effects.contains(.cancel(.reinvite, reason: nil)))
        #expect(effects.reports == [.ended(.byRemote(reason: nil))])
    }

    @Test func `an offer can go out only where none is open`() {
        var usage = World.invited()
        #expect(!usage.isReadyForOffer)
        usage = World.established()
        #expect(usage.isReadyForOffer)
        _ = receive(&usage, reinvite())
        #expect(!usage.isReadyForOffer)
    }

    @Test func `a 2xx to an earlier re-INVITE answers no later one`() throws {
        var usage = World.established()
        func offer() throws -> Request {
            try #require(usage.handle(.order(.offer(World.sdp)), now: .start).sent.first)
        }
        let first = World.response(to: try offer(), .ok, body: World.other)
        _ = usage.handle(.arrival(.response(first, .reinvite, on: World.flow)), now: .start)
        _ = try offer()
        let again = usage.handle(.arrival(.response(first, .reinvite, on: World.flow)), now: .start)
        #expect(again.reports.isEmpty)
        #expect(!usage.isReadyForOffer)
    }

    @Test func `while theirs is open a further one gets 500 with Retry-After`() {
        var usage = World.established()
        _ = receive(&usage, reinvite(2))
        #expect(receive(&usage, reinvite(3)).statuses == [.serverInternalError])
    }

    @Test func `while theirs is open ours is refused as glare`() {
        var usage = World.established()
        _ = receive(&usage, reinvite())
        let effects = usage.handle(.order(.offer(World.sdp)), now: .start)
        #expect(effects.reports == [.offerRefused(.requestPending)])
    }

    @Test func `our re-INVITE's 2xx is acknowledged and reported`() throws {
        var usage = World.established()
        let sent = usage.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(to: try #require(sent.first), .ok, body: World.other)
        let effects = usage.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.sent.map(\.method) == [.ack])
        #expect(effects.reports == [.offerAccepted(World.other)])
    }

    @Test func `481 to our re-INVITE means that the far end has lost the call (§12.2.1.2)`() throws
    {
        var usage = World.established()
        let sent = usage.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(
            to: try #require(sent.first), .callOrTransactionDoesNotExist)
        let effects = usage.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.sent.map(\.method) == [.bye])
        #expect(usage.state == .ended)
    }

    @Test func `488 to our re-INVITE leaves the call as it is`() throws {
        var usage = World.established()
        let sent = usage.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(to: try #require(sent.first), .notAcceptableHere)
        let effects = usage.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.reports == [.offerRefused(.notAcceptableHere)])
        #expect(usage.state == .established)
    }

    @Test func `a CANCEL of their re-INVITE is answered by 487 and reported`() {
        var usage = World.established()
        _ = receive(&usage, reinvite())
        let effects = usage.handle(.arrival(.cancelled(World.later)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.reports == [.offerWithdrawn])
        #expect(usage.state == .established)
    }

    @Test func `hanging up refuses an open re-INVITE and sends one BYE`() {
        var usage = World.established()
        _ = receive(&usage, reinvite())
        let effects = usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.sent.map(\.method) == [.bye])
        let again = usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(again.isEmpty)
    }

    @Test func `INFO is reported with its transaction and concluded by order`() {
        var usage = World.established()
        let info = World.request(
            .info, sequence: 2, toTag: "ours",
            body: MessageBody(contentType: "application/dtmf-relay", bytes: Array("5".utf8)))
        #expect(receive(&usage, info).reports == [.informed(World.later, info)])
        let effects = usage.handle(
            .order(.conclude(World.later, info, .ok)), now: .start)
        #expect(effects.statuses == [.ok])
    }

    @Test func `a method that we don't take gets 405 with Allow`() {
        var usage = World.established()
        let effects = receive(&usage, World.request(.publish, sequence: 2, toTag: "ours"))
        guard case .respond(let response, _)? = effects.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status == .methodNotAllowed)
        #expect(response.fields[.allow]?.contains("INVITE") == true)
    }

    @Test func `a BYE that crosses ours is answered with 200, everything else with 481`() {
        var usage = World.established()
        _ = usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(
            receive(&usage, World.request(.bye, sequence: 2, toTag: "ours")).statuses == [.ok])
        #expect(
            receive(&usage, reinvite(3)).statuses == [.callOrTransactionDoesNotExist])
    }
}
