/// Encrypts what one party is sent, under our key (RFC 3711): the packets of every source that it
/// hears, each with its own indices. No index of a source is used twice: the key would be betrayed.
///
/// One thread at a time: that of the loop which has the leg.
final class PacketSealer: @unchecked Sendable {
    /// Sources of one key. Those that are gone must be remembered; a call has a handful.
    static var sourceLimit: Int { 256 }
    /// Of RTCP's first word and source, which stay in the clear.
    static var controlHeaderLength: Int { 8 }

    /// What lies further back, or further ahead, is no late packet and no loss.
    private static let lateness: Int16 = 128
    private static let longestGap: Int16 = 16_384

    private struct Source {
        let ssrc: UInt32
        var media = PacketHistory()
        var controlIndex: UInt32 = 0
        /// The last sequence number as it was sent, and what is added to those that come.
        var last: UInt16?
        var shift: UInt16 = 0

        /// The number to send this one under.
        ///
        /// A source that was not heard for long (a hold of ten minutes), or that began anew, is far
        /// from where it was: its listener would take the distance for one back, and open nothing any
        /// more. So it goes on from there.
        mutating func continued(_ number: UInt16) -> UInt16 {
            guard let last else {
                self.last = number
                return number
            }
            let distance = Int16(bitPattern: number &+ shift &- last)
            if distance < -PacketSealer.lateness || distance > PacketSealer.longestGap {
                shift = last &+ 1 &- number
                self.last = last &+ 1
            } else if distance > 0 {
                self.last = number &+ shift
            }
            return number &+ shift
        }

        /// The number and the index under which the next packet goes; nil for one that went before.
        mutating func take(_ number: UInt16) -> (number: UInt16, index: UInt64)? {
            let sent = continued(number)
            guard let index = media.index(of: sent), media.isNew(index) else { return nil }
            media.note(index)
            return (sent, index)
        }
    }

    private let media: PacketCipher
    private let control: PacketCipher
    private var sources: [Source] = []
    private var latest = 0

    init(_ key: SRTPKey) {
        media = PacketCipher(key, for: .media, seals: true)
        control = PacketCipher(key, for: .control, seals: true)
    }

    /// Seals the RTP packet in the room.
    ///
    /// - Returns: its new length; nil where it may not be sent: no RTP, or sent before.
    func seal(_ count: Int, in room: PacketRoom) -> Int? {
        guard let header = room.mediaHeaderLength(count),
            let place = place(of: room.word(at: 8))
        else { return nil }
        let first = room.word(at: 0)
        guard let sent = sources[place].take(UInt16(first & 0xFFFF)) else { return nil }
        room.write(first & 0xFFFF_0000 | UInt32(sent.number), at: 0)
        let layout = PacketCipher.Layout(
            header: header, end: count, ssrc: room.word(at: 8), index: sent.index, use: .media)
        return media.seal(layout, in: room) ? count + media.tagLength : nil
    }

    /// Seals the compound RTCP packet in the room.
    func sealControl(_ count: Int, in room: PacketRoom) -> Int? {
        guard count >= Self.controlHeaderLength, let place = place(of: room.word(at: 4)),
            sources[place].controlIndex < 0x7FFF_FFFF
        else { return nil }
        sources[place].controlIndex += 1
        let index = sources[place].controlIndex
        let word = index | 0x8000_0000
        let isGalois = control.tagLength == 16
        room.write(word, at: isGalois ? count + control.tagLength : count)
        let layout = PacketCipher.Layout(
            header: Self.controlHeaderLength, end: count, ssrc: sources[place].ssrc,
            index: UInt64(word), use: .control)
        return control.seal(layout, in: room) ? count + 4 + control.tagLength : nil
    }

    private func place(of ssrc: UInt32) -> Int? {
        if latest < sources.count, sources[latest].ssrc == ssrc { return latest }
        if let place = sources.firstIndex(where: { $0.ssrc == ssrc }) {
            latest = place
            return place
        }
        guard sources.count < Self.sourceLimit else { return nil }
        sources.append(Source(ssrc: ssrc))
        latest = sources.count - 1
        return latest
    }
}
