import PBX
import Platform
import Synchronization

/// How the run is looked at while it goes on.
extension Simulation {
    /// The exchange is asked about itself that often, in virtual time.
    private static var glimpseInterval: Duration { .seconds(30) }
    private static var comparisonInterval: Duration { .seconds(120) }

    /// Looks at how things are; called whenever a few seconds have passed and nothing is runnable.
    ///
    /// - Parameter isOpen: false once phones sign off.
    func look(isOpen: Bool) {
        watch.tick()
        if isOpen { muteSomebody() }
        let lamps = ALampAgreesWithThePhone(
            bound: ALampAgreesWithThePhone.bound(of: plan.faults),
            phones: Dictionary(grouping: phones, by: \.setup.number)
                .mapValues { $0.map(\.phone) })
        // While the exchange is down nobody tells lamps, nor ends the calls of phones.
        if exchange.exchange != nil {
            let findings = lamps.findings(
                on: board, now: world.time.now, outages: outages.outages)
            for finding in findings { watch.add(finding) }
        }
        let now = (world.time.now - .start).nanoseconds
        if now % Self.glimpseInterval.nanoseconds == 0, let glimpse = takeGlimpse(isOpen: isOpen) {
            watch.look(at: glimpse)
        }
        if now % Self.comparisonInterval.nanoseconds == 0,
            let records = exchange.closedRecords(limit: WhatIsCommittedStays.limit)
        {
            watch.compare(records)
        }
    }

    /// Reads the exchange's events from where the last reading ended.
    func follow(_ exchange: Exchange) {
        while true {
            let position = follower.withLock { $0.position }
            guard
                let batch = reply({
                    exchange.readEvents(after: position, patience: .zero, $0)
                })
            else { return }
            follower.withLock { $0.take(batch) }
            if batch.events.isEmpty, batch.picture == nil { return }
        }
    }

    /// Nil while the exchange is down.
    private func takeGlimpse(isOpen: Bool) -> ExchangeGlimpse? {
        guard let asked = exchange.exchange, let media = exchange.media else { return nil }
        guard let census = reply({ asked.mailbox.post(.takeCensus(reply: $0)) }),
            let calls = reply({ asked.mailbox.post(.listCalls(reply: $0)) }),
            let bindings = reply({ asked.mailbox.post(.listBindings(reply: $0)) })
        else { return nil }
        let devices = Set(bindings.compactMap(\.deviceID))
        let reachable = Set(
            phones.indices.filter { devices.contains(SimulatedExchange.deviceID(of: $0)) }
                .map { phones[$0].phone })
        follow(asked)
        return ExchangeGlimpse(
            instant: world.time.now, census: census, calls: calls,
            mediaLegCount: media.legCount,
            openStreamCount: world.network.openStreamCount, reachable: isOpen ? reachable : nil,
            bindings: bindings, bans: reply { asked.listBans($0) } ?? [],
            picture: follower.withLock { $0.picture })
    }
}
