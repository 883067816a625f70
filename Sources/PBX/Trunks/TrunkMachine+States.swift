import Platform
import SIPStack

extension TrunkMachine {
    mutating func handleIdle(_ event: Event) -> [Effect] {
        switch event {
        case .begin: locate()
        case .stop: leave()
        case .located, .notLocated, .answered, .failed, .flowLost, .timerFired:
            []  // Nothing was asked yet.
        }
    }

    mutating func handleLocating(_ event: Event, _ now: Instant, _ draw: UInt64) -> [Effect] {
        switch event {
        case .located(let hops):
            guard let first = hops.first else {
                return fail("no address", now: now, draw: draw)
            }
            return ask(purpose, first, rest: Array(hops.dropFirst()))
        case .notLocated(let failure):
            return fail(failure.description, now: now, draw: draw)
        case .flowLost(let flow):
            guard standing?.flow == flow, flow.transport != .udp else { return [] }
            loseStanding()
            return [.stop(.lapse), .tell]
        case .timerFired(.lapse):
            return lapse(now)
        case .stop:
            return leave()
        case .begin, .answered, .failed, .timerFired(.next):
            return []  // Begun already; nothing is out; the timer was stopped as it fired.
        }
    }

    mutating func handleAsking(
        _ event: Event, _ asking: Asking, _ now: Instant, _ draw: UInt64
    ) -> [Effect] {
        switch event {
        case .answered(let answer):
            return receive(answer, asking, now, draw)
        case .failed(let failure):
            return tryNext(
                after: asking, "\(asking.hop): \(failure)", pause: nil, now: now, draw: draw)
        case .flowLost(let flow):
            // The request that was out on it fails by itself.
            guard standing?.flow == flow, flow.transport != .udp else { return [] }
            loseStanding()
            return [.stop(.lapse), .tell]
        case .timerFired(.lapse):
            return lapse(now)
        case .stop:
            return leave()
        case .begin, .located, .notLocated, .timerFired(.next):
            return []  // Begun and located already.
        }
    }

    private mutating func receive(
        _ answer: TrunkAnswer, _ asking: Asking, _ now: Instant, _ draw: UInt64
    ) -> [Effect] {
        switch answer {
        case .registered(let seconds, let routes, let flow, let seen):
            return takeRegistration(seconds, routes, flow, seen, asking, now, draw)
        case .alive(let flow, let seen):
            return takeLife(flow, seen, asking, now, draw)
        case .challenged(let isAnswerable):
            guard isAnswerable, asking.challenges < Self.challengeLimit else {
                return fail(
                    "\(asking.hop) refuses our name or password", isRefusal: true, now: now,
                    draw: draw)
            }
            var again = asking
            again.challenges += 1
            transition(to: .asking(again))
            return [.askWithCredentials(asking.purpose, asking.hop)]
        case .tooBrief(let least):
            guard case .register(let asked) = asking.purpose, least > asked,
                least <= Self.longestExpires
            else {
                return fail("\(asking.hop) takes no expiry of ours", now: now, draw: draw)
            }
            learn(expires: least)
            return ask(purpose, asking.hop, rest: asking.rest)
        case .refused(let status, let retryAfter):
            let pause = retryAfter.map { Duration.seconds(Int64($0)) }
            let words = "\(asking.hop) answers \(status.code)"
            // What another of its servers may know better (RFC 3263 §4.3).
            guard status.code < 500 || status.isGlobalFailure else {
                return tryNext(after: asking, words, pause: pause, now: now, draw: draw)
            }
            return fail(words, atLeast: pause ?? .zero, isRefusal: true, now: now, draw: draw)
        }
    }

