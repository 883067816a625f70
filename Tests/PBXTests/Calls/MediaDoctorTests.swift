import Media
import Platform
import Testing

@testable import PBX

/// What is said of a call that sounded bad.
struct MediaDoctorTests {
    private func patient(
        _ name: String, talked: Duration = .seconds(60), _ change: (inout MediaCounters) -> Void
    ) -> MediaDoctor.Patient {
        var counters = MediaCounters()
        counters.packetsReceived = 3_000
        counters.packetsSent = 3_000
        counters.health.judgedCount = 3_000
        counters.health.jitter = .milliseconds(2)
        change(&counters)
        return MediaDoctor.Patient(name: name, counters: counters, talked: talked)
    }

    private func words(_ change: (inout MediaCounters) -> Void) -> [String] {
        MediaDoctor.findings([patient("100") { _ in }, patient("101", change)])
    }

    @Test func `a call that was well has nothing said of it`() {
        #expect(words { $0.lost = 20 }.isEmpty)
        #expect(
            MediaDoctor.findings([
                patient("100", talked: .seconds(1)) { $0.packetsReceived = 0 }
            ]).isEmpty)
    }

    @Test func `each ill has its words`() {
        #expect(
            words { $0.health.longestGap = .milliseconds(3_400) } == ["no packets from 101 for 3 s"]
        )
        #expect(words { $0.health.lateCount = 1_200 } == ["40 % of 101's packets came late"])
        #expect(words { $0.health.drift = -120 } == ["clock drift: 101's is 120 ppm slow"])
        #expect(
            words { ($0.health.strangeType, $0.health.strangeCount) = (18, 3_000) }
                == ["codec mismatch: 101 sends payload type 18, not agreed on"])
        #expect(
            words { ($0.lost, $0.health.lossRuns) = (225, 45) }
                == ["7 % of 101's packets were lost, 5 at a time"])
        #expect(
            words { $0.health.jitter = .milliseconds(80) }
                == ["101's packets come unevenly: jitter of 80 ms"])
        #expect(
            words { $0.unauthentic = 900 } == ["900 packets as if from 101 had a wrong key"])
    }

    @Test func `a party of whom nothing came is told from one whom nobody was heard beside`() {
        #expect(
            words { $0.packetsReceived = 0 }
                == ["one-way audio: 100 was heard, but no packets came from 101"])
        #expect(
            words {
                $0.packetsReceived = 0
                $0.strangers = 70
            } == [
                "one-way audio: 100 was heard, but no packets came from 101 "
                    + "(70 came from an address that it did not name)"
            ])
        #expect(
            MediaDoctor.findings([
                patient("100") {
                    $0.packetsReceived = 0
                    $0.packetsSent = 0
                }
            ]) == ["no packets ever came from 100, nor went any to it"])
    }
}
