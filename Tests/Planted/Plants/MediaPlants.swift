import Media
import Platform
import SIPStack
import Sim
import Synchronization

extension Plant {
    static let mediaPlants = [
        meddled(
            "port-twice", "one leg in 10 gets the ports of another that is open",
            foundBy: "both parties of a call hear each other", seeds: 3, phones: 30,
            .portTwice),
        meddled(
            "check-then-act", "a free port is looked for, and taken after an await",
            foundBy: "both parties of a call hear each other", seeds: 3, phones: 40,
            .checkThenAct(PortDesk())),
        meddled(
            "leg-never-closed", "one media leg in 50 is reported closed and stays open",
            foundBy: "at rest nothing is left", seeds: 2, .neverClosed),
        meddled(
            "hold-never-resumed", "a party that was held is not let back in",
            foundBy: "both parties of a call hear each other", seeds: 5, .neverResumed),
        meddled(
            "not-transcoded", "what two phones do not share is dropped instead of translated",
            foundBy: "both parties of a call hear each other", seeds: 4, phones: 30,
            .notTranscoded),
        meddled(
            "house-silent", "half of those who call the exchange itself are not attended to",
            foundBy: "who comes to the exchange hears what is to be heard there", seeds: 3,
            phones: 30, .deafHouse),
        meddled(
            "mute-lost", "whom somebody mutes in a conference is heard on",
            foundBy: "nobody hears who is muted, and all hear it again", seeds: 6, phones: 40,
            .muteLost),
        meddled(
            "in-the-clear", "of one leg in 4 the agreed keys are forgotten",
            foundBy: "no phone sees a rule broken", seeds: 2, phones: 30, .inTheClear),
        meddled(
            "other-certificate",
            "of one leg in 4 the certificate that its description named is mixed up",
            foundBy: "both parties of a call hear each other", seeds: 3, phones: 40,
            .otherCertificate),
        meddled(
            "checks-unanswered", "of one leg in 2 nobody answers the checks of browsers",
            foundBy: "both parties of a call hear each other", seeds: 5, phones: 40,
            .deafToChecks),
        meddled(
            "keys-of-before", "a leg that is offered other keys keeps its first ones",
            foundBy: "both parties of a call hear each other", seeds: 4, phones: 120,
            .keysOfBefore),
        meddled(
            "not-joined-anew", "whom a transfer brings together are not joined",
            foundBy: "both parties of a call hear each other", seeds: 4, phones: 40,
            .notJoinedAnew),
        Plant(
            "wrong-leg",
            "after a re-INVITE that came twice the audio is joined to the leg of another call",
            foundBy: "nobody hears a conversation they are not part of", seeds: 6, phones: 40
        ) { world in
            let repetitions = Repetitions()
            let door = Door(world: world, keeper: RepetitionWatch(repetitions: repetitions))
            return meddle(.wrongLeg(repetitions), in: world, door.sabotage)
        },
    ]

    private static func meddled(
        _ name: String, _ words: String, foundBy claim: String, seeds: Int, phones: Int = 10,
        _ fault: MediaFault
    ) -> Plant {
        Plant(name, words, foundBy: claim, seeds: seeds, phones: phones) { world in
            meddle(fault, in: world, Sabotage())
        }
    }

    private static func meddle(
        _ fault: MediaFault, in world: SimulatedWorld, _ sabotage: Sabotage
    ) -> Sabotage {
        let random = world.random(for: "plant")
        var sabotage = sabotage
        sabotage.media = { MeddledMedia(media: $0, fault: fault, random: random) }
        return sabotage
    }
}

/// What is done to the media plane.
private enum MediaFault: Sendable {
    case portTwice, neverClosed, neverResumed, notTranscoded, deafHouse, muteLost
    case inTheClear, otherCertificate, deafToChecks, keysOfBefore, notJoinedAnew
    case checkThenAct(PortDesk)
    case wrongLeg(Repetitions)
}

