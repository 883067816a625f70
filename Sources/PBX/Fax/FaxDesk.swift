import Media
import Platform

/// The owner of all faxes that come in: machines send it pages, it has them brought to the disk.
///
/// Nobody waits for it: machines work on a thread of their own, the disk on a lane.
actor FaxDesk: MailboxOwner {
    enum Message: Sendable {
        /// Files of the last run are repaired.
        case open
        case begin(FaxOrder)
        /// The call goes on by another line: sound gives way to T.38, or comes back.
        case turn(name: String, to: FaxLine)
        /// The call is over.
        case end(name: String)
        /// Of the line that was the fax's at that turn.
        case news(name: String, turn: Int, FaxNews)
        /// A page is on the disk, or is not, for that reason.
        case written(name: String, failure: String?)
        case finished(name: String, file: String?, failure: String?)
        case count(reply: @Sendable (Int) -> Void)
        /// Ends all; `then` is called when the last file is closed.
        case drain(then: @Sendable () -> Void)
    }

    private struct Fax {
        var order: FaxOrder
        var file: FaxFile
        var turn = 0
        var outcome = FaxOutcome()
        /// Those that came by every line: some may have come by sound before T.38.
        var pageCount = 0
        /// Why it ended before its sender wanted to.
        var failure: String?
        var isFinishing = false
    }

    /// At a time. Further ones are refused.
    static var limit: Int { 64 }

    nonisolated let mailbox = Mailbox<FaxDesk>()
    private let world: World
    private let plan: FaxPlan
    private let store: Store
    private let events: EventStream
    private var faxes: [String: Fax] = [:]
    private var drained: (@Sendable () -> Void)?

    init(world: World, plan: FaxPlan, store: Store, events: EventStream) {
        self.world = world
        self.plan = plan
        self.store = store
        self.events = events
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .open: repair()
        case .begin(let order): begin(order)
        case .turn(let name, let line): turn(name, to: line)
        case .end(let name): faxes[name]?.order.line.end()
        case .news(let name, let turn, let news):
            guard faxes[name]?.turn == turn else { break }
            take(news, of: name)
        case .written(let name, let failure):
            if let failure { fail(name, failure) }
        case .finished(let name, let file, let failure): finished(name, file, failure)
        case .count(let reply): reply(faxes.count)
        case .drain(let then):
            drained = then
            for name in faxes.keys.sorted() { faxes[name]?.order.line.end() }
            endDraining()
        }
    }

    private func begin(_ order: FaxOrder) {
        guard faxes.count < Self.limit, drained == nil, faxes[order.name] == nil else {
            return refuse(order)
        }
        faxes[order.name] = Fax(order: order, file: FaxFile(named: order.name, plan: plan))
        answer(order.name)
        // Better no fax than one that is confirmed and can't be kept.
        plan.lane.perform { [plan, mailbox] in
            let shortage = FaxFile.shortage(in: plan)
            mailbox.post(.written(name: order.name, failure: shortage))
        }
    }

    private func refuse(_ order: FaxOrder) {
        order.line.end()
        world.recorder.record(
            .warning, "fax.refused",
            [("call", order.callID.description), ("do", "wait until other faxes have come")])
        order.ended(nil)
    }

    private func answer(_ name: String) {
        guard let fax = faxes[name] else { return }
        plan.machines.answer(fax.order.line, as: fax.order.identity) {
            [mailbox, turn = fax.turn] news in
            mailbox.post(.news(name: name, turn: turn, news))
        }
    }

    private func turn(_ name: String, to line: FaxLine) {
        guard let fax = faxes[name], !fax.isFinishing, fax.failure == nil else { return line.end() }
        fax.order.line.end()
        faxes[name]?.order.line = line
        faxes[name]?.turn += 1
        answer(name)
    }

    private func take(_ news: FaxNews, of name: String) {
        guard let fax = faxes[name] else { return }
        switch news {
        case .heard: fax.order.heard()
        case .page(let page):
            guard fax.failure == nil else { return }
            faxes[name]?.pageCount += 1
            plan.lane.perform { [mailbox] in
                let failure = fax.file.append(page)
                mailbox.post(.written(name: name, failure: failure))
            }
        case .ended(let outcome):
            faxes[name]?.outcome = outcome
            finish(name)
        case .refused where fax.turn == 0:
            faxes[name] = nil
            refuse(fax.order)
            endDraining()
        case .refused:
            faxes[name]?.failure = "no fax machine was left"
            finish(name)
        }
    }

    private func fail(_ name: String, _ failure: String) {
        guard let fax = faxes[name], fax.failure == nil else { return }
        faxes[name]?.failure = failure
        world.recorder.record(
            .warning, "fax.stopped",
            [
                ("call", fax.order.callID.description), ("why", failure),
                ("do", "make room on the disk of recordings.folder; calls go on"),
            ])
        fax.order.line.end()
    }

    private func finish(_ name: String) {
        guard let fax = faxes[name], !fax.isFinishing else { return }
        faxes[name]?.isFinishing = true
        fax.order.line.end()
        plan.lane.perform { [mailbox] in
            let (file, failure) = fax.file.finish()
            mailbox.post(.finished(name: name, file: file, failure: failure))
        }
    }

    private func finished(_ name: String, _ file: String?, _ failure: String?) {
        guard let fax = faxes.removeValue(forKey: name) else { return }
        let (order, outcome) = (fax.order, fax.outcome)
        let failure = fax.failure ?? failure
        let record = FaxRecord(
            domain: order.domain, callID: order.callID, at: order.at, caller: order.caller,
            number: order.number, sender: outcome.sender, pageCount: fax.pageCount,
            bitRate: outcome.bitRate, isImage: order.line.isImage,
            isComplete: outcome.isComplete && failure == nil, words: failure ?? outcome.words,
            file: file)
        let event = CallEventRecord(
            domain: record.domain, callID: record.callID, at: world.time.wallTime,
            kind: .faxEnded, detail: record.summary)
        // By itself: the call may be over, and gone, before its last page is on the disk.
        store.keep(.together([.keepFax(record), .appendEvents([event])])) { [world] error in
            world.recorder.record(
                .error, "fax.notStored",
                [("call", order.callID.description), ("why", "\(error)")])
        }
        world.recorder.record(
            record.isComplete ? .info : .warning,
            record.isComplete ? "fax.received" : "fax.failed",
            [
                ("call", order.callID.description), ("pages", String(record.pageCount)),
                ("bitRate", String(record.bitRate)), ("by", record.isImage ? "T.38" : "sound"),
                ("why", record.words),
            ])
        events.tell(.faxEnded(FaxPicture(record)))
        order.ended(record)
        endDraining()
    }

    private func endDraining() {
        guard faxes.isEmpty else { return }
        drained?()
        drained = nil
    }

    private func repair() {
        plan.lane.perform { [plan, world] in
            let (repaired, failed) = FaxFile.repair(plan)
            for name in repaired {
                world.recorder.record(.info, "fax.repaired", [("name", name)])
            }
            for why in failed {
                world.recorder.record(.warning, "fax.notRepaired", [("why", why)])
            }
        }
    }
}
