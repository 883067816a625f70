import Platform
import SIPStack

/// How much a running exchange keeps at one moment.
public struct ExchangeCensus: Sendable, Equatable {
    /// Calls in the exchange's table, and calls that live at all.
    public var calls: Int
    public var liveCalls: Int
    /// INVITEs that began a call which is up.
    public var invites: Int
    /// Conferences that somebody is in, or at the door of.
    public var conferences = 0
    /// Recordings that go on.
    public var recordings = 0
    /// Faxes that come in.
    public var faxes = 0
    /// MESSAGEs on their way.
    public var deliveries = 0
    /// Subscriptions of lamps and their kin.
    public var subscriptions = 0
    /// Messages that wait in mailboxes, and those that were refused since the start.
    public var mailboxDepth: Int
    public var refusedMessages: Int
    /// Transactions that wait for the disk.
    public var waitingForStore: Int
    public var transport = TransportCensus()
}

extension Exchange {
    /// Counts what this exchange and its stack keep; nothing is told where the stack was closed.
    func takeCensus(_ then: @escaping @Sendable (ExchangeCensus) -> Void) {
        let census = ExchangeCensus(
            calls: calls.count, liveCalls: liveCalls.count, invites: callOf.count,
            conferences: rooms.count,
            mailboxDepth: mailbox.depth
                + extensions.values.reduce(0) { $0 + $1.mailbox.depth }
                + calls.values.reduce(0) { $0 + $1.call.mailbox.depth },
            refusedMessages: mailbox.refusedCount, waitingForStore: store.waitingCount)
        guard let recordings else { return countFaxes(census, then) }
        recordings.mailbox.post(
            .count { [self] recordingCount in
                var census = census
                census.recordings = recordingCount
                countFaxes(census, then)
            })
    }

    private nonisolated func countFaxes(
        _ census: ExchangeCensus, _ then: @escaping @Sendable (ExchangeCensus) -> Void
    ) {
        guard let faxes else { return count(census, then) }
        faxes.mailbox.post(
            .count { [self] faxCount in
                var census = census
                census.faxes = faxCount
                count(census, then)
            })
    }

    private nonisolated func count(
        _ census: ExchangeCensus, _ then: @escaping @Sendable (ExchangeCensus) -> Void
    ) {
        messenger.mailbox.post(
            .count { [transport, subscriptions] deliveries in
                subscriptions.mailbox.post(
                    .count { subscriptionCount in
                        transport.takeCensus { counted in
                            var census = census
                            census.deliveries = deliveries
                            census.subscriptions = subscriptionCount
                            census.transport = counted
                            then(census)
                        }
                    })
            })
    }
}
