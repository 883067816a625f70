import Testing

@testable import SIPStack

@Suite struct DialogTests {
    typealias World = DialogWorld

    @Test func `a UAS takes the route set in order and a UAC in reverse (RFC 3261 §12.1)`() throws {
        let routes = ["sip:p1.example.com;lr", "sip:p2.example.com;lr"]
        let invite = World.request(.invite, recordRoutes: routes)
        let uas = Dialog(accepting: invite, localTag: "ours")
        #expect(uas.routeSet.map(\.uri.text) == routes)

        let response = World.response(to: World.invite(), .ok, recordRoutes: routes)
        let uac = try #require(Dialog(calling: World.invite(), response: response))
        #expect(uac.routeSet.map(\.uri.text) == routes.reversed())
    }

    @Test func `a loose route leaves the target in the Request-URI`() {
        let invite = World.request(.invite, recordRoutes: ["sip:p1.example.com;lr"])
        var dialog = Dialog(accepting: invite, localTag: "ours")
        let bye = dialog.request(.bye)
        #expect(bye.uri.text == "sip:100@192.0.2.1:5070")
        #expect(bye.routes.map(\.uri.text) == ["sip:p1.example.com;lr"])
    }

    @Test func `a strict route takes the Request-URI and the target goes last (§12.2.1.1)`() {
        let invite = World.request(
            .invite, recordRoutes: ["sip:p1.example.com", "sip:p2.example.com"])
        var dialog = Dialog(accepting: invite, localTag: "ours")
        let bye = dialog.request(.bye)
        #expect(bye.uri.text == "sip:p1.example.com")
        #expect(
            bye.routes.map(\.uri.text) == ["sip:p2.example.com", "sip:100@192.0.2.1:5070"])
    }

    @Test func `our numbers rise by one and the ACK keeps the INVITE's`() throws {
        let invite = World.invite()
        var dialog = try #require(
            Dialog(calling: invite, response: World.response(to: invite, .ok)))
        #expect(dialog.acknowledgement(of: invite).cSeq == CSeq(number: 1, method: .ack))
        let numbers = [dialog.request(.bye), dialog.request(.bye)].map(\.cSeq.number)
        #expect(numbers == [2, 3])
    }

    @Test func `a request whose number is not above the last is out of order (§12.2.2)`() {
        var dialog = Dialog(accepting: World.request(.invite, sequence: 7), localTag: "ours")
        let verdicts = [7, 6, 9, 8].map { dialog.accepts(World.request(.bye, sequence: $0)) }
        #expect(verdicts == [false, false, true, false])
    }

    @Test func `a re-INVITE's Contact becomes the target`() {
        var dialog = Dialog(accepting: World.request(.invite), localTag: "ours")
        dialog.refreshTarget(from: World.request(.invite, contact: "sip:100@203.0.113.7"))
        #expect(dialog.remoteTarget.text == "sip:100@203.0.113.7")
        dialog.refreshTarget(from: World.request(.invite, contact: nil))
        #expect(dialog.remoteTarget.text == "sip:100@203.0.113.7")
    }

    @Test func `a 2xx without a tag or a Contact makes no dialog`() {
        let invite = World.invite()
        #expect(Dialog(calling: invite, response: World.response(to: invite, .ok, tag: nil)) == nil)
        #expect(
            Dialog(calling: invite, response: World.response(to: invite, .ok, contact: nil))
                == nil)
    }

    @Test func `From and To change sides with the role`() {
        var dialog = Dialog(accepting: World.request(.invite), localTag: "ours")
        let bye = dialog.request(.bye)
        #expect(bye.from.tag == "ours")
        #expect(bye.to.tag == "far")
        #expect(bye.from.uri.text == "sip:101@example.com")
    }
}
