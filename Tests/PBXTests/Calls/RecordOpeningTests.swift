import Platform
import SIPStack
import Testing

@testable import PBX

/// Nobody is rung and nobody answered before the call's record is on the disk.
@Suite struct RecordOpeningTests {
    private let place = FoundPlace(
        gate: LegGate(
            owner: Mailbox<Call>(), number: .caller, extensionID: nil, transport: nil),
        manner: .pickUp)

    private var answering: [Call.Message] {
        [.found([]), .foundOut([]), .foundHere(.melody), .placeFound(place)]
    }

    @Test func `whom to ring, answer or pick up waits for the record`() {
        for message in answering {
            var opening = RecordOpening.waiting(nil)
            let isHeld = opening.holds(message)
            #expect(isHeld)
            guard case .waiting(let held) = opening else {
                Issue.record("it waits no longer")
                continue
            }
            #expect(held != nil)
        }
    }

    @Test func `where the record is open, or none was begun, nothing waits`() {
        for message in answering {
            for var opening in [RecordOpening.over, .notBegun] {
                let isHeld = opening.holds(message)
                #expect(!isHeld)
            }
        }
    }

    @Test func `whoever hangs up or is refused waits for nothing`() {
        var opening = RecordOpening.waiting(nil)
        let others: [Call.Message] = [
            .hangUp(.callerCancelled), .notFound(.unknownNumber), .placeRefused(.notFound),
            .recordOpened, .wake,
        ]
        for message in others {
            let isHeld = opening.holds(message)
            #expect(!isHeld)
        }
    }
}
