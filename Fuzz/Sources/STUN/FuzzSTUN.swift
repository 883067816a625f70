import Fuzzing
import Platform
import Wire

/// A datagram that may be STUN: it is refused or understood, and what is understood is written and
/// read again to the same message.
func fuzzSTUN(_ bytes: [UInt8]) {
    _ = STUNMessage.isLikely(bytes)
    _ = STUNMessage.hasIntegrity(bytes, key: [1, 2, 3])
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
