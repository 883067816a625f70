import Platform
import SIPStack

/// INFOs that were passed from one party to the other: whoever sent one is owed an answer (RFC 6086
/// §4.2.2).
struct OpenInforms: Sendable {
    struct Inform: Sendable {
        let asker: LegNumber
        let transaction: ServerTransactionID
        let request: Request
    }

    /// Of one party at a time.
    static let limit = 16
    /// The sender gives up after 32 s (RFC 3261 §17.1.2.2), and nothing tells it more by then.
    static let patience = Duration.seconds(20)

    private var last: InformNumber = 0
    private var open: [InformNumber: Inform] = [:]

    init() {}

    /// Nil where that party has as many open as it may.
    mutating func take(
        _ request: Request, _ transaction: ServerTransactionID, from asker: LegNumber
    ) -> InformNumber? {
        guard open.values.count(where: { $0.asker == asker }) < Self.limit else { return nil }
        last += 1
        open[last] = Inform(asker: asker, transaction: transaction, request: request)
        return last
    }

    /// Those that are still to be answered, oldest first.
    var numbers: [InformNumber] { open.keys.sorted() }

    subscript(number: InformNumber) -> Inform? { open[number] }

    /// It is answered: gives it once.
    mutating func conclude(_ number: InformNumber) -> Inform? { open.removeValue(forKey: number) }
}

/// INFOs within the call: passed on, and answered as the other party answers, or in its stead.
extension Call {
    func takeInform(
        _ request: Request, _ transaction: ServerTransactionID, from number: LegNumber
    ) {
        if let wish = request.recordingWish, surroundings.configuration.recordingKeys != nil {
            let status = takeRecordingWish(wish, from: number)
            return feed(.order(.conclude(transaction, request, status)), to: number)
        }
        guard let inform = informs.take(request, transaction, from: number) else {
            let busy = Response(to: request, status: .serviceUnavailable)
            return surroundings.transport.respond(busy, to: transaction)
        }
        decide(.informed(number, inform))
        takeKey(request.content?.key, by: .inform, from: number)
    }

    func passInform(_ inform: InformNumber, to number: LegNumber) {
        guard let request = informs[inform]?.request else { return }
        deadlines.set(.inform(inform), at: world.time.now + OpenInforms.patience)
        let order = InviteSession.Order.inform(
            inform, request.content, packageName: request.fields[.infoPackage])
        feed(.order(order), to: number)
    }

    /// What became of it, whatever the call is doing by now; nothing where it was answered before.
    func concludeInform(_ number: InformNumber, _ status: Status) {
        deadlines.cancel(.inform(number))
        guard let inform = informs.conclude(number) else { return }
        // The usage may be over by now, and ends no transaction of others: the answer is owed still.
        let tag = legs[inform.asker]?.value.usage.localTag
        // A 408 is never sent (RFC 4320 §4.2), and who waits would hear nothing.
        let told = status == .requestTimeout ? .serverTimeout : status
        surroundings.transport.respond(
            Response(to: inform.request, status: told, toTag: tag), to: inform.transaction)
    }

    /// Nobody will say any more what became of them.
    func concludeOpenInforms() {
        for inform in informs.numbers { concludeInform(inform, .callOrTransactionDoesNotExist) }
    }
}