/// A media plane that does not do all that it is told.
private final class MeddledMedia: MediaPlane {
    private struct Known {
        /// The ports of open legs.
        var streams: [MediaLegID: [LocalStream]] = [:]
        var sinks: [MediaLegID: any MediaSink] = [:]
        var wasHeld: Set<MediaLegID> = []
        var bridged: [MediaLegID] = []
        var partners: [MediaLegID: MediaLegID] = [:]
        var keys: [MediaLegID: SRTPKeyPair] = [:]
    }

    private let media: any MediaPlane
    private let fault: MediaFault
    private let random: SimulatedRandom
    private let known = Mutex(Known())

    init(media: any MediaPlane, fault: MediaFault, random: SimulatedRandom) {
        self.media = media
        self.fault = fault
        self.random = random
    }

    func post(_ command: MediaCommand) {
        switch command {
        case .open(let leg, var setup, let sink):
            // One loop for all, so that legs of different calls can be joined.
            if case .wrongLeg = fault { setup.callKey = 1 }
            known.withLock { $0.sinks[leg] = sink }
            let gate = MeddledSink(sink: sink) { [weak self] in self?.changed($0) ?? [$0] }
            if case .checkThenAct(let desk) = fault {
                Task { await desk.seat(leg) }
            }
            media.post(.open(leg, setup, sink: gate))
        case .describe(let leg, let stream, let description):
            describe(leg, stream, description)
        case .bridge(let one, let other, let bridge):
            if case .notJoinedAnew = fault, isAnew(one, other) { return }
            media.post(.bridge(one, partner(of: one, insteadOf: other), bridge))
        case .close(let leg): close(leg)
        case .move(let leg, _):
            if case .wrongLeg = fault {
                media.post(.move(leg, callKey: 1))
            } else {
                media.post(command)
            }
        case .attend(_, .room(_, .muted)):
            if case .muteLost = fault { return }
            media.post(command)
        case .attend:
            // Music for who waits in a call is told by others.
            if case .deafHouse = fault, random.below(2) == 0 { return }
            media.post(command)
        case .announce, .record, .recordRoom, .listenForFax, .unbridge, .transmit, .secure:
            media.post(command)
        }
    }

    private func describe(_ leg: MediaLegID, _ stream: Int, _ description: StreamDescription) {
        if case .notTranscoded = fault {
            var deaf = description
            deaf.sound = .none
            return media.post(.describe(leg, stream: stream, deaf))
        }
        if case .inTheClear = fault {
            var open = description
            if leg.number % 4 == 0 {
                open.keys = nil
                open.handshake = nil
            }
            return media.post(.describe(leg, stream: stream, open))
        }
        if case .deafToChecks = fault, leg.number % 2 == 0 {
            var deaf = description
            deaf.ice = nil
            return media.post(.describe(leg, stream: stream, deaf))
        }
        if case .otherCertificate = fault, leg.number % 4 == 0 {
            var other = description
            other.handshake?.fingerprint.bytes[0] ^= 1
            return media.post(.describe(leg, stream: stream, other))
        }
        if case .keysOfBefore = fault {
            var stale = description
            stale.keys = known.withLock { known in
                known.keys[leg] = known.keys[leg] ?? description.keys
                return known.keys[leg]
            }
            return media.post(.describe(leg, stream: stream, stale))
        }
        guard case .neverResumed = fault else {
            return media.post(.describe(leg, stream: stream, description))
        }
        let wasHeld = known.withLock { known in
            if !description.remoteReceives || !description.remoteSends { known.wasHeld.insert(leg) }
            return known.wasHeld.contains(leg)
        }
        var description = description
        if wasHeld {
            description.remoteReceives = false
            description.remoteSends = false
        }
        media.post(.describe(leg, stream: stream, description))
    }

    /// Whether one of them was joined to somebody else before.
    private func isAnew(_ one: MediaLegID, _ other: MediaLegID) -> Bool {
        known.withLock { known in
            let first = known.partners[one, default: other]
            let second = known.partners[other, default: one]
            known.partners[one] = first
            known.partners[other] = second
            return first != other || second != one
        }
    }

