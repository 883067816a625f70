/// Decrypts what one party sends, under its key (RFC 3711), and refuses what is not its own or was
/// there before: for each of its sources, the former ones too.
///
/// One thread at a time: that of the loop which has the leg.
final class PacketOpener: @unchecked Sendable {
    /// What became of a packet.
    enum Outcome: Equatable {
        /// It is in the clear, so long.
        case opened(Int)
        case replayed
        /// Of another key, changed on its way, or no packet at all.
        case unauthentic
    }

    /// Only packets that were proved make a source known.
    private struct Source {
        let ssrc: UInt32
        var media = PacketHistory()
        var control = PacketHistory()
    }

    /// What names the key in each packet; not proved, and not needed by us, who know one.
    private let identifier: [UInt8]
    private let media: PacketCipher
    private let control: PacketCipher
    private var sources: [Source] = []
    private var latest = 0

    init(_ key: SRTPKey) {
        identifier = key.identifier
        media = PacketCipher(key, for: .media, seals: false)
        control = PacketCipher(key, for: .control, seals: false)
    }

    func open(_ count: Int, isControl: Bool, in room: PacketRoom) -> Outcome {
        isControl ? openControl(count, in: room) : open(count, in: room)
    }

    /// Opens the RTP packet in the room.
    func open(_ count: Int, in room: PacketRoom) -> Outcome {
        let end = cut(count, sealedBy: media, in: room) - media.tagLength
        guard end >= 0, let header = room.mediaHeaderLength(end) else { return .unauthentic }
        let ssrc = room.word(at: 8)
        let place = place(of: ssrc)
        let history = place.map { sources[$0].media } ?? PacketHistory()
        guard let index = history.index(of: UInt16(room.word(at: 0) & 0xFFFF)),
            history.isNew(index)
        else { return .replayed }
        let layout = PacketCipher.Layout(
            header: header, end: end, ssrc: ssrc, index: index, use: .media)
        guard place != nil || sources.count < PacketSealer.sourceLimit,
            media.open(layout, in: room)
        else { return .unauthentic }
        sources[place ?? add(ssrc)].media.note(index)
        return .opened(end)
    }

    /// Opens the compound RTCP packet in the room.
    func openControl(_ count: Int, in room: PacketRoom) -> Outcome {
        let count = cut(count, sealedBy: control, in: room)
        let end = count - control.tagLength - 4
        guard end >= PacketSealer.controlHeaderLength else { return .unauthentic }
        let isGalois = control.tagLength == 16
        let word = room.word(at: isGalois ? count - 4 : end)
        // RTCP in the clear, though proved, is not what was agreed.
        guard word & 0x8000_0000 != 0 else { return .unauthentic }
        let ssrc = room.word(at: 4)
        let place = place(of: ssrc)
        let index = UInt64(word & 0x7FFF_FFFF)
        guard place.map({ sources[$0].control.isNew(index) }) ?? true else { return .replayed }
        let layout = PacketCipher.Layout(
            header: PacketSealer.controlHeaderLength, end: end, ssrc: ssrc, index: UInt64(word),
            use: .control)
        guard place != nil || sources.count < PacketSealer.sourceLimit,
            control.open(layout, in: room)
        else { return .unauthentic }
        sources[place ?? add(ssrc)].control.note(index)
        return .opened(end)
    }

    /// Takes the key's identifier out of a packet: it stands before the proof (RFC 3711 §3.1), with GCM
    /// behind all (RFC 7714 §13.2). Some announce one and leave it out.
    ///
    /// - Returns: the length without it.
    @inline(__always)
    private func cut(_ count: Int, sealedBy cipher: PacketCipher, in room: PacketRoom) -> Int {
        identifier.isEmpty ? count : cutIdentifier(count, sealedBy: cipher, in: room)
    }

    @inline(never)
    private func cutIdentifier(
        _ count: Int, sealedBy cipher: PacketCipher, in room: PacketRoom
    ) -> Int {
        let tail = cipher.isGalois ? 0 : cipher.tagLength
        let start = count - tail - identifier.count
        guard start >= 0 else { return count }
        for (index, byte) in identifier.enumerated() where room.bytes[start + index] != byte {
            return count
        }
        for index in 0..<tail {
            room.bytes[start + index] = room.bytes[start + identifier.count + index]
        }
        return count - identifier.count
    }

    private func place(of ssrc: UInt32) -> Int? {
        if latest < sources.count, sources[latest].ssrc == ssrc { return latest }
        guard let place = sources.firstIndex(where: { $0.ssrc == ssrc }) else { return nil }
        latest = place
        return place
    }

    private func add(_ ssrc: UInt32) -> Int {
        sources.append(Source(ssrc: ssrc))
        latest = sources.count - 1
        return latest
    }
}
