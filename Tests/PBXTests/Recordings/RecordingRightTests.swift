import Platform
import SIPStack
import Testing

@testable import PBX

/// Who begins and ends recordings by keys.
struct RecordingRightTests {
    private func party(
        inside: Bool = true, talking: Bool = true, _ policy: RecordingPolicy = .never
    ) -> RecordingRight.Party {
        RecordingRight.Party(isInside: inside, isTalking: talking, policy: policy)
    }

    private func isGiven(
        to party: RecordingRight.Party, with others: [RecordingRight.Party],
        byPolicy isByPolicy: Bool = false
    ) -> Bool {
        RecordingRight.isGiven(to: party, among: [party] + others, isByPolicy: isByPolicy)
    }

    @Test func `who talks at a phone of ours may`() {
        #expect(isGiven(to: party(), with: [party()]))
        #expect(isGiven(to: party(), with: [party(inside: false)]))
    }

    @Test func `who is outside, or has left, may not`() {
        #expect(!isGiven(to: party(inside: false), with: [party()]))
        #expect(!isGiven(to: party(talking: false), with: [party()]))
    }

    @Test func `where a policy wants all recorded keys do nothing`() {
        #expect(!isGiven(to: party(.always), with: [party()]))
        #expect(!isGiven(to: party(), with: [party(.always)]))
        // Whose policy began it may have left: another one goes on with it.
        #expect(!isGiven(to: party(), with: [party(talking: false, .always)], byPolicy: true))
    }

    @Test func `a phone that merely rang along takes the keys from nobody`() {
        #expect(isGiven(to: party(), with: [party(), party(talking: false, .always)]))
    }

    @Test(
        arguments: [
            ("on", true), ("ON", true), ("off", false), ("pause", nil), ("", nil),
        ] as [(String, Bool?)])
    func `a phone's key for recordings is told by INFO`(text: String, wish: Bool?) {
        let address = NameAddress(uri: .sip(SIPURI(user: "100", host: .ip(.loopbackV4))))
        var fields = HeaderFields()
        fields.append(name: FieldName("Record"), raw: text)
        let request = Request(
            method: .info, uri: address.uri, from: address, to: address, callID: "one",
            cSeq: CSeq(number: 7, method: .info), fields: fields, body: [])
        #expect(request.recordingWish == wish)
    }
}
