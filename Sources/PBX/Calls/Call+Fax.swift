import Media
import Platform
import SIPStack

/// A fax that a caller sends.
struct OngoingFax: Sendable {
    /// As the desk knows it.
    var name: String
    var line: FaxLine
    /// The caller is asked for T.38, as soon as an offer of ours may go; once.
    var isImageWanted = false
    /// What it is asked back to where it takes T.38 and then does not.
    var sound: MediaProposal?
}

/// A party that sends a fax to the exchange.
extension Call {
    /// The caller is answered: a machine says so, too.
    func receiveFax() {
        guard let desk = surroundings.faxes else { return }
        let line = makeFaxLine()
        let sender = legs[attendedParty]?.value.record.party.text ?? record.caller.text
        let parts = [sender, houseNumber].map(Self.fileText)
        let begun = OngoingFax(name: "\(id)-\(parts[0])-\(parts[1])", line: line)
        fax = begun
        attendCaller(with: .fax(line))
        desk.mailbox.post(
            .begin(
                FaxOrder(
                    name: begun.name, callID: id, domain: record.domain, at: record.startedAt,
                    caller: sender, number: String(houseNumber.prefix(64)),
                    identity: Self.identity(houseNumber), line: line,
                    heard: { [mailbox] in mailbox.post(.faxHeard) },
                    ended: { [mailbox] in mailbox.post(.faxEnded($0)) })))
        note("fax.began", attendedParty)
    }

    /// Another one's machine goes on with it: somebody asked here, and sent that one on.
    func relieveFax() {
        guard let ongoing = fax else { return receiveFax() }
        let line = makeFaxLine()
        fax?.line = line
        fax?.isImageWanted = false
        fax?.sound = nil
        surroundings.faxes?.mailbox.post(.turn(name: ongoing.name, to: line))
        attendCaller(with: .fax(line))
    }

    private func makeFaxLine() -> FaxLine {
        let negotiation = legs[attendedParty]?.value.negotiation
        guard let negotiation, negotiation.isImage else { return FaxLine() }
        return FaxLine(image: negotiation.proposal.imageTerms ?? UDPTLTerms())
    }

    /// What the exchange answers a caller that proposes that, here: a fax machine takes T.38 where it
    /// may, else sound.
    func chosenHere(_ proposal: MediaProposal) throws(NegotiationError) -> MediaProposal {
        var chosen = proposal.spokenHere
        if house == .fax {
            let terms = allowsImage ? proposal.imageTerms : nil
            chosen = terms.map { .image($0.answered) } ?? proposal.fitForModems.spokenHere
        }
        guard !chosen.streams.isEmpty || proposal.streams.isEmpty else { throw .nothingInCommon }
        return chosen
    }

    private var allowsImage: Bool { surroundings.configuration.fax?.allowsImage ?? false }

    /// A fax machine it is: better by T.38, where it takes that.
    func faxHeard() {
        guard let fax, !fax.line.isImage, fax.sound == nil, allowsImage,
            let negotiation = legs[attendedParty]?.value.negotiation,
            negotiation.policy.allowsImage,
            // T.38 is in the clear: who has keys is not asked to go without.
            !negotiation.isEncrypted
        else { return }
        self.fax?.isImageWanted = true
        self.fax?.sound = negotiation.proposal.fitForModems.spokenHere
        feed(.order(.requestTurn), to: attendedParty)
    }

    /// An offer of ours to the fax machine may go; false where there is nothing to ask.
    func offerFax() -> Bool {
        guard let fax, let leg = legs[attendedParty], leg.usage.isReadyForOffer else {
            return false
        }
        // It took T.38 with a port of 0: then there is nothing at all.
        let proposal = leg.negotiation.isAgreed ? fax.isImageWanted ? .image() : nil : fax.sound
        guard let proposal,
            let offer = try? legs[attendedParty]?.value.negotiation.makeOffer(
                from: proposal, local: leg.local)
        else { return false }
        self.fax?.isImageWanted = false
        if !leg.negotiation.isAgreed { self.fax?.sound = nil }
        note("fax.asked", attendedParty, [("for", fax.isImageWanted ? "T.38" : "sound")])
        feed(.order(.offer(.sdp(offer.encoded()), .own)), to: attendedParty)
        return true
    }

    /// The caller does not take what it was asked for: it goes on as before, unless the time was wrong.
    func faxOfferRefused(_ status: Status) {
        guard let fax, fax.sound != nil, !fax.line.isImage else { return }
        if status == .requestPending { self.fax?.isImageWanted = true }
        note("fax.imageRefused", attendedParty, [("status", "\(status.code)")])
    }

    /// What the caller and we agreed on may have changed: sound gives way to T.38, or comes back.
    func turnFax() {
        guard let ongoing = fax, let negotiation = legs[attendedParty]?.value.negotiation
        else { return }
        guard negotiation.isAgreed else { return feed(.order(.requestTurn), to: attendedParty) }
        guard negotiation.isImage != ongoing.line.isImage else { return }
        let line = makeFaxLine()
        fax?.line = line
        attendance = .fax(line)
        surroundings.faxes?.mailbox.post(.turn(name: ongoing.name, to: line))
        note(line.isImage ? "fax.byImage" : "fax.bySound", attendedParty)
    }

    /// What the sender is shown: twenty characters that T.30 knows (§5.3.6.2.5).
    private static func identity(_ dialled: String) -> String {
        String(dialled.filter { $0.isASCII && ($0.isNumber || $0 == "+") }.prefix(20))
    }

    /// The call is over.
    func endFax() {
        guard let ended = fax else { return }
        ended.line.end()
        surroundings.faxes?.mailbox.post(.end(name: ended.name))
    }

    func faxEnded(_ fax: FaxRecord?) {
        self.fax = nil
        guard let fax else { return decide(.hangUp(.overload)) }
        note(fax.isComplete ? "fax.received" : "fax.failed", attendedParty, [("what", fax.summary)])
        decide(.hangUp(.calleeHungUp))
    }
}

extension MediaProposal {
    /// The same for a fax by sound: G.711 where there is any, which alone leaves tones as they are.
    var fitForModems: MediaProposal {
        var fit = self
        for index in fit.streams.indices {
            let plain = fit.streams[index].formats.filter {
                let kind = SoundKind($0.codec)
                return kind == .pcma || kind == .pcmu
            }
            if !plain.isEmpty { fit.streams[index].formats = plain }
        }
        return fit
    }
}
