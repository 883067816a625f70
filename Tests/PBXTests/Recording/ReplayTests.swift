import Foundation
import Platform
import Testing

@testable import PBX
@testable import SIPStack

@Suite struct ReplayTests {
    private static let flow = Flow(
        transport: .udp, listener: 0,
        local: SocketAddress(address: IPAddress(v4: 0xC633_6401), port: 5060),
        remote: SocketAddress(address: IPAddress(v4: 0xC000_0201), port: 5070), connection: 0)

    private static func address(_ text: String, tag: String? = nil) throws -> NameAddress {
        var address = NameAddress(displayName: "Änn \"A\"", uri: try URI(text))
        address.tag = tag
        return address
    }

    private static func request(
        _ method: Method, _ sequence: UInt32, toTag: String? = nil, body: MessageBody? = nil
    ) throws -> Request {
        var fields = HeaderFields()
        fields.append(Contact.address(try address("sip:100@192.0.2.1:5070")))
        var request = Request(
            method: method, uri: try URI("sip:101@198.51.100.1"),
            vias: [
                Via(
                    transport: .udp, host: .ip(flow.remote.address), port: 5070,
                    branch: "z9hG4bK\(sequence)", rport: .requested)
            ],
            from: try address("sip:100@example.com", tag: "far"),
            to: try address("sip:101@example.com", tag: toTag), callID: "call-1",
            cSeq: CSeq(number: sequence, method: method), fields: fields)
        request.content = body
        return request
    }

    /// Runs inputs through cores, and once more through what was written of them.
    private func outcomes(_ inputs: [CallInput]) throws -> (CallReplayRun, CallReplayRun) {
        let log = InputLog()
        var first = CallReplayRun()
        for (index, input) in inputs.enumerated() {
            let now = Instant(nanoseconds: Int64(index))
            log.record(
                RecordedInput(
                    owner: "call", instant: now, at: WallTime(microseconds: 7), revision: 3,
                    event: input))
            first.outcomes.append(first.replay.apply(input, at: now))
        }
        var second = CallReplayRun()
        for bytes in log.lines(of: "call") {
            let line = try JSONDecoder().decode(
                InputLog.Line<CallInput>.self, from: Data(bytes))
            #expect(line.revision == 3)
            second.outcomes.append(second.replay.apply(line.input, at: line.instant))
        }
        return (first, second)
    }

    @Test func `an INVITE usage that is read back from its recording does the same again`() throws {
        let sdp = MessageBody.sdp(Array("v=0\r\ns=\u{E4}\r\n".utf8) + [0xFF, 0x00])
        let transaction = ServerTransactionID(shard: 1, number: 9)
        let invite = try Self.request(.invite, 1, body: sdp)
        let acknowledgement = try Self.request(.ack, 1, toTag: "ours")
        let bye = try Self.request(.bye, 2, toTag: "ours")
        let (first, second) = try outcomes([
            .usageMade(
                .caller,
                .invited(
                    invite, transaction, on: Self.flow, localTag: "ours",
                    contact: try Self.address("sip:exchange@198.51.100.1"))),
            .usage(.caller, .order(.progress(.ringing, nil))),
            .usage(.caller, .order(.answer(sdp))),
            .usage(.caller, .timer(.resendAnswer)),
            .usage(.caller, .arrival(.acknowledgement(acknowledgement, on: Self.flow))),
            .usage(
                .caller,
                .arrival(
                    .request(bye, ServerTransactionID(shard: 1, number: 10), on: Self.flow))),
        ])
        #expect(first.outcomes.count == 6)
        #expect(first.outcomes == second.outcomes)
        guard case .usage(let last) = first.outcomes[5] else {
            Issue.record("the BYE was handled by nobody")
            return
        }
        #expect(last.contains { if case .report(.ended) = $0 { true } else { false } })
    }

