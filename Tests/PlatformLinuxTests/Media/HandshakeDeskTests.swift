import Media
import Platform
import Testing

@testable import PlatformLinux

/// Two desks make keys with each other, over memory.
struct HandshakeDeskTests {
    /// What a side came to.
    private struct End: Sendable {
        var isBeginner: Bool
        var keys: SRTPKeyPair?
    }

    private static let leg = MediaLegID(number: 1)

    private static func carry(
        from one: HandshakeDesk, to other: HandshakeDesk, isBeginner: Bool,
        _ ends: Arrivals<End>
    ) {
        one.open { command in
            switch command {
            case .transmit(_, _, let bytes):
                other.post(.datagram(leg, stream: 0, bytes))
            case .secure(_, _, _, let keys):
                ends.add(End(isBeginner: isBeginner, keys: keys))
            default: break
            }
        }
    }

    /// The keys of who begins and of the other.
    private func outcome(isForged: Bool) async throws -> (SRTPKeyPair?, SRTPKeyPair?) {
        let folders = (try Folder(), try Folder())
        let random = KernelRandom()
        let one = try HandshakeDesk(folder: folders.0.path, time: SystemTime(), random: random)
        let other = try HandshakeDesk(folder: folders.1.path, time: SystemTime(), random: random)
        let ends = try Arrivals<End>()
        Self.carry(from: one, to: other, isBeginner: true, ends)
        Self.carry(from: other, to: one, isBeginner: false, ends)
        let named = isForged ? other.fingerprint : one.fingerprint
        other.post(
            .begin(Self.leg, stream: 0, HandshakeTerms(begins: false, fingerprint: named)))
        one.post(
            .begin(
                Self.leg, stream: 0,
                HandshakeTerms(begins: true, fingerprint: other.fingerprint)))
        let all = try await ends.wait(for: "both ends of a handshake") { ends in
            ends.count == 2 ? ends : nil
        }
        one.close()
        other.close()
        func keys(_ isBeginner: Bool) -> SRTPKeyPair? {
            all.first { $0.isBeginner == isBeginner }?.keys
        }
        return (keys(true), keys(false))
    }

    @Test func `both sides have the same keys, crosswise`() async throws {
        let (beginner, other) = try await outcome(isForged: false)
        let mine = try #require(beginner)
        let theirs = try #require(other)
        #expect(mine.sent == theirs.received)
        #expect(mine.received == theirs.sent)
        #expect(mine.sent != mine.received)
        #expect(mine.sent.suite == .galois128)
    }

    @Test func `a certificate that the description did not name makes no keys`() async throws {
        let (_, other) = try await outcome(isForged: true)
        #expect(other == nil)
    }
}
