import Platform
import Testing

@testable import SIPStack

@Suite struct AdmissionTests {
    private func layer() -> TransactionLayer {
        TransactionLayer(settings: TransactionSettings(shard: 0, tagKey: [1]))
    }

    private func invite(_ change: (inout Request) -> Void = { _ in }) -> Request {
        var request = Fixture.request(.invite)
        change(&request)
        return request
    }

    /// The status that a request gets which comes when messages wait that long; nil: it goes on.
    private func status(
        _ request: Request, _ lateness: Duration, in layer: inout TransactionLayer
    ) -> Status? {
        let effects = layer.handle(
            .received(.request(request), on: Fixture.flow(), lateness: lateness))
        for effect in effects {
            guard case .send(let bytes, on: _) = effect else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasPrefix("SIP/2.0 503") {
                #expect(text.contains("Retry-After: "))
                return .serviceUnavailable
            }
        }
        return nil
    }

    @Test func `while messages wait a new call is refused, and leaves nothing behind`() {
        var layer = layer()
        #expect(status(invite(), .milliseconds(100), in: &layer) == .serviceUnavailable)
        #expect(layer.servers.isEmpty)
        #expect(status(invite(), .milliseconds(10), in: &layer) == nil)
    }

    @Test func `a call that has answered its challenge is refused later than others`() {
        var layer = layer()
        let signed = invite { $0.fields[.authorization] = "Digest username=\"100\"" }
        #expect(status(signed, .milliseconds(500), in: &layer) == .serviceUnavailable)
        #expect(status(signed, .milliseconds(300), in: &layer) == nil)
    }

    @Test func `an emergency call, a REGISTER and what comes again are not refused`() {
        var layer = layer()
        let emergency = invite { $0.uri = .sip(SIPURI(user: "112", host: .name("a.example"))) }
        #expect(status(emergency, .seconds(3), in: &layer) == nil)
        #expect(status(Fixture.request(.register), .seconds(3), in: &layer) == nil)
        var other = self.layer()
        #expect(status(invite(), .zero, in: &other) == nil)
        #expect(status(invite(), .seconds(3), in: &other) == nil)
    }

    @Test func `a request within a dialog is not refused`() {
        var layer = layer()
        let request = invite { $0.to.tag = "ours" }
        #expect(status(request, .seconds(3), in: &layer) == nil)
    }

    @Test func `the wait that was told goes down by itself`() {
        let load = LoadGauge()
        load.note(postedAt: .start, now: .start + .milliseconds(300))
        #expect(load.lateness(now: .start + .milliseconds(300)) == .milliseconds(300))
        #expect(load.lateness(now: .start + .milliseconds(500)) == .milliseconds(100))
        #expect(load.lateness(now: .start + .seconds(9)) == .zero)
    }
}
