import Platform
import SIPStack
import Testing

@testable import PBX

/// INFOs that wait for the other party's word.
struct OpenInformsTests {
    private let transaction = ServerTransactionID(shard: 1, number: 9)
    private let callee = LegNumber(number: 1)

    private var request: Request {
        let address = NameAddress(uri: .sip(SIPURI(user: "100", host: .ip(.loopbackV4))))
        return Request(
            method: .info, uri: address.uri, from: address, to: address, callID: "one",
            cSeq: CSeq(number: 7, method: .info), fields: HeaderFields(), body: [])
    }

    @Test func `each is answered once, whoever would answer it again`() throws {
        var informs = OpenInforms()
        let taken = informs.take(request, transaction, from: .caller)
        let number = try #require(taken)
        #expect(informs[number]?.asker == .caller)
        let concluded = informs.conclude(number)
        #expect(concluded?.transaction == transaction)
        let again = informs.conclude(number)
        #expect(again == nil)
        let another = informs.take(request, transaction, from: .caller)
        let next = try #require(another)
        #expect(next != number)
        #expect(informs.numbers == [next])
    }

    @Test func `a party has so many open at a time, whatever the other has`() {
        var informs = OpenInforms()
        for _ in 0..<OpenInforms.limit {
            let number = informs.take(request, transaction, from: .caller)
            #expect(number != nil)
        }
        let further = informs.take(request, transaction, from: .caller)
        #expect(further == nil)
        let others = informs.take(request, transaction, from: callee)
        #expect(others != nil)
        _ = informs.conclude(informs.numbers[0])
        let later = informs.take(request, transaction, from: .caller)
        #expect(later != nil)
    }

    @Test func `an answer in the other's stead comes while its sender still waits for it`() {
        // Timer F of the sender is 64 × T1 (RFC 3261 §17.1.2.2).
        #expect(OpenInforms.patience < .seconds(32) - .seconds(4))
    }
}
