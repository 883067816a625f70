import Foundation
import Platform
import SIPStack
import Testing

@testable import PBX

/// What events say of trunks.
@Suite struct TrunkPictureTests {
    private let hop = NextHop(.udp, SocketAddress(address: IPAddress(v4: 0xC000_0201), port: 5060))

    private func view(
        _ phase: TrunkStatus.Phase, failure: String? = nil
    ) throws -> TrunkView {
        let record = TrunkRecord(
            trunkID: TrunkID(number: 1), domain: try #require(Domain("office.example")),
            name: "city",
            settings: TrunkSettings(address: "sip:provider.example"))
        var status = TrunkStatus(phase: phase)
        status.hop = hop
        status.lastFailure = failure.map { TrunkStatus.Failure(words: $0, at: .start) }
        return TrunkView(record: record, line: TrunkLine(record) { _, _ in }, status: status)
    }

    @Test func `a trunk is registered, fails with the reason, and is back`() throws {
        let first = TrunkPicture(try view(.registered), after: .starting)
        #expect(first.words == "trunk city: registered at udp:192.0.2.1:5060")
        let failing = TrunkPicture(try view(.failing, failure: "no answer"), after: first.phase)
        #expect(failing.words == "trunk city: unavailable, no answer")
        #expect(failing.hop == nil)
        let back = TrunkPicture(try view(.registered, failure: "no answer"), after: failing.phase)
        #expect(back.words == "trunk city: back, registered at udp:192.0.2.1:5060")
        #expect(back.isBack && back.failure == nil)
        #expect(
            TrunkPicture(try view(.reachable), after: nil).words.hasPrefix("trunk city: answers"))
    }

    @Test func `the picture has trunks until they are removed, in JSON as well`() throws {
        var picture = ExchangePicture()
        let shown = TrunkPicture(try view(.registered), after: nil)
        #expect(picture.apply(.trunkChanged(shown)).isEmpty)
        let bytes = try JSONEncoder().encode(picture)
        #expect(try JSONDecoder().decode(ExchangePicture.self, from: bytes) == picture)
        #expect(picture.trunks[shown.trunkID] == shown)
        picture.apply(.trunkRemoved(trunkID: shown.trunkID, name: "city"))
        #expect(picture.trunks.isEmpty)
    }
}
