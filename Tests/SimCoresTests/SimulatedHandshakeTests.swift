import Media
import Platform
import Testing

@testable import Sim

/// The stand-in for DTLS: both sides get the same keys whatever is lost, and only from each other.
struct SimulatedHandshakeTests {
    private static let ours = [UInt8](repeating: 1, count: 32)
    private static let theirs = [UInt8](repeating: 2, count: 32)

    private static func pair(
        expected: [UInt8] = theirs
    ) -> (SimulatedHandshake, SimulatedHandshake) {
        let random = SimulatedRandom(seed: 1, purpose: "handshakes")
        let first = SimulatedHandshake(
            begins: true, certificate: ours, expected: expected,
            suites: [.counter128, .galois128], random: random)
        let second = SimulatedHandshake(
            begins: false, certificate: theirs, expected: ours, suites: [.galois128, .counter128],
            random: random)
        return (first, second)
    }

    private static func keys(
        _ outcome: SimulatedHandshake.Outcome?
    ) -> (SRTPSuite, own: [UInt8], other: [UInt8])? {
        guard case .keys(let suite, let own, let other) = outcome else { return nil }
        return (suite, own, other)
    }

    /// - Parameter lost: of the datagrams, by their place in the order in which they go.
    @Test(arguments: [[], [0], [1], [2], [0, 1, 3], [2, 3, 4]] as [Set<Int>])
    func `what one side sends under the other receives under, whatever was lost`(
        lost: Set<Int>
    ) throws {
        var (first, second) = Self.pair()
        var made: (first: SimulatedHandshake.Outcome?, second: SimulatedHandshake.Outcome?)
        var sentCount = 0
        func arrives(_ datagram: [UInt8]?) -> [UInt8]? {
            guard let datagram else { return nil }
            defer { sentCount += 1 }
            return lost.contains(sentCount) ? nil : datagram
        }
        var toSecond = arrives(first.begin())
        for _ in 0..<10 {
            var toFirst = arrives(toSecond == nil ? second.repetition() : nil)
            if let datagram = toSecond {
                let step = second.receive(datagram)
                made.second = step.outcome ?? made.second
                toFirst = arrives(step.reply)
            }
            toSecond = nil
            if let datagram = toFirst {
                let step = first.receive(datagram)
                made.first = step.outcome ?? made.first
                toSecond = arrives(step.reply)
            } else {
                toSecond = arrives(first.repetition())
            }
        }
        let one = try #require(Self.keys(made.first))
        let other = try #require(Self.keys(made.second))
        #expect(one.own == other.other && one.other == other.own && one.own != one.other)
        #expect(one.0 == .galois128 && other.0 == .galois128)
        #expect(first.isOver && second.isOver)
    }

    @Test func `a certificate that the description did not name makes no keys`() throws {
        var (first, second) = Self.pair(expected: [UInt8](repeating: 3, count: 32))
        let hello = first.begin()
        let answer = second.receive(try #require(hello)).reply
        #expect(first.receive(try #require(answer)).outcome == .failed)
        #expect(first.isOver)
    }

    @Test func `a damaged datagram never came`() throws {
        var (first, second) = Self.pair()
        let begun = first.begin()
        var hello = try #require(begun)
        for place in hello.indices {
            hello[place] |= 0x80
            let step = second.receive(hello)
            #expect(step.reply == nil && step.outcome == nil)
        }
        #expect(!second.isOver)
    }
}