    private func partner(of one: MediaLegID, insteadOf other: MediaLegID) -> MediaLegID {
        let stranger = known.withLock { known -> MediaLegID? in
            let stranger = known.bridged.last { $0 != one && $0 != other }
            known.bridged.append(other)
            return stranger
        }
        guard case .wrongLeg(let repetitions) = fault, repetitions.take(), let stranger else {
            return other
        }
        return stranger
    }

    private func close(_ leg: MediaLegID) {
        let sink = known.withLock { known in
            known.streams[leg] = nil
            known.bridged.removeAll { $0 == leg }
            known.partners[leg] = nil
            known.keys[leg] = nil
            return known.sinks.removeValue(forKey: leg)
        }
        if case .neverClosed = fault, random.below(50) == 0, let sink {
            sink.post(.closed(leg, MediaCounters()))
            return
        }
        media.post(.close(leg))
    }

    /// What the exchange is told instead of the truth.
    private func changed(_ event: MediaEvent) -> [MediaEvent] {
        guard case .opened(let leg, let streams) = event else { return [event] }
        let others = known.withLock { known in
            let others = known.streams.sorted { $0.key.number < $1.key.number }.map(\.value)
            known.streams[leg] = streams
            return others
        }
        switch fault {
        case .portTwice:
            guard let taken = others.last, random.below(10) == 0 else { return [event] }
            return [.opened(leg, taken)]
        case .checkThenAct(let desk):
            guard let neighbour = desk.neighbour(of: leg),
                let taken = known.withLock({ $0.streams[neighbour] })
            else { return [event] }
            return [.opened(leg, taken)]
        case .neverClosed, .neverResumed, .notTranscoded, .wrongLeg, .deafHouse, .muteLost,
            .inTheClear, .keysOfBefore, .otherCertificate, .deafToChecks, .notJoinedAnew:
            return [event]
        }
    }
}

private final class MeddledSink: MediaSink {
    private let sink: any MediaSink
    private let change: @Sendable (MediaEvent) -> [MediaEvent]

    init(sink: any MediaSink, change: @escaping @Sendable (MediaEvent) -> [MediaEvent]) {
        self.sink = sink
        self.change = change
    }

    func post(_ event: MediaEvent) {
        for changed in change(event) { sink.post(changed) }
    }
}

/// Gives seats to legs: asks for a free one, awaits, takes it. Two that ask before either has taken
/// sit on one seat.
private final class PortDesk: Sendable {
    private actor Seats {
        private var taken: Set<Int> = []
        private var last = 0

        func free() -> Int {
            last + 1
        }

        func take(_ seat: Int) {
            taken.insert(seat)
            last = max(last, seat)
        }
    }

    private let seats = Seats()
    private let holders = Mutex<[Int: MediaLegID]>([:])
    private let neighbours = Mutex<[MediaLegID: MediaLegID]>([:])

    func seat(_ leg: MediaLegID) async {
        let seat = await seats.free()
        // The optimizer may spare the way back and forth that gives others their turn.
        await Task.yield()
        await seats.take(seat)
        let first = holders.withLock { holders -> MediaLegID? in
            defer { if holders[seat] == nil { holders[seat] = leg } }
            return holders[seat]
        }
        if let first { neighbours.withLock { $0[leg] = first } }
    }

    /// Who sits on the same seat.
    func neighbour(of leg: MediaLegID) -> MediaLegID? {
        neighbours.withLock { $0[leg] }
    }
}

/// Whether a re-INVITE came twice.
private final class Repetitions: Sendable {
    private let waiting = Mutex(false)

    func note() { waiting.withLock { $0 = true } }

    func take() -> Bool {
        waiting.withLock { waiting in
            defer { waiting = false }
            return waiting
        }
    }
}

private final class RepetitionWatch: DoorKeeper {
    private let repetitions: Repetitions
    private let seen = Mutex<Set<String>>([])

    init(repetitions: Repetitions) {
        self.repetitions = repetitions
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        if message.isRequest, message.isInDialog, message.method == "INVITE" {
            let isNew = seen.withLock { $0.insert(message.branch).inserted }
            if !isNew { repetitions.note() }
        }
        door.deliver(bytes, on: flow)
    }
}
