import Platform

/// Carries out administrators' commands: on the store, and on the running exchange where there is
/// one. The same in `pbxd` and, with the daemon stopped, in `pbxctl`.
public final class Administration: Sendable {
    /// As many finished calls as one reply carries.
    public static var longestCallList: Int { 10_000 }

    private let store: Store
    let domain: Domain
    private let time: any TimeSource
    private let random: any RandomSource
    let house: HouseNumbers
    /// Nil where the exchange is stopped.
    let live: (any LiveExchange)?

    /// - Parameter house: the numbers at which the exchange itself answers.
    public init(
        store: Store, domain: Domain, house: HouseNumbers = HouseNumbers(),
        time: any TimeSource, random: any RandomSource, live: (any LiveExchange)?
    ) {
        self.store = store
        self.domain = domain
        self.house = house
        self.time = time
        self.random = random
        self.live = live
    }

    /// Carries out a command; `then` is called once, from any thread.
    ///
    /// Hashing many PINs takes seconds, on the calling thread: never call from an owner's.
    public func perform(
        _ request: AdministrationRequest,
        then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        do {
            try start(request, then)
        } catch {
            then(.refused(error))
        }
    }

    private func start(
        _ request: AdministrationRequest,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        switch request.command {
        case .addExtension(let typed):
            let new = try CheckedExtension(typed, random: random)
            add([new], note(request, "extension \(new.number) added"), then)
        case .importExtensions(let csv):
            let file = try ImportedExtensions(csv: csv, random: random)
            let comment = "\(file.extensions.count) extensions imported"
            add(file.extensions, lines: file.lines, note(request, comment), then)
        case .changeExtension(let text, let typed):
            let number = try number(text)
            let edit = try CheckedEdit(typed, number: number, house: house, random: random)
            let note = note(request, "extension \(number) changed")
            revise(.changeExtension(number, edit, domain: domain, note: note), then)
        case .renumberExtension(let text, let newText):
            let (number, newNumber) = (try number(text), try number(newText))
            let note = note(request, "extension \(number) is now \(newNumber)")
            revise(.renumberExtension(number, to: newNumber, domain: domain, note: note), then)
        case .removeExtension(let text):
            let number = try number(text)
            let note = note(request, "extension \(number) removed")
            revise(.removeExtension(number, domain: domain, note: note), then)
        case .undo(let revision):
            undo(revision, author: request.author, then)
        case .showExtension(let text):
            showExtension(try number(text), then)
        case .hangUp(let text):
            try hangUp(text, then)
        case .addTrunk, .changeTrunk, .removeTrunk, .listTrunks, .showTrunk, .addRoute,
            .changeRoute, .removeRoute, .listRoutes:
            try startTrunkCommand(request, then)
        case .listBans, .liftBan, .drain, .recordCall, .muteCall, .listRecordings:
            try startOperation(request, then)
        case .listExtensions:
            perform(.loadDirectory(domain: domain), then) {
                .extensions(ExtensionListing.all(in: $0))
            }
        case .listRegistrations:
            listRegistrations(then)
        case .listCalls: listCalls(then)
        case .readEvents(let position, let seconds):
            try readEvents(after: position, patience: .seconds(Int64(clamping: seconds)), then)
        case .showCall(let text):
            try showCall(text, then)
        case .listFinishedCalls(let limit):
            let limit = max(1, min(limit, Self.longestCallList))
            perform(.recentCalls(domain: domain, limit: limit), then) {
                .finishedCalls($0.compactMap(FinishedCallListing.init))
            }
        case .listFaxes, .showFax: try startFaxCommand(request, then)
        case .check: perform(.check(domain: domain), then) { .checked($0) }
        case .listRevisions:
            perform(.listRevisions(domain: domain), then) {
                .revisions($0.map(RevisionListing.init))
            }
        }
    }

    // MARK: Changing

    private func add(
        _ extensions: [CheckedExtension], lines: [Int]? = nil, _ note: RevisionNote,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        let adding = StoreTransaction.addExtensions(
            extensions, lines: lines, domain: domain, note: note)
        perform(adding, then) { [live] done in
            live?.configurationChanged(done.revision)
            return .added(done.value, revision: done.revision.number)
        }
    }

