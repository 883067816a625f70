import Platform
import SIPStack

/// What the exchange has done since its start: counted by its owner, read at scrapes.
struct ExchangeTally: Sendable {
    var callsBegun = 0
    /// Over a limit, or while draining.
    var callsRefused = 0
    var requests = 0
    var registers = 0
    var bans = 0
}

extension Exchange {
    /// Composes the exchange's figures; `then` is called once, from any thread, and not at all where
    /// the exchange has ended.
    public nonisolated func readMetrics(_ then: @escaping @Sendable (PrometheusText) -> Void) {
        mailbox.post(.readMetrics(posted: world.time.now, reply: then))
    }

    func readMetrics(
        posted: Instant, _ then: @escaping @Sendable (PrometheusText) -> Void
    ) {
        let now = world.time.now
        let lateness = now - posted
        let tally = tally
        let wrongCredentials = gatekeeper.wrongCount
        let bans = doorkeeper.bans(now: now).count
        let failedNames = doorkeeper.failedNameCount
        let refusedForLoad = configuration.load.refusedCount
        let registered = events.registeredCount
        let trunksUp = trunkViews.values.count(where: \.isUp)
        takeCensus { census in
            var text = PrometheusText()
            text.add("calls", .gauge, "Calls that are up.", census.calls)
            text.add("conferences", .gauge, "Conferences with anybody in.", census.conferences)
            text.add("recordings", .gauge, "Recordings that go on.", census.recordings)
            text.add("calls_begun_total", .counter, "Calls that began.", tally.callsBegun)
            text.add(
                "calls_refused_total", .counter, "Calls over a limit, or while draining.",
                tally.callsRefused)
            text.add(
                "calls_refused_for_load_total", .counter, "Calls refused while messages waited.",
                refusedForLoad)
            text.add(
                "extensions_registered", .gauge, "Extensions with a phone that can be reached.",
                registered)
            text.add("registers_total", .counter, "REGISTERs that were admitted.", tally.registers)
            text.add("trunks_up", .gauge, "Trunks that answer.", trunksUp)
            text.add("requests_total", .counter, "Requests that start something.", tally.requests)
            text.add(
                "wrong_credentials_total", .counter, "Requests with wrong credentials.",
                wrongCredentials)
            text.add("bans", .gauge, "Sources that are banned.", bans)
            text.add("bans_total", .counter, "Bans since the start.", tally.bans)
            text.add("failed_names", .gauge, "Names watched for guessing.", failedNames)
            text.add(
                "request_wait_seconds", .gauge, "How long this question waited in the exchange.",
                lateness)
            Self.add(census, to: &text)
            then(text)
        }
    }

    private static func add(_ census: ExchangeCensus, to text: inout PrometheusText) {
        let transport = census.transport
        text.add(
            "client_transactions", .gauge, "Requests of ours under way.",
            transport.clientTransactionCount)
        text.add(
            "server_transactions", .gauge, "Requests of others under way.",
            transport.serverTransactionCount)
        text.add("dialogs", .gauge, "Dialogs.", transport.dialogs)
        text.add("streams", .gauge, "Streams that are open.", transport.streams)
        text.add("subscriptions", .gauge, "Subscriptions of lamps.", census.subscriptions)
        text.add(
            "mailbox_depth", .gauge, "Messages that wait for their owner.",
            census.mailboxDepth + transport.mailboxDepth)
        text.add(
            "mailbox_refused_total", .counter, "Messages that found a mailbox full.",
            census.refusedMessages + transport.refusedMessages)
        text.add(
            "store_waiting", .gauge, "Transactions that wait for the disk.",
            census.waitingForStore)
    }
}
