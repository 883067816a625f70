import Platform
import Testing

@testable import SIPStack

@Suite struct InviteSessionEstablishedTests {
    typealias World = DialogWorld

    private func receive(
        _ session: inout InviteSession, _ request: Request
    ) -> [InviteSession.Effect] {
        session.handle(.arrival(.request(request, World.later, on: World.flow)), now: .start)
    }

    private func reinvite(_ sequence: UInt32 = 2, body: MessageBody? = World.other) -> Request {
        World.request(.invite, sequence: sequence, toTag: "ours", body: body)
    }

    @Test func `BYE is answered and ends the usage with its Reason`() {
        var session = World.established()
        var bye = World.request(.bye, sequence: 2, toTag: "ours")
        bye.fields[.reason] = "Q.850;cause=16"
        let effects = receive(&session, bye)
        #expect(effects.statuses == [.ok])
        #expect(effects.reports == [.ended(.byRemote(reason: "Q.850;cause=16"))])
    }

    @Test func `a request out of order gets 500 and changes nothing`() {
        var session = World.established()
        let effects = receive(&session, World.request(.bye, sequence: 1, toTag: "ours"))
        #expect(effects.statuses == [.serverInternalError])
        #expect(session.state == .established)
    }

    @Test func `a re-INVITE is reported, answered by order, and its ACK ends the turn`() {
        var session = World.established()
        #expect(receive(&session, reinvite()).reports == [.offered(World.other)])
        let answer = session.handle(.order(.acceptOffer(World.sdp)), now: .start)
        #expect(answer.statuses == [.ok])
        let acknowledgement = World.request(.ack, sequence: 2, toTag: "ours")
        let effects = session.handle(
            .arrival(.acknowledgement(acknowledgement, on: World.flow)), now: .start)
        #expect(effects.reports == [.offerConfirmed(nil)])
    }

    @Test func `while our re-INVITE is out theirs gets 491 (RFC 3261 §14.2)`() {
        var session = World.established()
        let effects = session.handle(.order(.offer(World.sdp)), now: .start)
        #expect(effects.sent.map(\.method) == [.invite])
        #expect(receive(&session, reinvite()).statuses == [.requestPending])
    }

    @Test func `while theirs is open a further one gets 500 with Retry-After`() {
        var session = World.established()
        _ = receive(&session, reinvite(2))
        #expect(receive(&session, reinvite(3)).statuses == [.serverInternalError])
    }

    @Test func `while theirs is open ours is refused as glare`() {
        var session = World.established()
        _ = receive(&session, reinvite())
        let effects = session.handle(.order(.offer(World.sdp)), now: .start)
        #expect(effects.reports == [.offerRefused(.requestPending)])
    }

    @Test func `our re-INVITE's 2xx is acknowledged and reported`() throws {
        var session = World.established()
        let sent = session.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(to: try #require(sent.first), .ok, body: World.other)
        let effects = session.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.sent.map(\.method) == [.ack])
        #expect(effects.reports == [.offerAccepted(World.other)])
    }

    @Test func `481 to our re-INVITE means that the far end has lost the call (§12.2.1.2)`() throws {
        var session = World.established()
        let sent = session.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(
            to: try #require(sent.first), .callOrTransactionDoesNotExist)
        let effects = session.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.sent.map(\.method) == [.bye])
        #expect(session.state == .ended)
    }

    @Test func `488 to our re-INVITE leaves the call as it is`() throws {
        var session = World.established()
        let sent = session.handle(.order(.offer(World.sdp)), now: .start).sent
        let response = World.response(to: try #require(sent.first), .notAcceptableHere)
        let effects = session.handle(
            .arrival(.response(response, .reinvite, on: World.flow)), now: .start)
        #expect(effects.reports == [.offerRefused(.notAcceptableHere)])
        #expect(session.state == .established)
    }

    @Test func `a CANCEL of their re-INVITE is answered by 487 and reported`() {
        var session = World.established()
        _ = receive(&session, reinvite())
        let effects = session.handle(.arrival(.cancelled(World.later)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.reports == [.offerWithdrawn])
        #expect(session.state == .established)
    }

    @Test func `hanging up refuses an open re-INVITE and sends one BYE`() {
        var session = World.established()
        _ = receive(&session, reinvite())
        let effects = session.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.sent.map(\.method) == [.bye])
        let again = session.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(again.isEmpty)
    }

    @Test func `INFO is reported with its transaction and concluded by order`() {
        var session = World.established()
        let info = World.request(
            .info, sequence: 2, toTag: "ours",
            body: MessageBody(contentType: "application/dtmf-relay", bytes: Array("5".utf8)))
        #expect(receive(&session, info).reports == [.informed(World.later, info)])
        let effects = session.handle(
            .order(.conclude(World.later, info, .ok)), now: .start)
        #expect(effects.statuses == [.ok])
    }

    @Test func `a method that we don't take gets 405 with Allow`() {
        var session = World.established()
        let effects = receive(&session, World.request(.update, sequence: 2, toTag: "ours"))
        guard case .respond(let response, _)? = effects.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status == .methodNotAllowed)
        #expect(response.fields[.allow]?.contains("INVITE") == true)
    }

    @Test func `a BYE that crosses ours is answered with 200, everything else with 481`() {
        var session = World.established()
        _ = session.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(
            receive(&session, World.request(.bye, sequence: 2, toTag: "ours")).statuses == [.ok])
        #expect(
            receive(&session, reinvite(3)).statuses == [.callOrTransactionDoesNotExist])
    }
}
