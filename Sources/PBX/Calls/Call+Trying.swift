import Media
import Platform
import SIPStack

/// The party that waits in a transfer shares no way to speak with where that leads: it is offered
/// another one while the transferor is still there, who has it back where it takes none.
struct Trial: Sendable, Equatable {
    enum Goal: Sendable, Equatable {
        /// Who was rung, and has answered.
        case target(LegNumber)
        /// The exchange itself.
        case house(HousePlace)
    }

    let goal: Goal
    /// Who is offered it.
    let waiting: LegNumber
    var isOffered = false
    /// Offers that met another: after so many it is given up.
    var collisions = 0
}

extension Call {
    /// True where a way to speak has to be found first: the goal is reached once there is one, or
    /// refused.
    func tries(_ goal: Trial.Goal) -> Bool {
        guard case .transferring(let transfer) = machine.state,
            legs[transfer.transferee]?.value.negotiation.isAgreed ?? false,
            !canSpeak(transfer.transferee, with: goal)
        else { return false }
        if let open = trial, isOpen(open) {
            // Two phones of the target have answered.
            if open.goal != goal { refuse(goal) }
            return true
        }
        trial = Trial(goal: goal, waiting: transfer.transferee)
        feed(.order(.requestTurn), to: transfer.transferee)
        return true
    }

    private func canSpeak(_ waiting: LegNumber, with goal: Trial.Goal) -> Bool {
        guard let negotiation = legs[waiting]?.value.negotiation else { return false }
        switch goal {
        case .target(let number):
            return legs[number].map { negotiation.canSpeak(with: $0.negotiation) } ?? false
        case .house(let place):
            return place == .fax && negotiation.isImage
                || !negotiation.proposal.spokenHere.streams.isEmpty
        }
    }

    /// The transfer still goes there.
    private func isOpen(_ trial: Trial) -> Bool {
        guard case .transferring(let transfer) = machine.state,
            transfer.transferee == trial.waiting
        else { return false }
        switch trial.goal {
        case .target(let number): return transfer.ringing?.rings(number) ?? false
        case .house: return transfer.ringing == nil && !transfer.isRecall
        }
    }

    /// An offer of ours to the party that waits may go; false where none is wanted.
    func offerTrial() -> Bool {
        guard let open = trial, !open.isOffered, isOpen(open), let leg = legs[open.waiting],
            leg.usage.isReadyForOffer
        else { return false }
        let proposal: MediaProposal
        switch open.goal {
        case .target(let number):
            guard let target = legs[number] else { return false }
            proposal = target.negotiation.proposal.spoken().audible()
        case .house(let place):
            let all = MediaProposal.supported(by: leg.negotiation.policy)
            proposal = place == .fax ? all.fitForModems : all
        }
        trial?.isOffered = true
        do throws(NegotiationError) {
            let offer = try legs[open.waiting]?.value.negotiation.makeOffer(
                from: proposal, local: leg.local)
            guard let offer else { return false }
            feed(.order(.offer(.sdp(offer.encoded()), .own)), to: open.waiting)
        } catch {
            recordRefusal(error, of: open.waiting)
            trialRefused(open.waiting, .notAcceptableHere)
        }
        return true
    }

    func trialAnswered(_ number: LegNumber) {
        guard let done = trial, done.waiting == number, done.isOffered else { return }
        trial = nil
        guard isOpen(done) else {
            // Another way was gone meanwhile: who talks with it hears what it speaks now.
            guard let partner = partner(of: number) else { return }
            offerAnew(to: number, asWantedBy: partner)
            return offerAnew(to: partner, asWantedBy: number)
        }
        guard canSpeak(number, with: done.goal) else { return refuse(done.goal) }
        switch done.goal {
        case .target(let target): decide(.answered(target))
        case .house(let place): attend(place)
        }
    }

    func trialRefused(_ number: LegNumber, _ status: Status) {
        guard let open = trial, open.waiting == number, open.isOffered else { return }
        trial?.isOffered = false
        if open.collisions < Rejoining.collisionLimit, isOpen(open) {
            trial?.collisions += 1
            // Its usage gives it another turn after the pause of RFC 3261 §14.1.
            if status == .requestPending { return feed(.order(.requestTurn), to: number) }
            if status == .serverInternalError {
                return deadlines.set(.rejoining, at: world.time.now + Rejoining.refusalPause)
            }
        }
        trial = nil
        note("media.notAgreed", number, [("why", "\(status.code) to a transfer's offer")])
        if isOpen(open) { refuse(open.goal) }
    }

    /// Who had answered is gone before there was a way to speak.
    func trialLeft(by number: LegNumber) {
        guard let open = trial, open.goal == .target(number), isOpen(open) else { return }
        trial = nil
        decide(.refused(number, .temporarilyUnavailable))
    }

    private func refuse(_ goal: Trial.Goal) {
        switch goal {
        case .target(let number): decide(.incompatible(number))
        case .house: decide(.notFound(.mediaRefused))
        }
    }
}
