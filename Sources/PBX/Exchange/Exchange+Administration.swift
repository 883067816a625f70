import Platform

/// What administration asks of the running exchange; each question is a message, its answer a call
/// of `then`.
extension Exchange: LiveExchange {
    public nonisolated func configurationChanged(_ revision: Revision) {
        mailbox.post(.configurationChanged(revision))
    }

    public nonisolated func listBindings(
        _ then: @escaping @Sendable ([BindingRecord]) -> Void
    ) {
        mailbox.post(.listBindings(reply: then))
    }

    public nonisolated func listCalls(_ then: @escaping @Sendable ([CallListing]) -> Void) {
        mailbox.post(.listCalls(reply: then))
    }

    public nonisolated func showCall(
        _ callID: CallID, _ then: @escaping @Sendable (CallStory?) -> Void
    ) {
        mailbox.post(.showCall(callID, reply: then))
    }

    func tellStory(of callID: CallID, _ reply: @escaping @Sendable (CallStory?) -> Void) {
        guard let call = calls[callID]?.call else { return reply(journal.story(of: callID)) }
        call.mailbox.post(.describe(reply: reply))
    }

    public nonisolated func readEvents(
        after position: EventPosition?, patience: Duration,
        _ then: @escaping @Sendable (EventBatch) -> Void
    ) {
        eventDesk.mailbox.post(.read(after: position, patience: patience, reply: then))
    }

    public nonisolated func listTrunks(_ then: @escaping @Sendable ([TrunkListing]) -> Void) {
        mailbox.post(.listTrunks(reply: then))
    }

    public nonisolated func order(
        _ order: CallOrder, of callID: CallID, _ then: @escaping @Sendable (Bool) -> Void
    ) {
        mailbox.post(.order(callID, order, reply: then))
    }

    public nonisolated func listRecordings(
        _ then: @escaping @Sendable ([RecordingListing]) -> Void
    ) {
        guard let recordings else { return then([]) }
        recordings.mailbox.post(.list(reply: then))
    }

    /// Ends every recording and every fax; `then` is called when the last file is closed.
    public nonisolated func closeRecordings(_ then: @escaping @Sendable () -> Void) {
        let closeFaxes = { @Sendable [faxes] in
            guard let faxes else { return then() }
            faxes.mailbox.post(.drain(then: then))
        }
        guard let recordings else { return closeFaxes() }
        recordings.mailbox.post(.drain(then: closeFaxes))
    }

    public nonisolated func hangUp(
        _ callID: CallID, reason: EndReason, _ then: @escaping @Sendable (Bool) -> Void
    ) {
        mailbox.post(.hangUp(callID, reason, reply: then))
    }
}
