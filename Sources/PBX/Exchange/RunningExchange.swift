import Media
import Platform
import SIPStack

/// An exchange put together and brought to where the last run left off; the same live and simulated.
public struct RunningExchange: Sendable {
    public let exchange: Exchange
    public let transport: SIPTransport
    /// What the last run left open, for the log.
    public let abandonedCalls: Int
    public let standingBindings: Int
    public let extensionCount: Int

    /// Reads the store and makes the owners. Blocks for as long as the store takes to read; start
    /// the network, with ``transport`` as its sink, after that.
    public init(
        world: World, network: any SignallingNetwork, media: any MediaPlane,
        names: any NameResolver, store: Store, configuration: ExchangeConfiguration, shardCount: Int
    ) throws(StoreError) {
        let now = world.time.wallTime
        let abandoned = try store.run(
            .closeAbandonedCalls(domain: configuration.domain, at: now))
        let directory = try store.run(.loadDirectory(domain: configuration.domain))
        let bindings = try store.run(.loadBindings(domain: configuration.domain, at: now))
        let gruuKey = try store.run(
            .secret(
                named: "gruu", domain: configuration.domain,
                or: world.random.bytes(GRUUMint.keyLength)))
        let doorkeeper = Doorkeeper(limits: configuration.abuse, random: world.random)
        transport = SIPTransport(
            world: world, network: network, shardCount: shardCount,
            configuration: configuration.transport, doorkeeper: doorkeeper)
        exchange = Exchange(
            world: world, transport: transport, media: media, names: names, store: store,
            configuration: configuration, directory: directory, doorkeeper: doorkeeper,
            gruuKey: gruuKey)
        transport.setDefaultSink(ExchangeGate(exchange.mailbox, time: world.time))
        exchange.mailbox.post(.restore(bindings.standing))
        exchange.mailbox.post(.endDialogs(abandoned.dialogs))
        abandonedCalls = abandoned.closedCount
        standingBindings = bindings.standing.count
        extensionCount = directory.extensionCount
    }

    /// The network was started: trunks may sign in.
    public func networkStarted() {
        exchange.mailbox.post(.networkStarted)
    }
}

/// Posts the stack's events to the exchange.
private final class ExchangeGate: SIPSink {
    private let mailbox: Mailbox<Exchange>
    private let time: any TimeSource

    init(_ mailbox: Mailbox<Exchange>, time: any TimeSource) {
        self.mailbox = mailbox
        self.time = time
    }

    func post(_ event: SIPEvent) { mailbox.post(.sip(event, at: time.now)) }
}

/// Takes the responses that nobody waits for.
private final class NobodySink: SIPSink {
    func post(_ event: SIPEvent) {}
}

extension Exchange {
    /// Bindings that outlived the restart.
    func restore(_ records: [BindingRecord]) {
        let now = world.time.now
        let wallTime = world.time.wallTime
        for (id, rows) in Dictionary(grouping: records, by: \.extensionID) {
            guard let record = directory.extensionRecord(id) else { continue }
            let bindings = rows.compactMap { Binding($0, now: now, wallTime: wallTime) }
            // Whoever was signed in when the last run ended is no stranger now.
            for row in rows {
                guard let remote = row.flow.flow?.remote else { continue }
                doorkeeper.vouch(for: remote.address, now: now)
            }
            adopt(record, bindings: Bindings(bindings))
        }
    }

    /// Tells parties of the last run's calls that those are over: they would wait in silence.
    func endDialogs(_ records: [DialogRecord]) {
        let nobody = NobodySink()
        for record in records {
            // A stream of the last run is gone; its phone has noticed that itself.
            guard var dialog = Dialog(record), let flow = record.flow.flow,
                flow.transport == .udp
            else { continue }
            _ = transport.send(dialog.request(.bye), to: .flow(flow), sink: nobody)
        }
        guard !records.isEmpty else { return }
        let legs = records.map(\.legID)
        store.perform(.removeDialogs(domain: configuration.domain, legs: legs)) { _ in }
    }
}

extension Dialog {
    /// A dialog of the last run; nil where its row can't be read any more.
    fileprivate init?(_ record: DialogRecord) {
        guard let local = (try? Route(parsing: record.localURI))?.address,
            let remote = (try? Route(parsing: record.remoteURI))?.address,
            let target = try? URI(record.remoteTarget)
        else { return nil }
        self.init(
            restoring: DialogID(
                sipCallID: record.sipCallID, localTag: record.localTag,
                remoteTag: record.remoteTag),
            local: local, remote: remote, remoteTarget: target,
            routeSet: record.routeSet.compactMap { (try? Route(parsing: $0))?.address },
            localSequence: record.localCSeq)
    }
}
