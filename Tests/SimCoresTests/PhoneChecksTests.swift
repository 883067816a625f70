import Platform
import Testing
import Wire

@testable import Sim

/// Two hands wrote STUN: what a virtual phone asks is a check for the exchange, and the answer counts.
struct PhoneChecksTests {
    private let ours = PhoneCheckCredentials(fragment: "ours", password: "a-password-of-24-letters")
    private let theirs = PhoneCheckCredentials(
        fragment: "theirs", password: "another-of-24-letters-xx")

    private func makeChecks() -> PhoneChecks {
        PhoneChecks(
            own: ours, other: theirs, random: SimulatedRandom(seed: 1, purpose: "checks"))
    }

    /// What the exchange answers to those bytes, under that password; nil where it is no check.
    private func answer(_ request: [UInt8], password: String) -> [UInt8]? {
        guard let check = STUNCheck(request.span) else { return nil }
        var room = request + [UInt8](repeating: 0, count: 200)
        let key = KeyedSHA1(key: Array(password.utf8))
        let source = SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 4000)
        let length = room.withUnsafeMutableBufferPointer { bytes -> Int? in
            guard check.isProved(by: key, in: bytes) else { return nil }
            return STUNAnswer.success(to: source, by: key, in: bytes)
        }
        return length.map { Array(room[..<$0]) }
    }

    @Test func `a check of a virtual phone chooses a way, and its answer opens it`() throws {
        var checks = makeChecks()
        let request = checks.check(now: .start)
        let read = STUNCheck(request.span)
        let check = try #require(read)
        #expect(check.isNominating && check.role == .controlling && check.unknownCount == 0)
        #expect(request[check.username].elementsEqual("theirs:ours".utf8))
        #expect(!checks.isOpen(now: .start))
        let answer = try #require(self.answer(request, password: theirs.password))
        let isFirst = checks.receive(answer, now: .start)
        #expect(isFirst && checks.isOpen(now: .start + .seconds(29)))
        #expect(!checks.isOpen(now: .start + .seconds(30)))
    }

    @Test func `the answer of somebody without the password opens nothing`() throws {
        var checks = makeChecks()
        let request = checks.check(now: .start)
        var forged = try #require(self.answer(request, password: theirs.password))
        forged[forged.count - 20] ^= 1
        for place in 24..<forged.count { forged[place] ^= 0x10 }
        let isTaken = checks.receive(forged, now: .start)
        #expect(!isTaken && !checks.isOpen(now: .start))
    }
}