    func revise(
        _ transaction: StoreTransaction<Revised<ExtensionCredentials?>>,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        perform(transaction, then) { [live] done in
            live?.configurationChanged(done.revision)
            return .changed(
                done.revision.comment, revision: done.revision.number, credentials: done.value)
        }
    }

    private func undo(
        _ number: Int64?, author: String,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        let undoing = StoreTransaction.undo(
            number, domain: domain, author: author, at: time.wallTime)
        perform(undoing, then) { [live] revision in
            live?.configurationChanged(revision)
            return .changed(revision.comment, revision: revision.number, credentials: nil)
        }
    }

    private func showCall(
        _ text: String, _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        let callID = try callID(text)
        guard let live else {
            throw Refusal(.notRunning, ["stories of calls are in the running exchange only"])
        }
        live.showCall(callID) { story in
            guard let story else {
                let reason =
                    "call \(callID) is neither up nor among the last that are kept; "
                    + "see: pbxctl calls --finished"
                return then(.refused(Refusal(.notFound, [reason])))
            }
            then(.story(story))
        }
    }

    func callID(_ text: String) throws(Refusal) -> CallID {
        guard let callID = CallID(text) else {
            throw Refusal(.input, ["'\(text)' is no call ID; see: pbxctl calls"])
        }
        return callID
    }

    private func readEvents(
        after position: EventPosition?, patience: Duration,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        guard let live else {
            throw Refusal(.notRunning, ["the exchange is not running, so nothing happens in it"])
        }
        live.readEvents(after: position, patience: patience) { then(.events($0)) }
    }

    private func hangUp(
        _ text: String, _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        let callID = try callID(text)
        guard let live else {
            throw Refusal(.notRunning, ["the exchange is not running, so no call is up"])
        }
        live.hangUp(callID, reason: .administrator) { wasUp in
            then(
                wasUp
                    ? .hungUp(callID: callID.description)
                    : .refused(
                        Refusal(.notFound, ["no call \(callID) is up; see: pbxctl calls"])))
        }
    }

    // MARK: Listing

    private func listCalls(_ then: @escaping @Sendable (AdministrationReply) -> Void) {
        guard let live else { return then(.calls([])) }
        live.listCalls { then(.calls($0)) }
    }

    private func showExtension(
        _ number: ExtensionNumber, _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) {
        perform(.loadDirectory(domain: domain), then) { directory in
            guard let found = directory.extensionRecord(number) else {
                return .refused(Refusal(.configuration(.noSuchExtension(number))))
            }
            return .extensions([ExtensionListing(found, in: directory)])
        }
    }

    /// Live ones from the exchange; of a stopped one those that its next start will find standing.
    private func listRegistrations(_ then: @escaping @Sendable (AdministrationReply) -> Void) {
        let now = time.wallTime
        perform(.loadDirectory(domain: domain), then) { [self] directory in
            if let live {
                live.listBindings { bindings in
                    then(
                        .registrations(
                            RegistrationListing.all(bindings, in: directory, at: now)))
                }
            } else {
                perform(.listBindings(domain: domain), then) { bindings in
                    let standing = bindings.filter { !$0.isConnectionBound }
                    return .registrations(
                        RegistrationListing.all(standing, in: directory, at: now))
                }
            }
            return nil
        }
    }

    // MARK: Common parts

    func note(_ request: AdministrationRequest, _ comment: String) -> RevisionNote {
        RevisionNote(author: request.author, at: time.wallTime, comment: comment)
    }

    private func number(_ text: String) throws(Refusal) -> ExtensionNumber {
        switch TypedInput.number(text) {
        case .success(let number): return number
        case .failure(let fault): throw Refusal(.input, [fault.description])
        }
    }

    /// Performs a transaction and replies with what is made of its value; nil: the reply comes
    /// later from elsewhere.
    func perform<Value>(
        _ transaction: StoreTransaction<Value>,
        _ then: @escaping @Sendable (AdministrationReply) -> Void,
        _ reply: @escaping @Sendable (Value) -> AdministrationReply?
    ) {
        store.perform(transaction) { result in
            switch result {
            case .success(let value): if let reply = reply(value) { then(reply) }
            case .failure(let error): then(.refused(Refusal(error)))
            }
        }
    }
}
