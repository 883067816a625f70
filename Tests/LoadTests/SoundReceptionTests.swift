import Platform
import Sim
import Testing

/// Loss and jitter of RTP as RFC 3550 counts them.
@Suite struct SoundReceptionTests {
    private static func reception(
        of sequences: [UInt16], delays: [Duration] = []
    ) -> SoundReception {
        var reception = SoundReception()
        for (index, sequence) in sequences.enumerated() {
            let delay = index < delays.count ? delays[index] : .zero
            let sent = Int(sequence &- sequences[0])
            reception.note(
                source: 1, sequence: sequence, timestamp: UInt32(sent) &* 160,
                at: .start + .milliseconds(20 * sent) + delay)
        }
        return reception
    }

    @Test(
        arguments: [
            ([1, 2, 3, 4], 4, 0), ([1, 2, 4, 5], 5, 1), ([1, 3, 2, 4], 4, 0),
            ([65534, 65535, 0, 1], 4, 0), ([65534, 1], 4, 2), ([5], 1, 0), ([1, 1, 2], 2, 0),
        ] as [([UInt16], Int, Int)])
    func `what is missing between first and last is lost`(
        sequences: [UInt16], expected: Int, lost: Int
    ) {
        let reception = Self.reception(of: sequences)
        #expect(reception.expectedCount == expected)
        #expect(reception.lostCount == lost)
    }

    @Test func `another source or a leap is another beginning, not a loss`() {
        var reception = Self.reception(of: [1, 2, 20_000, 20_001])
        #expect(reception.lostCount == 0)
        reception.note(source: 2, sequence: 9, timestamp: 0, at: .start)
        #expect(reception.expectedCount == 5)
        #expect(reception.lostCount == 0)
    }

    @Test func `evenly spaced packets have no jitter, late ones a sixteenth of their lateness`() {
        #expect(Self.reception(of: [1, 2, 3]).jitter == .zero)
        let late = Self.reception(of: [1, 2], delays: [.zero, .milliseconds(16)])
        #expect(late.jitter == .milliseconds(1))
        #expect(late.greatestJitter == .milliseconds(1))
    }
}
