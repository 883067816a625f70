import PBX
import Platform

/// Whatever hostile machines do, and however phones fumble, nobody of the house is banned.
struct OnlyStrangersAreBanned: StandingInvariant {
    static let claim = "a good phone is not banned"

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        glimpse.bans.compactMap { ban in
            guard let address = IPAddress(ban.source), !Attack.isHostile(address) else {
                return nil
            }
            return Finding(Self.claim, "\(ban.source) is banned for \(ban.reason)")
        }
    }
}

/// Who guesses passwords gets no further than the limit.
enum AGuesserIsBanned {
    static let claim = "whoever guesses passwords is banned after ten"

    /// - Parameter span: from the first guess to the last; another life of the exchange counts anew.
    static func finding(
        judgedCount: Int, from began: Instant, to ended: Instant, outages: [Outage]
    ) -> Finding? {
        let isExcused = outages.hit(
            nil, from: began, to: ended, grace: .zero, kinds: [.exchangeDown])
        return isExcused ? nil : Finding(claim, "\(judgedCount) guesses were judged")
    }
}
