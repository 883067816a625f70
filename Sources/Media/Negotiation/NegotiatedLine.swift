import Platform

/// One m-line of one dialog: what both sides said about it last.
struct NegotiatedLine: Equatable, Sendable {
    /// A format that both sides know, under each side's number.
    struct Format: Equatable, Sendable {
        var codec: Codec
        /// The remote party's `fmtp`, and the one we write.
        var remoteParameters: String?
        var localParameters: String?
        /// The number our descriptions use: what the remote party sends us.
        var localType: UInt8
        /// The number its descriptions use: what we send to it.
        var remoteType: UInt8

        var remote: PayloadFormat {
            PayloadFormat(payloadType: remoteType, codec: codec, parameters: remoteParameters)
        }

        var local: PayloadFormat {
            PayloadFormat(payloadType: localType, codec: codec, parameters: localParameters)
        }
    }

    var kind: MediaKind
    var profile: TransportProfile
    /// The formats as the offer wrote them: echoed when the line is refused.
    var formatTexts: [String]
    /// The relay's stream; nil while the line is refused.
    var stream: Int?
    var formats: [Format] = []
    /// What our last description said, and the remote party's (already without what ours forbids).
    var localDirection: MediaDirection = .inactive
    var remoteDirection: MediaDirection = .inactive
    /// What the remote party would do if we let it: its offers, and its answers where ours had
    /// left it the choice. What it is offered to others with.
    var willingDirection: MediaDirection = .sendReceive
    var remoteRTP: SocketAddress?
    var remoteRTCP: SocketAddress?
    var isMuxed = false
    /// What our next description writes: every key that we offer, or the one that was chosen.
    var localCrypto: [CryptoAttribute] = []
    /// Once both sides have said theirs.
    var keys: SRTPKeyPair?
    /// What our next description writes, where keys come of a handshake.
    var localFingerprint: CertificateFingerprint?
    var localRole: HandshakeRole?
    /// The handshake that both sides agreed on.
    var handshake: HandshakeTerms?
    /// What our next description writes, where the party makes checks; and its own half.
    var localChecks: ICECredentials?
    var remoteFragment: String?
    /// The line's name, where it has one, and whether it would share its port with others (RFC 9143).
    var name: String?
    var isBundled = false
    /// Our descriptions ask how we sound (RFC 3611), and the party's do.
    var asksVoiceReports = false
    var remoteAsksVoiceReports = false
    var remotePacketTime: Duration?
    var remoteMaximumPacketTime: Duration?
    var remoteBandwidths: [SDPBandwidth] = []
    var remoteFaxAttributes: [SDPAttribute] = []
    /// What we pass on from the other leg.
    var localPacketTime: Duration?
    var localMaximumPacketTime: Duration?
    var localBandwidths: [SDPBandwidth] = []
    var localFaxAttributes: [SDPAttribute] = []

    /// Fills in what the remote party's m-line says, but for formats and direction bookkeeping.
    mutating func takeRemote(_ line: MediaDescription, in description: SessionDescription) {
        let stated = description.connection(of: line)?.address
        let address = stated.flatMap { $0.isUnspecified || $0.isMulticast ? nil : $0 }
        remoteRTP = address.map { SocketAddress(address: $0, port: line.port) }
        isMuxed = line.isRTCPMuxed
        remoteRTCP = remoteRTP.map {
            SocketAddress(address: $0.address, port: isMuxed ? $0.port : $0.port &+ 1)
        }
        for case .rtcp(let port, let own) in line.attributes where !isMuxed && port != 0 {
            if let base = own?.address ?? address, !base.isUnspecified {
                remoteRTCP = SocketAddress(address: base, port: port)
            }
        }
        remoteDirection = description.direction(of: line)
        remoteFragment = description.isLite ? nil : description.iceCredentials(of: line)?.fragment
        name = line.attributes.value(of: "mid")
        isBundled = description.isBundled(line)
        remoteAsksVoiceReports = kind == .audio && description.wantsVoiceReports(on: line)
        if stated?.isUnspecified == true, remoteFragment == nil {
            // RFC 3264 §8.4: the old way of holding. It wants nothing, but may go on sending.
            remoteDirection = MediaDirection(sends: remoteDirection.sends, receives: false)
        }
        remotePacketTime = line.packetTime
        remoteMaximumPacketTime = line.maximumPacketTime
        remoteBandwidths = kind == .video ? line.bandwidths : []
        remoteFaxAttributes = line.attributes.filter { $0.name.uppercased().hasPrefix("T38") }
    }