    @Test func `so does one with reliable responses and a session timer`() throws {
        let sdp = MessageBody.sdp(Array("v=0\r\n".utf8))
        var invite = try Self.request(.invite, 1, body: sdp)
        invite.fields[.supported] = "100rel, timer"
        let usage = InviteSession(
            invited: invite, ServerTransactionID(shard: 1, number: 9), on: Self.flow,
            localTag: "ours", contact: try Self.address("sip:exchange@198.51.100.1"),
            timer: SessionTimerTerms(interval: 600), responseNumber: 4711)
        let (first, second) = try outcomes([
            .usageMade(.caller, try #require(usage.origin)),
            .usage(.caller, .order(.progress(.sessionProgress, sdp))),
            .usage(.caller, .timer(.resendProvisional)),
            .usage(.caller, .order(.offer(sdp, .passed(asUpdate: true)))),
        ])
        #expect(first.outcomes == second.outcomes)
        guard case .usage(let effects) = second.outcomes[1],
            case .respond(let response, _)? = effects.first
        else {
            Issue.record("no response")
            return
        }
        #expect(response.fields[.rSeq] == "4711")
        #expect(second.replay.usages[.caller]?.refresh.terms?.interval == 600)
    }

    @Test func `a call's machine that is read back from its recording does the same again`() throws
    {
        let contact = try Self.address("sip:101@192.0.2.2;ob")
        let target = RingTarget(
            Binding(
                key: .contact(contact.uri), contact: contact, flow: Self.flow,
                path: [try Self.address("sip:192.0.2.9;lr")], instance: nil, regID: nil,
                preference: 1000, expires: .start, sipCallID: "r", sequence: 1,
                device: DeviceID(number: 5), userAgent: "", isReachable: true))
        let callee = LegNumber(number: 1)
        let (first, second) = try outcomes([
            .machineMade(ringingTime: .seconds(60)), .machine(.found([[target]])),
            .machine(.progressed(callee, .ringing, hasMedia: false)),
            .machine(.answered(callee)), .machine(.offered(.caller)),
            .machine(.offerAccepted(callee)),
            .machine(.ended(callee, .byRemote(reason: nil))),
        ])
        #expect(first.outcomes == second.outcomes)
        #expect(first.replay.machine == second.replay.machine)
        guard case .ended(.calleeHungUp)? = second.replay.machine?.state else {
            Issue.record("the call did not end as it did")
            return
        }
    }

    @Test func `what proved somebody's right is not written down`() throws {
        var invite = try Self.request(.invite, 1)
        invite.fields[.authorization] = "Digest response=\"secret\""
        invite.fields[.proxyAuthorization] = "Digest response=\"secret\""
        let log = InputLog()
        log.record(
            RecordedInput(
                owner: "call", instant: .start, at: WallTime(microseconds: 0), revision: 0,
                event: CallInput.usage(
                    .caller,
                    .arrival(
                        .request(
                            invite, ServerTransactionID(shard: 0, number: 1), on: Self.flow)))))
        let text = log.lines(of: "call").map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(text.contains("INVITE"))
        #expect(!text.contains("secret"))
    }

    @Test func `the keys of a description are not written down`() throws {
        let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
        let sdp = MessageBody.sdp(
            Array("v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^31\r\n".utf8))
        let invite = try Self.request(.invite, 1, body: sdp)
        let log = InputLog()
        for event in [
            InviteSession.Event.order(.answer(sdp)),
            .arrival(
                .request(invite, ServerTransactionID(shard: 0, number: 1), on: Self.flow)),
        ] {
            log.record(
                RecordedInput(
                    owner: "call", instant: .start, at: WallTime(microseconds: 0), revision: 0,
                    event: CallInput.usage(.caller, event)))
        }
        for line in log.lines(of: "call") {
            let read = try JSONDecoder().decode(
                InputLog.Line<CallInput>.self, from: Data(line))
            let text: String
            switch read.input {
            case .usage(_, .order(.answer(let body))):
                text = String(decoding: body?.bytes ?? [], as: UTF8.self)
            case .usage(_, .arrival(.request(let request, _, _))):
                text = String(decoding: request.body, as: UTF8.self)
            default: text = key
            }
            #expect(!text.contains(key))
            #expect(text.contains("inline:****"))
            #expect(text.hasSuffix("|2^31\r\n"))
            #expect(text.utf8.count == sdp.bytes.count)
        }
    }

    @Test func `the log is bounded, and the oldest lines go first`() throws {
        let log = InputLog(byteLimit: 1000)
        for number in 0..<100 {
            log.record(
                RecordedInput(
                    owner: "call", instant: Instant(nanoseconds: Int64(number)),
                    at: WallTime(microseconds: 0), revision: 0,
                    event: CallInput.machine(.ringingTimedOut)))
        }
        let lines = log.lines(of: "call")
        #expect(lines.reduce(0) { $0 + $1.count } <= 1000)
        let last = try JSONDecoder().decode(
            InputLog.Line<CallInput>.self, from: Data(try #require(lines.last)))
        #expect(last.instant.nanoseconds == 99)
    }
}

/// A replay with what came of each input.
private struct CallReplayRun {
    var replay = CallReplay()
    var outcomes: [CallReplay.Outcome] = []
}
