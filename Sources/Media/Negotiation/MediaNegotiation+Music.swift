/// What a held party can be played.
extension MediaNegotiation {
    /// A stream that music can go to, and as what; nil where no G.711 was agreed.
    public var music: (stream: Int, payloadType: UInt8, law: G711.Law)? {
        guard let line = lines.first(where: { $0.kind == .audio && $0.stream != nil }),
            let stream = line.stream
        else { return nil }
        for format in line.formats {
            if format.codec == .pcma { return (stream, format.remoteType, .a) }
            if format.codec == .pcmu { return (stream, format.remoteType, .mu) }
        }
        return nil
    }

    /// The party does not want to hear at the moment: it holds.
    public var isHolding: Bool {
        lines.first { $0.kind == .audio && $0.stream != nil }
            .map { !$0.willingDirection.receives } ?? false
    }
}
