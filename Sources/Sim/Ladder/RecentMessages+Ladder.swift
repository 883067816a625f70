import PBX
import Platform

/// How recorded messages become a ladder.
extension RecentMessages {
    /// What was said about those calls; empty where nothing is kept.
    ///
    /// - Parameter name: who stands at an address.
    func ladder(
        of sipCallIDs: [String], exchange: String, naming name: (IPAddress) -> String?
    ) -> String {
        let passages = messages(of: sipCallIDs)
        var arrived: [Crossing: Int] = [:]
        for passage in passages where passage.kind == .arrived {
            arrived[Crossing(passage), default: 0] += 1
        }
        let arrows = passages.filter { $0.kind == .left }.map { passage in
            let crossing = Crossing(passage)
            let isLost = passage.flow.transport == .udp && (arrived[crossing] ?? 0) == 0
            if !isLost { arrived[crossing, default: 0] -= 1 }
            return LadderArrow(
                instant: passage.instant, source: passage.host,
                destination: name(passage.flow.remote.address) ?? "\(passage.flow.remote)",
                label: Self.label(passage.bytes), isLost: isLost)
        }
        guard let first = arrows.first else { return "" }
        let caller = first.source == exchange ? first.destination : first.source
        return Ladder.text(of: arrows, hosts: [caller, exchange])
    }

    /// Names a datagram on its way.
    private struct Crossing: Hashable {
        var hash: UInt64
        var source: SocketAddress

        init(_ passage: MessagePassage) {
            var hash = TraceHash()
            hash.mix(passage.bytes)
            self.hash = hash.value
            source = passage.source
        }
    }

    /// `INVITE`, or `200 INVITE`.
    private static func label(_ bytes: [UInt8]) -> String {
        guard let glance = MessageGlance(bytes) else { return "?" }
        let method = "\(glance.method)".uppercased()
        return glance.isRequest ? method : "\(glance.status) \(method)"
    }
}
