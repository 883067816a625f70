import PBX
import SIPStack

/// At rest no binding, call, dialog, transaction, media leg, port, timer or message is left, neither
/// at the exchange nor at a phone.
struct NothingIsLeftAtRest: Invariant {
    var claim: String { "at rest nothing is left" }

    func breaches(in evidence: Evidence) -> [String] {
        var counts = [
            ("bindings", evidence.bindingCount), ("media legs", evidence.openMediaLegCount),
            ("calls in the events", evidence.picture.calls.count),
            ("extensions in the events", evidence.picture.extensions.count),
            ("media ports", evidence.mediaPortCount), ("deadlines", evidence.waitingCount),
        ]
        if let census = evidence.census {
            counts += [
                ("calls", census.calls), ("INVITEs of calls", census.invites),
                ("subscriptions", census.subscriptions), ("conferences", census.conferences),
                ("recordings", census.recordings), ("faxes", census.faxes),
                ("MESSAGEs", census.deliveries), ("messages in mailboxes", census.mailboxDepth),
                ("transactions of the store", census.waitingForStore),
            ]
            counts += Self.counts(census.transport, of: "the exchange")
        } else {
            counts.append(("exchanges that say nothing", 1))
        }
        counts += Self.counts(evidence.phoneCensus, of: "phones")
        return counts.filter { $0.1 != 0 }.map { "\($0.1) \($0.0) are left" }
    }

    private static func counts(
        _ census: TransportCensus, of owner: String
    ) -> [(String, Int)] {
        [
            ("client transactions of \(owner)", census.clientTransactionCount),
            ("server transactions of \(owner)", census.serverTransactionCount),
            ("dialogs of \(owner)", census.dialogs),
            ("keys of transactions of \(owner)", census.keys),
            ("sinks of \(owner)", census.sinks),
            ("timers of \(owner)", census.deadlines),
            ("messages that wait for a stream of \(owner)", census.waitingMessages),
            ("messages in mailboxes of \(owner)", census.mailboxDepth),
        ]
    }
}
