import Platform
import Testing

@testable import Media
@testable import Sim

/// What the invariants make of presses, and of files.
struct RecordedCallTests {
    typealias Stretch = RecordedCall.Stretch

    private func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * 1_000_000_000))
    }

    private func press(
        _ kind: RecordingPress.Kind, _ began: Double, _ ended: Double?
    ) -> RecordingPress {
        RecordingPress(kind: kind, began: at(began), ended: ended.map(at))
    }

    /// The call ends at 30 s.
    private func stretches(_ presses: [RecordingPress]) -> [Stretch]? {
        RecordedCall.stretches(of: presses, till: WallTime(microseconds: 30_000_000)) {
            WallTime(microseconds: ($0 - .start).nanoseconds / 1_000)
        }
    }

    @Test func `keys begin, end, and begin again until the call ends`() {
        #expect(
            stretches([press(.keys, 1, 2), press(.keys, 10, 10.5), press(.keys, 20, 21)]) == [
                Stretch(least: .seconds(8), greatest: .milliseconds(9_500)),
                Stretch(least: .seconds(9), greatest: .seconds(10)),
            ])
    }

    @Test func `a phone's own key says what it wants, whatever is the case`() {
        #expect(
            stretches([press(.off, 1, 2), press(.on, 3, 3), press(.on, 5, 6), press(.keys, 8, 8)])
                == [Stretch(least: .seconds(5), greatest: .seconds(5))])
    }

    @Test func `nothing is sure where an answer is missing, or two pressed at once`() {
        #expect(stretches([press(.keys, 1, nil)]) == nil)
        #expect(stretches([press(.keys, 1, 2), press(.on, 1.5, 1.6)]) == nil)
    }

    @Test(arguments: [1, 2])
    func `who speaks in a file is read back from it`(trackCount: Int) throws {
        let mark = SpeakerMark(phone: 7, call: 11)
        var packet = [UInt8](repeating: SpokenMark.low, count: 160)
        SpokenMark.write(mark, to: &packet, at: 0)
        var doubling = HalfBandDoubling()
        var samples: [Int16] = []
        for frame in 0..<4 {
            let heard = (0..<160).map { place -> Int16 in
                frame == 2 ? packet[place] >> 7 == 1 ? 848 : -848 : 0
            }
            var wide = [Int16](repeating: 0, count: 320)
            doubling.double(heard.span) { wide[$0] = $1 }
            samples += wide
        }
        var file = [UInt8](repeating: 0, count: 44)
        file[22] = UInt8(trackCount)
        for sample in samples {
            file += [UInt8](repeating: 0, count: 2 * (trackCount - 1))
            file += [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
        }
        let heard = try #require(RecordedMarks(file))
        #expect(heard.speakers(ofTrack: trackCount - 1) == [mark: 1])
        if trackCount > 1 { #expect(heard.speakers(ofTrack: 0).isEmpty) }
    }
}
