/// What a device or trunk may be offered, and in which order.
public struct CodecPolicy: Hashable, Sendable {
    /// The audio codecs allowed, the preferred one first; nil passes whatever the other leg has, in
    /// its order. Telephone events and comfort noise always pass.
    public var audio: [Codec]?
    /// Video is relayed only where this is true; else its m-lines are refused in place.
    public var allowsVideo: Bool
    /// T.38 may replace audio.
    public var allowsFax: Bool
    /// Codecs of our own may stand between two legs that share none: the leg is offered what we
    /// speak besides what the other has, and the exchange transcodes where it must.
    public var allowsTranscoding: Bool
    public var security: SecurityPolicy
    /// Parties are asked how we sound to them, and told how they sound to us, where they know how
    /// (RFC 3611).
    public var asksVoiceReports = true

    public init(
        audio: [Codec]? = nil, allowsVideo: Bool = false, allowsFax: Bool = true,
        allowsTranscoding: Bool = false, security: SecurityPolicy = .none
    ) {
        self.audio = audio
        self.allowsVideo = allowsVideo
        self.allowsFax = allowsFax
        self.allowsTranscoding = allowsTranscoding
        self.security = security
    }

    /// What we speak ourselves, as far as this leg may use it.
    var spoken: [Codec] {
        guard allowsTranscoding else { return [] }
        return (audio ?? [.pcma, .pcmu, .g722, .opus]).filter { SoundKind($0) != nil }
    }

    /// Any audio and fax, no video.
    public static let standard = CodecPolicy()

    /// T.38 may be asked for.
    public var allowsImage: Bool { allows(.image) }

    func allows(_ kind: MediaKind) -> Bool {
        switch kind {
        case .audio: true
        case .video: allowsVideo
        // UDPTL is in the clear.
        case .image: allowsFax && security.demand != .required
        case .text, .application, .message, .other: false
        }
    }

    /// What of these formats may pass, in their own order.
    func allowed(_ formats: [PayloadFormat], of kind: MediaKind) -> [PayloadFormat] {
        formats.filter { format in
            if format.codec.namesOtherPayloadTypes { return false }
            guard kind == .audio, let audio, format.codec.isSound else { return true }
            return audio.contains(format.codec)
        }
    }

    /// What of these formats may pass, in the order of the allow list.
    func ordered(_ formats: [PayloadFormat], of kind: MediaKind) -> [PayloadFormat] {
        let usable = allowed(formats, of: kind)
        guard kind == .audio, let audio else { return usable }
        var codecs: [Codec] = []
        for codec in audio where !codecs.contains(codec) { codecs.append(codec) }
        return codecs.flatMap { codec in usable.filter { $0.codec == codec } }
            + usable.filter { !$0.codec.isSound }
    }
}
