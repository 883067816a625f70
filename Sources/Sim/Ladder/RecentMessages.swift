import Platform

/// The messages of late, oldest first: what ladders are drawn from.
///
/// Only references are kept; the bytes are the sender's own.
struct RecentMessages: Sendable {
    /// A run of 50 phones and 20 minutes fits in.
    static let limit = 65_536

    private var passages: [MessagePassage] = []
    private var next = 0

    mutating func add(_ passage: MessagePassage) {
        if passages.count < Self.limit {
            passages.append(passage)
        } else {
            passages[next] = passage
            next = (next + 1) % Self.limit
        }
    }

    var inOrder: [MessagePassage] { Array(passages[next...] + passages[..<next]) }

    /// The last ones, in order.
    func latest(_ count: Int) -> [MessagePassage] { inOrder.suffix(count) }

    /// Those of the Call-IDs named, in order.
    func messages(of sipCallIDs: [String]) -> [MessagePassage] {
        let wanted = Set(sipCallIDs)
        return inOrder.filter { passage in
            guard let glance = MessageGlance(passage.bytes) else { return false }
            let sipCallID = String(
                decoding: passage.bytes[glance.sipCallIDRange], as: UTF8.self)
            return wanted.contains(sipCallID)
        }
    }
}
