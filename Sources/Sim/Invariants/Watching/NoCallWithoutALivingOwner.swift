import PBX
import SIPStack

/// Every call that the exchange lists has an actor that lives, every call's actor is listed, and
/// what belongs to calls is there only while calls are.
struct NoCallWithoutALivingOwner: StandingInvariant {
    static let claim = "no call without a living owner"
    /// A caller, and ten phones that ring.
    private static let legLimit = 11

    func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        let census = glimpse.census
        let calls = census.calls
        var texts: [String] = []
        if census.liveCalls != calls {
            texts.append("\(calls) calls are listed, \(census.liveCalls) live")
        }
        if census.invites != calls {
            texts.append("\(calls) calls, but \(census.invites) INVITEs name one")
        }
        if glimpse.mediaLegCount > calls * Self.legLimit {
            texts.append("\(glimpse.mediaLegCount) media legs for \(calls) calls")
        }
        if calls == 0, census.transport.dialogs > census.subscriptions {
            texts.append(
                "\(census.transport.dialogs) dialogs without a call, for "
                    + "\(census.subscriptions) subscriptions")
        }
        return texts.map { Finding(Self.claim, $0) }
    }
}
