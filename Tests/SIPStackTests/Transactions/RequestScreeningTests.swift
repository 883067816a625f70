import Testing

@testable import SIPStack

/// What the stack answers by itself, statelessly.
struct RequestScreeningTests {
    let flow = Fixture.flow()

    func answer(_ request: Request) -> Response? {
        var layer = Fixture.layer {
            $0.methods = [.invite, .ack, .bye, .cancel, .options, .register]
            $0.supportedExtensions = ["path"]
            $0.productName = "Strowger"
        }
        let effects = layer.handle(.received(.request(request), on: flow))
        #expect(layer.servers.isEmpty)
        return effects.sentResponses.first
    }

    @Test func `an unknown method gets 501, a known one that is not offered 405, both with Allow`()
    {
        let unknown = answer(Fixture.request(Method("NEWMETHOD")))
        #expect(unknown?.status.code == 501)
        #expect(unknown?.allowed.contains(.invite) == true)
        let publish = answer(Fixture.request(.publish))
        #expect(publish?.status.code == 405)
        #expect(publish?.allowed.count == 6)
        #expect(publish?.fields[.server] == "Strowger")
    }

    @Test func `an unknown scheme gets 416`() {
        var request = Fixture.request(.options)
        request.uri = .other(scheme: "soap.beep", rest: "//192.0.2.103:3002")
        #expect(answer(request)?.status.code == 416)
    }

    @Test func `a REGISTER of an AoR that is no SIP URI gets 400`() {
        var request = Fixture.request(.register)
        request.to.uri = .other(scheme: "isbn", rest: "2983792873")
        #expect(answer(request)?.status == .badRequest)
    }

    @Test func `an unknown extension gets 420 that names it, a known one passes`() {
        var request = Fixture.request(.options)
        request.fields[.require] = "Path, nothingSupportsThis"
        let response = answer(request)
        #expect(response?.status.code == 420)
        #expect(response?.fields[.unsupported] == "nothingSupportsThis")
        request.fields[.require] = "path"
        var layer = Fixture.layer { $0.supportedExtensions = ["path"] }
        #expect(layer.handle(.received(.request(request), on: flow)).accepted != nil)
    }

    @Test func `a CSeq of another method gets 400`() {
        var request = Fixture.request(.options)
        request.cSeq.method = .invite
        #expect(answer(request)?.status == .badRequest)
    }

    @Test func `stateless answers to one request are the same each time (§8.2.7)`() {
        let request = Fixture.request(Method("NEWMETHOD"))
        #expect(answer(request) == answer(request))
        #expect(
            answer(request)?.to.tag != answer(Fixture.request(Method("OTHER"), callID: "x"))?.to.tag
        )
    }

    @Test func `Max-Forwards 0 is no reason to refuse what ends here`() {
        var request = Fixture.request(.options)
        request.maxForwards = 0
        var layer = Fixture.layer()
        #expect(layer.handle(.received(.request(request), on: flow)).accepted != nil)
    }
}