    private mutating func takeRegistration(
        _ seconds: UInt32?, _ routes: [NameAddress], _ flow: Flow, _ seen: SocketAddress?,
        _ asking: Asking, _ now: Instant, _ draw: UInt64
    ) -> [Effect] {
        guard case .register(let asked) = asking.purpose else { return [] }
        let granted = seconds ?? asked
        guard granted >= Self.shortestExpires else {
            return fail("\(asking.hop) granted \(granted) s", now: now, draw: draw)
        }
        let lifetime = Duration.seconds(Int64(granted))
        // Well before the end, so that a refresh that fails at one hop has time for the others.
        let early = granted >= 90 ? lifetime - max(lifetime / 5, .seconds(45)) : lifetime / 2
        let refresh = Self.shortened(early, by: draw % UInt64(max(1, early.nanoseconds / 10)))
        let knewAddress = seenAs
        prove(
            Standing(
                hop: asking.hop, flow: flow, expires: now + lifetime, refreshAt: now + refresh,
                routes: routes), seenAs: seen, now: now)
        let effects: [Effect] = [.free(asking.hop), .start(.lapse, after: lifetime), .tell]
        if let seen, seen != knewAddress, !asking.isCorrection {
            // Behind NAT: the contact that was stored leads nowhere; the right one is known now.
            return effects
                + ask(purpose, asking.hop, rest: asking.rest, isCorrection: true)
        }
        return effects + restAfterProof(now)
    }

    private mutating func takeLife(
        _ flow: Flow, _ seen: SocketAddress?, _ asking: Asking, _ now: Instant, _ draw: UInt64
    ) -> [Effect] {
        guard asking.purpose == .probe else { return [] }
        var proved = standing ?? Standing(hop: asking.hop, flow: flow)
        if proved.expires == nil { proved = Standing(hop: asking.hop, flow: flow) }
        let wasSeenAs = seenAs
        prove(proved, seenAs: seen, now: now)
        if plan.registers, let seen, seen != wasSeenAs {
            // The NAT's door has moved: register the new one.
            return [.free(asking.hop), .tell]
                + ask(purpose, asking.hop, rest: asking.rest, isCorrection: true)
        }
        return [.free(asking.hop), .tell] + restAfterProof(now)
    }

    private mutating func restAfterProof(_ now: Instant) -> [Effect] {
        let probe = now + plan.probePause
        return rest(until: min(probe, standing?.refreshAt ?? probe), now: now)
    }

    mutating func handleResting(_ event: Event, _ now: Instant, _ draw: UInt64) -> [Effect] {
        switch event {
        case .timerFired(.next):
            guard let standing, let refreshAt = standing.refreshAt, now < refreshAt else {
                return locate()
            }
            return ask(.probe, standing.hop, rest: [])
        case .timerFired(.lapse):
            return lapse(now)
        case .flowLost(let flow):
            guard let standing, standing.flow == flow, flow.transport != .udp else { return [] }
            return [.stop(.lapse)] + fail(lost: standing.hop, now, draw)
        case .stop:
            return leave()
        case .begin, .located, .notLocated, .answered, .failed:
            return []  // Nothing is out.
        }
    }

    private mutating func fail(lost hop: NextHop, _ now: Instant, _ draw: UInt64) -> [Effect] {
        loseStanding()
        return fail("the connection to \(hop) is gone", now: now, draw: draw)
    }

    mutating func handlePausing(_ event: Event, _ now: Instant) -> [Effect] {
        switch event {
        case .timerFired(.next):
            return locate()
        case .timerFired(.lapse):
            return lapse(now)
        case .flowLost(let flow):
            guard standing?.flow == flow, flow.transport != .udp else { return [] }
            loseStanding()
            return [.stop(.lapse), .tell]
        case .stop:
            return leave()
        case .begin, .located, .notLocated, .answered, .failed:
            return []  // Nothing is out.
        }
    }

    mutating func handleLeaving(_ event: Event) -> [Effect] {
        switch event {
        case .answered(.challenged(let isAnswerable)):
            guard isAnswerable, let hop = status.hop else { return finish() }
            transition(to: .gone)
            return [.askWithCredentials(.register(expires: 0), hop)] + finish()
        case .answered, .failed:
            return finish()
        case .begin, .located, .notLocated, .flowLost, .timerFired, .stop:
            return []  // It is leaving already.
        }
    }
}
