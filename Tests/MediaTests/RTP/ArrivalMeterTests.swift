import Platform
import Testing

@testable import Media

/// What is measured of packets as they come, and what it is worth.
struct ArrivalMeterTests {
    /// 20 ms packets of a clock that is that much faster; `delay` in microseconds by number.
    private func metered(
        count: Int, fasterBy ppm: Int64 = 0, delay: (Int) -> Int64 = { _ in 0 }
    ) -> ArrivalMeter {
        var meter = ArrivalMeter()
        meter.begin(payloadType: 8, clockRate: 8_000)
        for number in 0..<count {
            let sent = Int64(number) * 20_000 * 1_000_000 / (1_000_000 + ppm)
            meter.note(
                UInt32(truncatingIfNeeded: 4_294_960_000 + number * 160),
                now: .start + .microseconds(1_000_000 + sent + delay(number)))
        }
        return meter
    }

    @Test func `a steady stream has no jitter, none late and no drift, over a wrap of its clock`() {
        let meter = metered(count: 5_000)
        #expect(meter.jitter == .zero && meter.lateCount == 0 && meter.count == 5_000)
        #expect(meter.drift == 0)
    }

    @Test(arguments: [-200, 120, 1_000])
    func `a clock that is faster or slower is told in millionths`(ppm: Int) throws {
        var draw = Seeded(11)
        let meter = metered(count: 15_000, fasterBy: Int64(ppm)) { _ in
            Int64(draw.next() % 10_000)
        }
        #expect(abs(try #require(meter.drift) - ppm) < 25)
        #expect(meter.lateCount == 0)
    }

    @Test func `of packets that come late so many are counted`() {
        let meter = metered(count: 1_000) { $0 % 5 < 2 ? 80_000 : 0 }
        #expect((380...420).contains(Int(meter.lateCount)))
        #expect(meter.jitter > .milliseconds(20))
    }

    @Test func `a pause without timestamps, or another source, is no lateness`() {
        let meter = metered(count: 1_000) { $0 < 500 ? 0 : 3_000_000 }
        #expect(meter.lateCount == 0 && meter.drift == nil && meter.jitter < .milliseconds(1))
    }

    @Test func `each gap in the numbers is a run of losses`() {
        var counter = ReceptionCounter()
        for number in 0..<100 as Range<UInt16> where ![10, 11, 12, 50].contains(number) {
            counter.receive(number, ssrc: 1)
        }
        #expect(counter.lost == 4 && counter.lossRuns == 2)
    }

    @Test func `nothing lost is worth 4.4, loss in bursts less than by chance`() {
        func score(_ share: Double, _ lost: UInt64, runs: UInt64, _ codec: String = "PCMA") -> Int {
            VoiceQuality(
                codec: codec, lostShare: share, lost: lost, lossRuns: runs,
                delay: .milliseconds(60)
            ).score
        }
        #expect(score(0, 0, runs: 0) == 438)
        let chance = score(0.05, 50, runs: 48)
        let bursts = score(0.05, 50, runs: 10)
        #expect((360...400).contains(chance))
        #expect(bursts < chance)
        #expect(score(0, 0, runs: 0, "GSM") < 380)
        #expect(score(1, 1_000, runs: 1) < 120)
        let far = VoiceQuality(
            codec: "PCMA", lostShare: 0, lost: 0, lossRuns: 0, delay: .milliseconds(400))
        #expect((300...380).contains(far.score))
    }

    @Test func `the counters of a leg tell jitter, gaps and what was not agreed on`() {
        let bench = RelayBench()
        bench.apply(.open(bench.first, MediaLegSetup(callKey: 7), sink: bench.log))
        let format = SoundFormat(payloadType: 8, kind: .pcma)
        let address = SocketAddress("192.0.2.10:4000")
        bench.apply(
            .describe(
                bench.first, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address,
                    trustedSources: [address?.address].compactMap(\.self),
                    sound: SoundDescription(received: [format], sent: format))))
        bench.apply(.attend(bench.first, .echo))
        for number in 0..<200 as Range<UInt16> {
            let type: UInt8 = number < 150 ? 8 : 18
            _ = bench.arrive(
                Packets.rtp(type, sequence: number), at: 20_000, from: "192.0.2.10:4000")
            bench.tick(after: number == 100 ? .seconds(4) : .milliseconds(20))
        }
        let health = bench.close(bench.first)?.health
        #expect(health?.strangeType == 18 && health?.strangeCount == 50)
        #expect(health?.judgedCount == 150)
        #expect(health?.longestGap == .seconds(4))
    }
}
