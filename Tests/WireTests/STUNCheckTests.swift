import Platform
import Testing

@testable import Wire

/// Checks of ICE as they lie in their datagram: RFC 5769's vectors, and our answers.
struct STUNCheckTests {
    private let password = KeyedSHA1(key: STUNTests.password)

    private func isCheck(_ bytes: [UInt8]) -> Bool { STUNCheck(bytes.span) != nil }

    private func proves(_ bytes: [UInt8], _ key: KeyedSHA1) -> Bool {
        var bytes = bytes
        guard let check = STUNCheck(bytes.span) else { return false }
        return bytes.withUnsafeMutableBufferPointer { check.isProved(by: key, in: $0) }
    }

    /// The answer that is written over the check, as our other reader reads it.
    private func answer(
        to bytes: [UInt8], _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) throws -> STUNMessage {
        var room = bytes + [UInt8](repeating: 0xEE, count: STUNAnswer.lengthLimit)
        let count = room.withUnsafeMutableBufferPointer { write($0) }
        let answer = Array(room[..<count])
        #expect(STUNMessage.hasIntegrity(answer, key: STUNTests.password))
        return try STUNMessage(parsing: answer)
    }

    @Test func `RFC 5769 §2.1: the request is a check, proved by its password alone`() {
        let request = STUNTests.request
        guard let check = STUNCheck(request.span) else {
            Issue.record("it is no check")
            return
        }
        #expect(Array(STUNTests.request[check.username]) == Array("evtj:h6vY".utf8))
        #expect(check.priority == 0x6E00_01FF)
        #expect(!check.isNominating)
        #expect(check.unknownCount == 0)
        guard case .controlled? = check.role else {
            Issue.record("the role was not read")
            return
        }
        #expect(proves(STUNTests.request, password))
        #expect(!proves(STUNTests.request, KeyedSHA1(key: [1])))
    }

    @Test func `a changed bit anywhere makes a request no check, or no proved one`() {
        for index in STUNTests.request.indices {
            var changed = STUNTests.request
            changed[index] ^= 0x10
            #expect(!proves(changed, password), "byte \(index)")
        }
        for count in 0..<STUNTests.request.count {
            #expect(!isCheck(Array(STUNTests.request[..<count])))
        }
    }

    @Test func `what lacks username, integrity or fingerprint is no check`() {
        let transaction = STUNMessage.TransactionID(high: 1, low: 2)
        let name = STUNMessage.Attribute(
            type: STUNAttributeType.username, value: Array("abcd:efgh".utf8))
        let whole = STUNMessage(.request, transactionID: transaction, attributes: [name])
        let bare = STUNMessage(.request, transactionID: transaction)
        let key = STUNTests.password
        #expect(isCheck(whole.encoded(integrityKey: key, hasFingerprint: true)))
        for bytes in [
            whole.encoded(integrityKey: key), whole.encoded(hasFingerprint: true),
            bare.encoded(integrityKey: key, hasFingerprint: true),
            STUNMessage(.indication, transactionID: transaction, attributes: [name])
                .encoded(integrityKey: key, hasFingerprint: true),
        ] {
            #expect(!isCheck(bytes))
        }
    }

    @Test(arguments: ["192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"])
    func `a success says where the check came from`(text: String) throws {
        let source = try #require(SocketAddress(text))
        let message = try answer(to: STUNTests.request) {
            STUNAnswer.success(to: source, by: password, in: $0)
        }
        #expect(message.messageClass == .success)
        #expect(message.xorMappedAddress == source)
        let request = try STUNMessage(parsing: STUNTests.request)
        #expect(message.transactionID == request.transactionID)
        #expect(message[STUNAttributeType.fingerprint] != nil)
    }

    @Test func `487 and 420 are errors that name what is wrong`() throws {
        let conflict = try answer(to: STUNTests.request) {
            STUNAnswer.roleConflict(by: password, in: $0)
        }
        #expect(conflict.messageClass == .failure)
        #expect(conflict[STUNAttributeType.errorCode] == [0, 0, 4, 87])
        let name = STUNMessage.Attribute(
            type: STUNAttributeType.username, value: Array("abcd:efgh".utf8))
        let odd = [0x7001, 0x7002, 0x7003].map { STUNMessage.Attribute(type: $0, value: []) }
        let bytes = STUNMessage(
            .request, transactionID: STUNMessage.TransactionID(high: 1, low: 2),
            attributes: [name] + odd
        ).encoded(integrityKey: STUNTests.password, hasFingerprint: true)
        guard let check = STUNCheck(bytes.span) else {
            Issue.record("it is no check")
            return
        }
        let unknown = try answer(to: bytes) {
            STUNAnswer.unknownAttributes(of: check, by: password, in: $0)
        }
        #expect(unknown[STUNAttributeType.errorCode] == [0, 0, 4, 20])
        #expect(unknown[STUNAttributeType.unknownAttributes] == [0x70, 1, 0x70, 2, 0x70, 3])
    }
}
