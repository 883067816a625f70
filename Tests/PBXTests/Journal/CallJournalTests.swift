import Platform
import SIPStack
import Testing

@testable import PBX

@Suite struct CallJournalTests {
    private static let start = WallTime(microseconds: 1_790_000_000_000_000)

    private static func callID(_ number: Int) throws -> CallID {
        let digits = String(number)
        return try #require(
            CallID("01kb" + String(repeating: "0", count: 22 - digits.count) + digits))
    }

    private static func story(_ number: Int, lineCount: Int = 0) throws -> CallStory {
        let domain = try #require(Domain("example.com"))
        let callID = try callID(number)
        let legID = try #require(LegID(callID.description))
        let inside = { NumberForm(text: $0, type: .inside) }
        let record = CallRecord(
            callID: callID, domain: domain, kind: .inside, caller: inside("100"),
            callerName: "Ann", callee: inside("101"), startedAt: start,
            answeredAt: WallTime(microseconds: start.microseconds + 2_300_000),
            endedAt: WallTime(microseconds: start.microseconds + 14_300_000),
            endReason: .callerHungUp)
        let legs = [("100", LegRole.caller), ("101", .callee)].map { number, role in
            CallLegRecord(
                legID: legID, domain: domain, callID: callID, role: role, party: inside(number),
                contact: "sip:\(number)@192.0.2.1", startedAt: start, codec: "PCMA",
                media: MediaTotals(packetsReceived: 600, packetsSent: 598, packetsLost: 2))
        }
        let lines = (0..<lineCount).map {
            CallStory.Line(
                instant: Instant(nanoseconds: Int64($0)), leg: 0, kind: .received, text: "INFO")
        }
        return CallStory(record: record, legs: legs, lines: lines)
    }

    @Test func `the last calls are kept, and the oldest goes first`() throws {
        let journal = CallJournal()
        for number in 0..<CallJournal.limit + 3 { journal.keep(try Self.story(number)) }
        #expect(journal.story(of: try Self.callID(2)) == nil)
        #expect(journal.story(of: try Self.callID(3)) != nil)
        #expect(journal.story(of: try Self.callID(CallJournal.limit + 2)) != nil)
    }

    @Test func `a box that rewrites the caller's messages is named in the call's story`() throws {
        let source = try #require(IPAddress("203.0.113.5"))
        var request = Request(
            method: .invite, uri: .sip(SIPURI(user: "101", host: .name("example.com"))),
            from: NameAddress(uri: .sip(SIPURI(user: "100", host: .name("example.com")))),
            to: NameAddress(uri: .sip(SIPURI(user: "101", host: .name("example.com")))),
            callID: "c", cSeq: CSeq(number: 1, method: .invite))
        request.vias = [Via(transport: .udp, host: .ip(source), port: 5060, branch: "z9hG4bKx")]
        request.fields.append(name: .contact, raw: "<sip:100@192.168.1.20>")
        let sign = try #require(RewritingSign(in: request, from: source))
        var story = try Self.story(1)
        story.lines = [CallStory.Line(sign, instant: .start)]
        #expect(story.text.contains("rewrites SIP (an ALG; turn it off)"))
        #expect(story.text.contains("203.0.113.5") && story.text.contains("192.168.1.20"))
    }

    @Test func `long stories take the place of many`() throws {
        let journal = CallJournal()
        let weight = try Self.story(0, lineCount: CallStory.lineLimit).weight
        let count = CallJournal.byteLimit / weight
        #expect(count < CallJournal.limit)
        for number in 0...count {
            journal.keep(try Self.story(number, lineCount: CallStory.lineLimit))
        }
        #expect(journal.story(of: try Self.callID(0)) == nil)
        #expect(journal.story(of: try Self.callID(count)) != nil)
    }

    @Test func `a call that goes on for ever keeps its first lines and counts the others`() {
        var diary = CallDiary()
        for number in 0..<CallStory.lineLimit + 5 {
            diary.add(
                CallStory.Line(
                    instant: Instant(nanoseconds: Int64(number)), leg: nil, kind: .noted,
                    text: "media.silent"))
        }
        #expect(diary.lines.count == CallStory.lineLimit)
        #expect(diary.omittedCount == 5)
    }

    @Test func `a story is told in plain words, with a ladder of all legs`() throws {
        var story = try Self.story(7)
        func line(
            _ milliseconds: Int64, _ leg: Int?, _ kind: CallStory.Line.Kind, _ text: String,
            _ status: Int? = nil, _ sequence: UInt32? = nil
        ) -> CallStory.Line {
            CallStory.Line(
                instant: .start + .milliseconds(milliseconds), leg: leg, kind: kind, text: text,
                status: status, sequence: sequence)
        }
        story.legs[1].media.score = 431
        story.legs[1].media.partyScore = 405
        story.lines = [
            line(5000, 0, .received, "INVITE", nil, 2), line(5001, 1, .sent, "INVITE", nil, 1),
            line(5100, 1, .received, "INVITE", 180, 1), line(5100, 1, .noted, "rings"),
            line(7300, nil, .noted, "the call is answered"),
        ]
        #expect(
            story.text == """
                call \(story.record.callID): 100 (Ann) called 101 at \(Self.start); answered after \
                2.3 s; talked for 12.0 s; it ended because: the caller hung up

                100: sip:100@192.0.2.1, PCMA
                    from it 600 packets (2 lost, 0 of strangers), to it 598
                101: sip:101@192.0.2.1, PCMA
                    from it 600 packets (2 lost, 0 of strangers), to it 598; sounded 4.31 of 5, it \
                says that it heard 4.05 of 5

                what happened:
                      0.100 101 rings
                      2.300 the call is answered

                                     100                    exchange                     101
                      0.000000        │ ────── INVITE 2 ──────► │                         │
                      0.001000        │                         │ ────── INVITE 1 ──────► │
                      0.100000        │                         │ ◄─── 180 INVITE 1 ───── │
                """)
    }
}