    /// Ends the line, keeping its place.
    mutating func refuse() {
        stream = nil
        localDirection = .inactive
        remoteDirection = .inactive
        formats = []
        dropKeys()
    }

    /// The line is in the clear.
    mutating func dropKeys() {
        localCrypto = []
        keys = nil
        localFingerprint = nil
        localRole = nil
        handshake = nil
        localChecks = nil
    }

    /// How checks are proved, where both sides want them.
    var ice: ICETerms? {
        guard let localChecks, let remoteFragment else { return nil }
        return ICETerms(local: localChecks, remoteFragment: remoteFragment)
    }

    /// True where packets of this line can be relayed at all by kind and profile.
    func isRelayable(under policy: CodecPolicy) -> Bool {
        guard policy.allows(kind) else { return false }
        if kind == .image { return profile.isUDPTL }
        return profile.isPlainRTP || profile.isDescriptionKeyed || profile.isHandshakeKeyed
    }

    /// The line as the other leg gets to see it; nil while it is refused.
    func proposed(direction: MediaDirection) -> MediaProposal.Stream? {
        guard let stream else { return nil }
        return MediaProposal.Stream(
            number: stream, kind: kind, formats: formats.map(\.remote), direction: direction,
            packetTime: remotePacketTime, maximumPacketTime: remoteMaximumPacketTime,
            bandwidths: remoteBandwidths, faxAttributes: remoteFaxAttributes)
    }

    /// Takes over what the other leg's stream says and ours passes on.
    mutating func takeLocal(_ proposed: MediaProposal.Stream) {
        localPacketTime = proposed.packetTime
        localMaximumPacketTime = proposed.maximumPacketTime
        localBandwidths = kind == .video ? proposed.bandwidths : []
        localFaxAttributes = proposed.faxAttributes
    }

    /// The m-line as our next description writes it.
    func written(local: [LocalStream], sessionAddress: IPAddress) -> MediaDescription {
        guard let stream, local.indices.contains(stream) else {
            return MediaDescription(
                kind: kind, port: 0, profile: profile,
                formats: formatTexts.isEmpty ? ["0"] : formatTexts, attributes: nameAttributes)
        }
        let own = local[stream]
        var line = MediaDescription(
            kind: kind, port: own.rtp.port, profile: profile,
            formats: kind == .image ? formatTexts : formats.map { String($0.localType) })
        if own.rtp.address != sessionAddress {
            line.connections = [SDPConnection(own.rtp.address)]
        }
        line.bandwidths = localBandwidths
        line.attributes = kind == .image ? localFaxAttributes : rtpAttributes(own)
        return line
    }

    private var nameAttributes: [SDPAttribute] {
        name.map { [.other(name: "mid", value: $0)] } ?? []
    }

    private func rtpAttributes(_ own: LocalStream) -> [SDPAttribute] {
        var attributes = formats.map { format in
            SDPAttribute.rtpMap(RTPMap(payloadType: format.localType, codec: format.codec))
        }
        for format in formats {
            guard let parameters = format.localParameters else { continue }
            attributes.append(.formatParameters(payloadType: format.localType, parameters))
        }
        attributes += localCrypto.map { .crypto($0) }
        if let localFingerprint, let localRole {
            attributes += [.setup(localRole), .fingerprint(localFingerprint)]
        }
        attributes += nameAttributes
        if asksVoiceReports {
            attributes.append(
                .other(name: VoiceReport.attributeName, value: VoiceReport.attributeValue))
        }
        if let localChecks { attributes += .ice(localChecks, at: own) }
        if let localPacketTime { attributes.append(.packetTime(localPacketTime)) }
        if let localMaximumPacketTime {
            attributes.append(.maximumPacketTime(localMaximumPacketTime))
        }
        if isMuxed {
            attributes.append(.rtcpMux)
        } else if own.rtcp.port != own.rtp.port &+ 1 {
            attributes.append(.rtcp(port: own.rtcp.port, nil))
        }
        attributes.append(.direction(localDirection))
        return attributes
    }
}
