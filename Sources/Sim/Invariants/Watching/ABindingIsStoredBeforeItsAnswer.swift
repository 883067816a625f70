import PBX
import Platform
import SIPStack

/// A phone that was told that it is registered is found after a restart: the 200 to a REGISTER goes
/// out when its rows are in the store.
struct ABindingIsStoredBeforeItsAnswer: Sendable {
    static let claim = "a binding is stored before its 200"

    /// Of so many answers one is checked: the store is read for it.
    var stride = 1
    private var answerCount = 0
    /// Answers that went out: sent again later they tell of bindings that are gone by then.
    private var answered: Set<TransactionName> = []

    /// The contacts that a 200 lists; nil where it is none to check.
    mutating func contacts(in message: WatchedMessage) -> [String]? {
        guard message.isOut, message.glance.method == .register, message.glance.status == 200
        else { return nil }
        if answered.count > 4_096 { answered = [] }
        guard answered.insert(message.transaction).inserted else { return nil }
        answerCount += 1
        guard answerCount % stride == 0 else { return nil }
        var parser = MessageParser()
        guard
            case .response(let response) = parser.parse(
                message.passage.bytes, framing: .datagram)
        else { return nil }
        let contacts = response.contacts.map(\.uri.text)
        return contacts.isEmpty ? nil : contacts
    }

    /// - Parameter rows: what the store holds at the instant of the answer.
    static func finding(
        _ contacts: [String], _ rows: [BindingRecord], of message: WatchedMessage
    ) -> Finding? {
        let stored = rows.map(\.contact)
        let missing = contacts.filter { contact in !stored.contains { $0.contains(contact) } }
        guard !missing.isEmpty else { return nil }
        return Finding(claim, "\(missing.joined(separator: ", ")) is not in the store", of: message)
    }
}
