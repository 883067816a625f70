import Media
import Platform

/// The owner of all recordings: once a second it has what was said brought to the disk.
///
/// Nobody waits for it: media loops write to a ``SoundReel``, the disk works on a lane of its own.
actor RecordingDesk: MailboxOwner {
    enum Message: Sendable {
        /// Files of the last run are repaired.
        case open
        case begin(RecordingOrder)
        case end(name: String)
        case written(name: String, RecordingOutcome)
        case finished(name: String, RecordingOutcome)
        case wake
        case count(reply: @Sendable (Int) -> Void)
        case list(reply: @Sendable ([RecordingListing]) -> Void)
        /// Ends all; `then` is called when the last file is closed.
        case drain(then: @Sendable () -> Void)
    }

    private struct Recording {
        var writer: RecordingWriter
        var life = RecordingLife()
        var stopped: @Sendable (RecordingFailure) -> Void
    }

    /// At a time; each takes half a megabyte. Further ones are refused.
    static var limit: Int { 2_000 }
    private static var interval: Duration { .seconds(1) }

    nonisolated let mailbox = Mailbox<RecordingDesk>()
    private let world: World
    private let plan: RecordingPlan
    private var recordings: [String: Recording] = [:]
    private var alarm: (any Alarm)?
    private var drained: (@Sendable () -> Void)?

    init(world: World, plan: RecordingPlan) {
        self.world = world
        self.plan = plan
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .open: repair()
        case .begin(let order): begin(order)
        case .end(let name): decide(.ended, name)
        case .written(let name, let outcome): decide(.written(outcome), name)
        case .finished(let name, let outcome): decide(.finished(outcome), name)
        case .wake: tick()
        case .count(let reply): reply(recordings.count)
        case .list(let reply): list(reply)
        case .drain(let then):
            drained = then
            for name in recordings.keys.sorted() { decide(.ended, name) }
            endDraining()
        }
    }

    private func begin(_ order: RecordingOrder) {
        guard recordings.count < Self.limit, drained == nil, recordings[order.name] == nil,
            let writer = RecordingWriter(
                order, plan: plan, serial: UInt32(truncatingIfNeeded: world.random.next()))
        else {
            order.reel.close()
            record(.warning, "recording.refused", order.name, [("limit", String(Self.limit))])
            return order.stopped(.disk("too many recordings at a time"))
        }
        recordings[order.name] = Recording(writer: writer, stopped: order.stopped)
        record(.info, "recording.began", order.name)
        // So that there is a file from the first moment.
        decide(.tick, order.name)
        if recordings.count == 1 { alarm?.set(world.time.now + Self.interval) }
    }

    private func tick() {
        guard !recordings.isEmpty else { return }
        for name in recordings.keys.sorted() { decide(.tick, name) }
        alarm?.set(world.time.now + Self.interval)
    }

    private func decide(_ event: RecordingLife.Event, _ name: String) {
        for effect in recordings[name]?.life.handle(event) ?? [] { perform(effect, name) }
    }

    private func perform(_ effect: RecordingLife.Effect, _ name: String) {
        guard let recording = recordings[name] else { return }
        let writer = recording.writer
        switch effect {
        case .write:
            plan.lane.perform { [mailbox] in
                let outcome = writer.write()
                mailbox.post(.written(name: name, outcome))
            }
        case .finish:
            writer.reel.close()
            plan.lane.perform { [mailbox] in
                let outcome = writer.finish()
                mailbox.post(.finished(name: name, outcome))
            }
        case .tellDropped(let count):
            record(
                .warning, "recording.slowDisk", name,
                [
                    ("lost", "\(count * 20) ms"),
                    ("do", "look after the disk of recordings.folder; calls go on"),
                ])
        case .tellStopped(let failure):
            let words = failure.words
            record(
                .warning, "recording.stopped", name, [("why", words.why), ("do", words.advice)])
            recording.stopped(failure)
        case .forget:
            recordings[name] = nil
            record(.info, "recording.ended", name)
            endDraining()
        }
    }

    private func endDraining() {
        guard recordings.isEmpty else { return }
        alarm?.set(nil)
        drained?()
        drained = nil
    }

    private func repair() {
        plan.lane.perform { [plan, world] in
            let (repaired, failed) = RecordingWriter.repair(plan.folder)
            for name in repaired {
                world.recorder.record(.info, "recording.repaired", [("name", name)])
            }
            for why in failed {
                world.recorder.record(.warning, "recording.notRepaired", [("why", why)])
            }
        }
    }

    private func list(_ reply: @escaping @Sendable ([RecordingListing]) -> Void) {
        plan.lane.perform { [plan] in
            let names = ((try? plan.folder.names()) ?? []).filter { !FaxFile.isNamed($0) }.sorted()
            reply(
                names.suffix(Self.listed).map {
                    RecordingListing(name: $0, bytes: (try? plan.folder.size(of: $0)) ?? 0)
                })
        }
    }

    /// The newest: names begin with the time.
    private static var listed: Int { 1_000 }

    private func record(
        _ level: RecordedEvent.Level, _ event: String, _ name: String,
        _ details: [(key: String, value: String)] = []
    ) {
        world.recorder.record(level, event, [("recording", name)] + details)
    }
}
