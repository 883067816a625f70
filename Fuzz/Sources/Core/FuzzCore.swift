import Fuzzing
import Platform

/// The machines of SIP under arbitrary sequences of events. The first byte selects: the
/// transactions of a shard, or one INVITE usage as its caller or its callee.
func fuzzCore(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let choices = Choices(Array(bytes.dropFirst()))
    switch first % 3 {
    case 0:
        var script = TransactionScript(choices: choices)
        script.run()
    case 1:
        var script = SessionScript(callingWith: choices)
        script.run()
    default:
        var script = SessionScript(invitedWith: choices)
        script.run()
    }
}

/// The few values that scripts draw from: so few that they meet again and again.
enum Pool {
    static let callIDs = ["call-a", "call-b"]
    static let tags = ["tag-1", "tag-2"]
    static let branches = ["z9hG4bK1", "z9hG4bK2", "old-style"]

    static let flows: [Flow] = [
        flow(.udp, connection: 0), flow(.tcp, connection: 1), flow(.tcp, connection: 2),
    ]

    private static func flow(_ transport: TransportKind, connection: UInt64) -> Flow {
        Flow(
            transport: transport, listener: 0,
            local: SocketAddress(address: .loopbackV4, port: 5060),
            remote: SocketAddress(
                address: IPAddress(v4: 0xC000_0201), port: 5062 + UInt16(connection)),
            connection: connection)
    }
}
