import Media
import Platform
import SIPStack

/// Whether legs are encrypted: each by its own device's policy. The two of a call need not be alike.
extension Call {
    /// What a leg begins its offers and answers with.
    ///
    /// - Parameter isSecure: the signalling is encrypted, so keys may stand in it.
    func makeNegotiation(under policy: DevicePolicy, isSecure: Bool) -> MediaNegotiation {
        let codecPolicy = CodecPolicy(
            policy, isSecure: isSecure, fingerprint: surroundings.configuration.fingerprint)
        var negotiation = MediaNegotiation(
            policy: codecPolicy, identifier: world.random.next())
        if codecPolicy.security.offersKeys || codecPolicy.security.offersChecks {
            negotiation.take(secret: world.random.bytes(MediaNegotiation.secretLength))
        }
        return negotiation
    }

    /// Reads an offer of a party; where it brings keys, or makes checks, ours will be needed.
    func readOffer(_ body: MessageBody, of number: LegNumber) throws(SDPError)
        -> SessionDescription
    {
        let offer = try SessionDescription(parsing: body.bytes)
        if offer.bringsKeys || offer.wantsChecks, legs[number]?.value.negotiation.hasSecret == false
        {
            let secret = world.random.bytes(MediaNegotiation.secretLength)
            legs[number]?.value.negotiation.take(secret: secret)
        }
        return offer
    }

    /// The party of a leg that begins may find its way by checks: it offers them, or will be offered them.
    func mayCheck(_ number: LegNumber) -> Bool {
        if number == .caller { return setup.request.content?.namesChecks ?? false }
        return legs[number]?.value.negotiation.policy.security.offersChecks ?? false
    }

    /// Notes how a party's stream is encrypted, where that changes.
    func noteSecurity(of number: LegNumber) {
        guard let leg = legs[number], leg.suite != leg.negotiation.suite else { return }
        legs[number]?.value.suite = leg.negotiation.suite
        guard let suite = leg.negotiation.suite else { return note("media.inTheClear", number) }
        note("media.encrypted", number, [("suite", suite.name)])
    }

    /// What the relay refused of a leg that is over.
    func noteRefused(_ counters: MediaCounters, of number: LegNumber) {
        if counters.unauthentic > 0 {
            note("media.unauthentic", number, [("packets", "\(counters.unauthentic)")])
        }
        if counters.checksRefused > 0 {
            note("media.checksRefused", number, [("checks", "\(counters.checksRefused)")])
        }
    }
}

extension CodecPolicy {
    /// What a device's policy lets through.
    ///
    /// - Parameter isSecure: the signalling is encrypted. Else keys are offered only where nothing but
    ///   encryption will do.
    init(_ policy: DevicePolicy, isSecure: Bool, fingerprint: CertificateFingerprint?) {
        let codecs = policy.codecs.compactMap(Codec.init(named:))
        let demand: SecurityPolicy.Demand =
            switch policy.encryption {
            case .never: .never
            case .allowed: .allowed
            case .required, .dtls, .browser: .required
            }
        let offersHandshake = policy.encryption == .dtls || policy.encryption == .browser
        self.init(
            audio: codecs.isEmpty ? nil : codecs, allowsTranscoding: true,
            security: SecurityPolicy(
                demand: demand,
                offersKeys: !offersHandshake
                    && (demand == .required || demand == .allowed && isSecure),
                fingerprint: fingerprint, offersHandshake: offersHandshake,
                offersChecks: policy.encryption == .browser))
    }
}

extension MessageBody {
    /// Somewhere it says `ice-ufrag`: more than a look it is not worth before it is read.
    fileprivate var namesChecks: Bool {
        let wanted = Array("ice-ufrag".utf8)
        guard bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { start in
            bytes[start] == wanted[0] && bytes[start...].starts(with: wanted)
        }
    }
}
