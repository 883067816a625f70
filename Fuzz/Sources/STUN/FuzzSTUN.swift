import Fuzzing
import Platform
import Wire

/// A datagram that may be STUN: it is refused or understood, and what is understood is written and
/// read again to the same message.
func fuzzSTUN(_ bytes: [UInt8]) {
    _ = STUNMessage.isLikely(bytes)
    _ = STUNMessage.hasIntegrity(bytes, key: [1, 2, 3])
    fuzzCheck(bytes)
    let source = SocketAddress(address: .loopbackV4, port: 5060)
    if let answer = STUNMessage.bindingAnswer(to: bytes, from: source) {
        let readable = try? STUNMessage(parsing: answer)
        require(readable != nil, "an answer of ours is readable")
    }
    guard var message = try? STUNMessage(parsing: bytes) else { return }
    _ = message.xorMappedAddress
    let hasFingerprint = message[STUNAttributeType.fingerprint] != nil
    message.attributes.removeAll { $0.type == STUNAttributeType.fingerprint }
    let written = message.encoded(hasFingerprint: hasFingerprint)
    guard var again = try? STUNMessage(parsing: written) else {
        return require(false, "what we write is readable: \(message)")
    }
    again.attributes.removeAll { $0.type == STUNAttributeType.fingerprint }
    require(again == message, "written and read again is the same: \(message), \(again)")
}

/// The same datagram as a check of ICE: our two readers agree on what it is, and every answer that is
/// written over it can be read.
private func fuzzCheck(_ bytes: [UInt8]) {
    guard let check = STUNCheck(bytes.span) else { return }
    guard let message = try? STUNMessage(parsing: bytes) else {
        return require(false, "a check is a message")
    }
    require(
        message[STUNAttributeType.username] == Array(bytes[check.username]), "the name is read")
    let key: [UInt8] = [1, 2, 3]
    let keyed = KeyedSHA1(key: key)
    let isProved = STUNMessage.hasIntegrity(bytes, key: key)
    let source = SocketAddress(address: .loopbackV4, port: 5060)
    let answers: [(UnsafeMutableBufferPointer<UInt8>) -> Int] = [
        { STUNAnswer.success(to: source, by: keyed, in: $0) },
        { STUNAnswer.roleConflict(by: keyed, in: $0) },
        { STUNAnswer.unknownAttributes(of: check, by: keyed, in: $0) },
    ]
    for write in answers {
        var room = bytes + [UInt8](repeating: 0xEE, count: STUNAnswer.lengthLimit)
        let count = room.withUnsafeMutableBufferPointer { room in
            require(check.isProved(by: keyed, in: room) == isProved, "proofs agree")
            return write(room)
        }
        let answer = Array(room[..<count])
        require((try? STUNMessage(parsing: answer)) != nil, "an answer of ours is readable")
        require(STUNMessage.hasIntegrity(answer, key: key), "and proved")
    }
}
