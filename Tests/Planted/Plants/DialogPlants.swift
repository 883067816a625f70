import Platform
import Sim
import Synchronization

extension Plant {
    static let dialogPlants = [
        Plant(
            "missed-cancel-race", "an answer that crosses the CANCEL is overlooked",
            foundBy: "an answer that crosses the CANCEL is hung up", seeds: 12,
            keeper: { MissedCancelRace() }),
        Plant(
            "bye-not-forwarded", "one BYE in 10 of the exchange never leaves, and counts as sent",
            foundBy: "both parties of a call end together", seeds: 3,
            keeper: { LostInside(method: "BYE", answer: "200 OK", perThousand: 100) }),
        Plant(
            "ack-lost-inside", "one ACK in 20 of the exchange never leaves",
            foundBy: "every answer to an INVITE is acknowledged", seeds: 3,
            keeper: { LostInside(method: "ACK", answer: nil, perThousand: 50) }),
        Plant(
            "notify-not-sent", "one NOTIFY in 3 of the exchange never leaves, and counts as sent",
            foundBy: "a lamp agrees with the phone", seeds: 4,
            keeper: { LostInside(method: "NOTIFY", answer: "200 OK", perThousand: 333) }),
        Plant(
            "invite-forgotten", "one INVITE in 50 comes in, and nobody takes it",
            foundBy: "every transaction ends within its bound", seeds: 3,
            keeper: { ForgottenRequest(method: "INVITE", perThousand: 20) }),
        Plant(
            "bye-forgotten", "one BYE in 20 comes in, and nobody takes it",
            foundBy: "every transaction ends within its bound", seeds: 3,
            keeper: { ForgottenRequest(method: "BYE", perThousand: 50) }),
        Plant(
            "early-cancel", "CANCEL goes out before any response has come",
            foundBy: "a CANCEL follows a provisional response", seeds: 2,
            keeper: { EarlyCancel() }),
        Plant(
            "backward-cseq", "one re-INVITE in 3 has the number of the request before",
            foundBy: "no phone sees a rule broken", seeds: 4, keeper: { BackwardSequence() }),
    ]
}

/// Swallows the 200 of an INVITE that was cancelled.
private final class MissedCancelRace: DoorKeeper {
    private let cancelled = Mutex<Set<String>>([])

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        if message.isRequest, message.method == "CANCEL" {
            cancelled.withLock { _ = $0.insert(message.branch) }
        }
        door.send(bytes, on: flow)
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        let isAnswer = message.method == "INVITE" && (200..<300).contains(message.status)
        let isOverlooked = isAnswer && cancelled.withLock { $0.contains(message.branch) }
        if !isOverlooked { door.deliver(bytes, on: flow) }
    }
}

/// Drops requests of the exchange, all their repetitions too, and may answer them itself.
private final class LostInside: DoorKeeper {
    private let method: String
    private let answer: String?
    private let perThousand: UInt64
    private let lost = Mutex<[String: Bool]>([:])

    init(method: String, answer: String?, perThousand: UInt64) {
        self.method = method
        self.answer = answer
        self.perThousand = perThousand
    }

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.isRequest, message.method == method else {
            return door.send(bytes, on: flow)
        }
        // The ACKs of one answer share its number, the repetitions of a BYE its branch.
        let name = "\(message.sipCallID) \(message.sequence)"
        let isNewlyLost = door.happens(perThousand: perThousand)
        let isLost = lost.withLock { lost -> Bool in
            if lost[name] == nil { lost[name] = isNewlyLost }
            return lost[name] ?? false
        }
        guard isLost else { return door.send(bytes, on: flow) }
        guard let answer else { return }
        let response = message.response(answer, tag: "lost").bytes
        door.world.perform(after: .milliseconds(1)) { door.deliver(response, on: flow) }
    }
}

/// Drops requests to the exchange, all their repetitions too.
private final class ForgottenRequest: DoorKeeper {
    private let method: String
    private let perThousand: UInt64
    private let forgotten = Mutex<[String: Bool]>([:])

    init(method: String, perThousand: UInt64) {
        self.method = method
        self.perThousand = perThousand
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.isRequest, message.method == method else {
            return door.deliver(bytes, on: flow)
        }
        let isNewlyForgotten = door.happens(perThousand: perThousand)
        let isForgotten = forgotten.withLock { forgotten -> Bool in
            if forgotten[message.branch] == nil { forgotten[message.branch] = isNewlyForgotten }
            return forgotten[message.branch] ?? false
        }
        if !isForgotten { door.deliver(bytes, on: flow) }
    }
}

private struct EarlyCancel: DoorKeeper {
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.send(bytes, on: flow)
        guard message.isRequest, message.method == "INVITE", !message.isInDialog,
            door.happens(perThousand: 100)
        else { return }
        door.send(message.cancel.bytes, on: flow)
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.deliver(bytes, on: flow)
    }
}

private struct BackwardSequence: DoorKeeper {
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        guard message.isRequest, message.isInDialog, message.method == "INVITE",
            message.sequence > 1, message.branch.utf8.reduce(0, { $0 &+ Int($1) }) % 3 == 0
        else { return door.send(bytes, on: flow) }
        var message = message
        message["CSeq"] = "1 INVITE"
        door.send(message.bytes, on: flow)
    }
}
