import Platform

/// What administration needs of the running exchange. Answers come later, from any thread.
public protocol LiveExchange: AnyObject, Sendable {
    /// The configuration was changed and committed: bring the directory to this revision.
    func configurationChanged(_ revision: Revision)
    /// The bindings as they stand.
    func listBindings(_ then: @escaping @Sendable ([BindingRecord]) -> Void)
    /// The calls that are up, oldest first.
    func listCalls(_ then: @escaping @Sendable ([CallListing]) -> Void)
    /// The events after a position, or how things are for who has none; waits that long where
    /// there are none yet.
    func readEvents(
        after position: EventPosition?, patience: Duration,
        _ then: @escaping @Sendable (EventBatch) -> Void)
    /// All that is known of a call that is up or among the last; nil for another.
    func showCall(_ callID: CallID, _ then: @escaping @Sendable (CallStory?) -> Void)
    /// The trunks that run, and how they are.
    func listTrunks(_ then: @escaping @Sendable ([TrunkListing]) -> Void)
    /// Takes no new calls, or takes them again; says how many are up.
    func drain(isOn: Bool, _ then: @escaping @Sendable (Int) -> Void)
    /// The sources that are banned.
    func listBans(_ then: @escaping @Sendable ([BanPicture]) -> Void)
    /// Takes a ban back. False where that source is not banned.
    func liftBan(of address: IPAddress, _ then: @escaping @Sendable (Bool) -> Void)
    /// Has something done to a call. False where there is no such call, or nothing to do it to: nobody
    /// talks in it, it is in no conference, nothing can be recorded.
    func order(
        _ order: CallOrder, of callID: CallID, _ then: @escaping @Sendable (Bool) -> Void)
    /// The files of recordings, the newest last.
    func listRecordings(_ then: @escaping @Sendable ([RecordingListing]) -> Void)
    /// Ends a call. False where there is none by that ID.
    func hangUp(
        _ callID: CallID, reason: EndReason, _ then: @escaping @Sendable (Bool) -> Void)
}
