import Platform

/// Keeping the session alive (RFC 4028): our refresh, and its outcome.
extension InviteSession {
    /// The refusal of an INVITE before anything is made of it: 422 where its session timer is too
    /// short.
    public static func refusal(of request: Request, timer: SessionTimerTerms?) -> Response? {
        SessionRefresh.refusal(of: request, timer)
    }

    /// UPDATE where the other side takes it, else a re-INVITE by the owner's hand (§7.4).
    mutating func refreshSession() -> [Effect] {
        guard allowsUpdate else {
            turns.isRefreshDue = true
            return []  // `handle` gives the turn as soon as it may be.
        }
        guard var update = dialog?.request(.update) else { return [] }
        dress(&update, nil)
        return [.send(update, to: destination, .refresh)]
    }

    mutating func receiveRefreshResponse(_ response: Response) -> [Effect] {
        guard response.status.isFinal else { return [] }
        if response.status.isSuccess {
            noteAllowed(by: response)
            dialog?.refreshTarget(from: response)
            refresh.agree(by: response)
            return refresh.timers + [.report(.alive)]
        }
        if response.status.meansLostDialog {
            return giveUp("\(response.status.code) to UPDATE")
        }
        if refresh.raise(by: response) { return refreshSession() }
        if response.status.refusesUpdate {
            allowsUpdate = false
            turns.isRefreshDue = true
            return []
        }
        // §10: refused for now. There is time for another try before the session expires.
        return [.startAtRandom(.refresh, within: turns.glarePause)]
    }
}
