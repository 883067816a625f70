import Platform
import Testing

@testable import Media

/// Reports of how a stream sounds (RFC 3611).
struct VoiceReportTests {
    private var report: VoiceReport {
        var report = VoiceReport(ssrc: 0x0102_0304)
        report.lost = 12
        report.discarded = 3
        report.burstDensity = 64
        report.gapDensity = 2
        report.burstTime = 180
        report.gapTime = 4_000
        report.roundTrip = 31
        report.ownDelay = 80
        report.rating = 87
        report.listeningScore = 430
        report.score = 420
        report.waiting = 40
        report.waitingMost = 120
        report.waitingLimit = 200
        return report
    }

    @Test func `§4.7: what is written is read again, behind a report of the usual kind`() {
        var own = OwnReport(ssrc: 5, time: 1, sending: nil, block: nil, name: "abc")
        own.voice = report
        let bytes = own.bytes
        let isCompound = RTCPHeader.isCompound(bytes.span)
        #expect(isCompound)
        let all = VoiceReport(in: bytes.span)
        let about = VoiceReport(in: bytes.span, about: 0x0102_0304)
        let other = VoiceReport(in: bytes.span, about: 9)
        #expect(all == report && about == report && other == nil)
        let packet = Array(bytes.suffix(44))
        #expect(Array(packet.prefix(16)) == [0x80, 207, 0, 10, 0, 0, 0, 5, 7, 0, 0, 8, 1, 2, 3, 4])
        // Levels are unknown; 16 packets end a burst.
        #expect(Array(packet[28..<32]) == [127, 127, 127, 16])
    }

    @Test func `what is unknown is said to be, and rubbish is no score`() {
        let none = VoiceReport(ssrc: 1)
        let bytes = none.bytes(from: 2)
        #expect(Array(bytes[32..<36]) == [127, 127, 127, 127])
        let again = VoiceReport(in: bytes.span)
        #expect(again == none)
        var odd = bytes
        (odd[32], odd[34], odd[35]) = (101, 9, 51)
        let read = VoiceReport(in: odd.span)
        #expect(read?.rating == nil && read?.score == nil && read?.listeningScore == nil)
    }

    @Test func `other blocks are passed over, and no cut is read beyond its end`() {
        let whole = report.bytes(from: 2)
        let reference: [UInt8] = [4, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]
        var bytes = Array(whole[..<8]) + reference + Array(whole[8...])
        bytes[3] += 3
        let found = VoiceReport(in: bytes.span)
        #expect(found == report)
        for length in 0...bytes.count {
            for words in [0, 9, 10, 13, 200] as [UInt8] {
                var cut = Array(bytes.prefix(length))
                if cut.count > 3 { cut[3] = words }
                _ = VoiceReport(in: cut.span)
            }
        }
    }

    private func densities(_ pattern: String, times: Int = 1) -> LossBursts.Densities {
        var bursts = LossBursts()
        var lost: UInt64 = 0
        for letter in String(repeating: pattern, count: times) {
            if letter == "x" {
                lost += 1
                continue
            }
            bursts.lose(lost)
            lost = 0
            bursts.receive()
        }
        return bursts.densities
    }

    @Test func `§A.2: losses that come alone are of gaps, those that come together are bursts`() {
        let gap = String(repeating: ".", count: 99)
        let alone = densities(gap + "x", times: 50)
        #expect(alone.burst == 0 && alone.burstLength == 0)
        // One in a hundred.
        #expect((2...3).contains(alone.gap))
        let together = densities(gap + "x..x.xx", times: 50)
        // Four of seven, between the first loss and the last.
        #expect((110...180).contains(together.burst), "\(together)")
        #expect((5...8).contains(together.burstLength), "\(together)")
        #expect((95...105).contains(together.gapLength), "\(together)")
        #expect(together.gap == 0)
        #expect(densities("").gap == 0)
    }

    @Test func `a party that asks is told how it sounds, and what it says of us is kept`() throws {
        let bench = RelayBench()
        let format = SoundFormat(payloadType: 8, kind: .pcma)
        bench.apply(.open(bench.first, MediaLegSetup(callKey: 7), sink: bench.log))
        let address = try #require(SocketAddress("192.0.2.10:4000"))
        let control = try #require(SocketAddress("192.0.2.10:4001"))
        bench.apply(
            .describe(
                bench.first, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, remoteRTCP: control,
                    trustedSources: [address.address],
                    sound: SoundDescription(received: [format], sent: format),
                    wantsVoiceReports: true)))
        bench.apply(.attend(bench.first, .echo))
        let phone = try TalkingPhone(format, hertz: 440)
        var told: [VoiceReport] = []
        var ours: UInt32?
        for beat in 0..<600 {
            bench.now = .start + .milliseconds(Int64(beat) * 20)
            let packet = phone.next()
            // Five in a hundred are lost, one by one.
            if beat % 20 != 7 { _ = bench.arrive(packet, at: 20_000, from: "192.0.2.10:4000") }
            if beat == 300, let ours {
                var heard = VoiceReport(ssrc: ours)
                heard.score = 410
                _ = bench.arrive(
                    Packets.receiverReport + heard.bytes(from: 7), at: 20_001,
                    from: "192.0.2.10:4001")
            }
            bench.sockets.sent = []
            bench.core.tick(now: bench.now, into: &bench.sockets)
            for sent in bench.sockets.sent {
                if sent.from == 20_000 { ours = RTPHeader(sent.bytes.span)?.ssrc }
                if let report = VoiceReport(in: sent.bytes.span) { told.append(report) }
            }
        }
        let last = try #require(told.last)
        #expect(last.ssrc == 7)
        #expect((11...14).contains(last.lost), "five in a hundred: \(last.lost)")
        #expect((11...14).contains(last.gapDensity) && last.burstDensity == 0)
        #expect((300...430).contains(last.score ?? 0), "\(last)")
        #expect((60...93).contains(last.rating ?? 0))
        #expect(last.waiting >= 20 && last.waitingLimit == 200)
        #expect(bench.close(bench.first)?.partyReport?.score == 410)
    }

    @Test func `§5: it is offered to all, and answered to those who know it`() throws {
        let word = "a=rtcp-xr:voip-metrics\r\n"
        for (more, isAnswered) in [
            ([], false), (["a=rtcp-xr:rcvr-rtt=all:10000 voip-metrics"], true),
            (["a=rtcp-xr:stat-summary=loss"], false), (["a=rtcp-xr:"], false),
        ] {
            var pair = CallPair()
            let offer = try pair.forward(SDPTexts.audio(["8"], more: more))
            #expect(String(decoding: offer.encoded(), as: UTF8.self).contains(word))
            let answer = try pair.back(
                SDPTexts.audio(["8"], address: "192.0.2.20", more: more))
            #expect(String(decoding: answer.encoded(), as: UTF8.self).contains(word) == isAnswered)
            for leg in [pair.caller, pair.callee] {
                let stream = leg.streams(count: 1, signalling: nil)[0]
                #expect(stream.wantsVoiceReports == isAnswered)
            }
        }
    }
}
