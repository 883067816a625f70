import Media
import Platform
import SIPStack

/// Timers, and proof of life: what ``LifeWatch`` decides of an answered leg.
extension Call {
    func fireTimers() {
        while let timer = deadlines.popDue(now: world.time.now) {
            switch timer {
            case .record: goOn()
            case .ringing: decide(.ringingTimedOut)
            case .attempt(let number): attemptTimedOut(number)
            case .usage(let number, let timer): feed(.timer(timer), to: number)
            case .life(let number): watch(.timer, number)
            case .offer: decide(.offerTimedOut)
            case .inform(let number): concludeInform(number, .serverTimeout)
            case .rejoining: offerAgain()
            case .door: decide(.hangUp(.noAnswer))
            case .parking: decide(.parkingTimedOut)
            case .tone: decide(.toneEnded)
            }
        }
    }

    /// Both parties of a call that is answered are watched from now on, each as its streams have it.
    func watchLives() {
        let parties: [LegNumber]
        if machine.state == .attended {
            parties = [machine.caller]
        } else if let callee = talkingCallee {
            parties = [machine.caller, callee]
        } else {
            return
        }
        for number in parties {
            guard let leg = legs[number], !leg.isSessionOver, leg.negotiation.isAgreed else {
                continue
            }
            let streams = leg.negotiation.streams(count: 1, signalling: nil)
            let owesSound = streams.first.map { $0.remoteSends && $0.remoteReceives } ?? false
            watch(.expects(sound: owesSound), number)
        }
    }

    func watch(_ event: LifeWatch.Event, _ number: LegNumber) {
        guard let effects = legs[number]?.value.life.handle(event) else { return }
        for effect in effects {
            switch effect {
            case .ask: feed(.order(.probe), to: number)
            case .startTimer(let delay):
                deadlines.set(.life(number), at: world.time.now + delay)
            case .stopTimer: deadlines.cancel(.life(number))
            }
        }
    }
}

extension RandomSource {
    /// A duration within a range, to the millisecond.
    func duration(within range: ClosedRange<Duration>) -> Duration {
        let width = range.upperBound - range.lowerBound
        let milliseconds = UInt64(max(0, width / .milliseconds(1)))
        return range.lowerBound + .milliseconds(Int64(below(milliseconds + 1)))
    }
}
