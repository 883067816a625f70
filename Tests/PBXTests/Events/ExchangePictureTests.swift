import Foundation
import Platform
import Testing

@testable import PBX

@Suite struct ExchangePictureTests {
    private let callID = CallID("01kb0000000000000000000000")
    private let legID = LegID("01kb0000000000000000000001")
    private let owner = ExtensionID(number: 7)

    private func begun() throws -> (ExchangePicture, CallID, LegID) {
        let callID = try #require(callID)
        let legID = try #require(legID)
        var picture = ExchangePicture()
        picture.apply(
            .callBegan(
                call: CallPicture(
                    callID: callID, linkedID: callID, kind: .inside,
                    caller: CallPicture.Party(number: "101"),
                    callee: CallPicture.Party(number: "102"),
                    startedAt: WallTime(microseconds: 0))))
        let touched = picture.apply(
            .legBegan(
                call: callID,
                leg: LegPicture(
                    legID: legID, role: .caller, extensionID: owner, number: "101",
                    phase: .trying)))
        #expect(touched == [owner])
        return (picture, callID, legID)
    }

    @Test func `a leg's extension is in the call until the leg is gone`() throws {
        var (picture, callID, legID) = try begun()
        #expect(picture.calls(of: owner).map(\.callID) == [callID])
        #expect(picture.apply(.legAnswered(call: callID, leg: legID)) == [owner])
        #expect(picture.calls(of: owner).first?.legs.first?.phase == .answered)
        #expect(picture.apply(.legEnded(call: callID, leg: legID)) == [owner])
        #expect(picture.calls(of: owner).isEmpty)
        #expect(picture.calls[callID] != nil)
    }

    @Test(arguments: [true, false])
    func `a call is gone when it is over and no leg is left, in either order`(
        isEndFirst: Bool
    ) throws {
        var (picture, callID, legID) = try begun()
        let last: [ExchangeEvent.News] = [
            .callEnded(call: callID, reason: .callerHungUp), .legEnded(call: callID, leg: legID),
        ]
        for news in isEndFirst ? last : last.reversed() { picture.apply(news) }
        #expect(picture == ExchangePicture())
    }

    @Test func `a picture reads back from its JSON`() throws {
        var (picture, _, _) = try begun()
        picture.apply(
            .extensionRegistered(
                ExtensionPicture(extensionID: owner, number: "101", contactCount: 2)))
        let bytes = try JSONEncoder().encode(picture)
        #expect(try JSONDecoder().decode(ExchangePicture.self, from: bytes) == picture)
    }

    @Test func `news of what is not known changes nothing`() throws {
        var picture = ExchangePicture()
        let callID = try #require(callID)
        let legID = try #require(legID)
        #expect(picture.apply(.legRang(call: callID, leg: legID)) == [])
        #expect(picture.apply(.legEnded(call: callID, leg: legID)) == [])
        picture.apply(.callEnded(call: callID, reason: .lost))
        #expect(picture == ExchangePicture())
    }

    private func ringing(
        _ picture: inout ExchangePicture, _ suffix: String, at extensionID: ExtensionID,
        since second: Int64, phase: LegPicture.Phase = .ringing
    ) throws -> CallID {
        let callID = try #require(CallID("01kb0000000000000000000" + suffix))
        let legID = try #require(LegID("01kb0000000000000000009" + suffix))
        picture.apply(
            .callBegan(
                call: CallPicture(
                    callID: callID, linkedID: callID, kind: .inside,
                    caller: CallPicture.Party(number: "101"),
                    callee: CallPicture.Party(number: "102"),
                    startedAt: WallTime(microseconds: second * 1_000_000))))
        picture.apply(
            .legBegan(
                call: callID,
                leg: LegPicture(
                    legID: legID, role: .callee, extensionID: extensionID, number: "102",
                    phase: phase)))
        return callID
    }

    @Test func `the call that rings longest is picked up, at one of the wanted extensions`() throws
    {
        var picture = ExchangePicture()
        let second = ExtensionID(number: 8)
        let late = try ringing(&picture, "0a1", at: owner, since: 30)
        let early = try ringing(&picture, "0a2", at: second, since: 10)
        #expect(picture.longestRinging { _ in true }?.callID == early)
        #expect(picture.longestRinging { $0 == owner }?.callID == late)
        #expect(picture.longestRinging { _ in false } == nil)
    }

    @Test func `one whose phone has been asked to ring is picked up where none says that it does`()
        throws
    {
        var picture = ExchangePicture()
        let asked = try ringing(&picture, "0c1", at: owner, since: 10, phase: .trying)
        #expect(picture.longestRinging { _ in true }?.callID == asked)
        let rings = try ringing(&picture, "0c2", at: owner, since: 20)
        #expect(picture.longestRinging { _ in true }?.callID == rings)
        _ = try ringing(&picture, "0c3", at: ExtensionID(number: 8), since: 5, phase: .answered)
        #expect(picture.longestRinging { $0 == ExtensionID(number: 8) } == nil)
    }

    @Test func `who waits longest in a slot is fetched first, or the one of a parker`() throws {
        var picture = ExchangePicture()
        let slot = try #require(ParkingSlot("0"))
        let first = try ringing(&picture, "0b1", at: owner, since: 1)
        let second = try ringing(&picture, "0b2", at: owner, since: 2)
        for (callID, parker, second) in [(first, "100", 20), (second, "103", 10)] {
            let at = WallTime(microseconds: Int64(second) * 1_000_000)
            picture.apply(
                .callParked(
                    call: callID, parking: ParkingPicture(slot: slot, parker: parker, at: at)))
        }
        #expect(picture.longestParked(in: slot, by: nil) == second)
        #expect(picture.longestParked(in: slot, by: "100") == first)
        #expect(picture.longestParked(in: slot, by: "104") == nil)
        picture.apply(.callUnparked(call: second, slot: slot))
        #expect(picture.longestParked(in: slot, by: nil) == first)
    }

    @Test func `a slot has its calls until they leave, and its watchers hear of both`() throws {
        var (picture, callID, _) = try begun()
        let slot = try #require(ParkingSlot("0"))
        let parked = ExchangeEvent.News.callParked(
            call: callID,
            parking: ParkingPicture(slot: slot, parker: "102", at: WallTime(microseconds: 1)))
        #expect(parked.slot == slot)
        picture.apply(parked)
        #expect(picture.calls(in: slot).map(\.callID) == [callID])
        #expect(picture.calls(in: try #require(ParkingSlot("1"))).isEmpty)
        let left = ExchangeEvent.News.callUnparked(call: callID, slot: slot)
        #expect(left.slot == slot)
        picture.apply(left)
        #expect(picture.calls(in: slot).isEmpty)
    }
}
