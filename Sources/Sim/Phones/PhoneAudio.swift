import Platform
import Synchronization

/// Who speaks: each party of each call has a mark of its own, and every packet carries it.
public struct SpeakerMark: Hashable, Sendable {
    /// The phone's number in the world.
    public var phone: UInt32
    /// The call, counted by that phone.
    public var call: UInt32
}

/// The mouth and the ear of one phone in one call: a port for RTP.
///
/// What is said is the speaker's mark; what is heard is counted by mark.
final class PhoneAudio: Sendable {
    /// One packet each 20 ms (G.711).
    static let packetTime = Duration.milliseconds(20)
    private static let samplesInPacket: UInt32 = 160
    private static let headerLength = 12
    private static let markLength = 8

    private struct Progress {
        var heard: [SpeakerMark: Int] = [:]
        var unknownPackets = 0
        var wrongPayloadTypes = 0
        var sequence: UInt16
        var timestamp: UInt32
        var sent = 0
        var acceptedTypes: [UInt8] = PhoneSDP.known
    }

    let mark: SpeakerMark
    let address: SocketAddress
    private let host: SimulatedHost
    private let ssrc: UInt32
    private let progress: Mutex<Progress>

    init?(mark: SpeakerMark, host: SimulatedHost, port: UInt16, random: SimulatedRandom) {
        self.mark = mark
        self.host = host
        address = SocketAddress(address: host.address, port: port)
        let chance = random.next()
        ssrc = UInt32(truncatingIfNeeded: chance)
        progress = Mutex(
            Progress(
                sequence: UInt16(truncatingIfNeeded: chance >> 32),
                timestamp: UInt32(truncatingIfNeeded: chance >> 16)))
        let isBound = host.bind(port: port) { [weak self] bytes, _, _ in self?.hear(bytes) }
        guard isBound else { return nil }
    }

    var heard: [SpeakerMark: Int] { progress.withLock { $0.heard } }
    var sentCount: Int { progress.withLock { $0.sent } }
    /// Packets that were no RTP, or of a payload type that this phone never named.
    var oddPackets: Int { progress.withLock { $0.unknownPackets + $0.wrongPayloadTypes } }

    func say(to remote: SocketAddress, payloadType: UInt8) {
        let packet = progress.withLock { progress in
            progress.sequence &+= 1
            progress.timestamp &+= Self.samplesInPacket
            progress.sent += 1
            return encoded(progress, payloadType: payloadType)
        }
        host.network.transmit(packet, from: address, to: remote)
    }

    func close() {
        host.unbind(port: address.port)
    }

    private func encoded(_ progress: Progress, payloadType: UInt8) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerLength + Int(Self.samplesInPacket))
        bytes += [0x80, payloadType]
        withUnsafeBytes(of: progress.sequence.bigEndian) { bytes.append(contentsOf: $0) }
        for word in [progress.timestamp, ssrc, mark.phone, mark.call] {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        let rest = Int(Self.samplesInPacket) - Self.markLength
        bytes.append(contentsOf: repeatElement(0xD5, count: rest))
        return bytes
    }

    private func hear(_ bytes: [UInt8]) {
        progress.withLock { progress in
            guard bytes.count >= Self.headerLength + Self.markLength, bytes[0] >> 6 == 2 else {
                progress.unknownPackets += 1
                return
            }
            guard progress.acceptedTypes.contains(bytes[1] & 127) else {
                progress.wrongPayloadTypes += 1
                return
            }
            let speaker = SpeakerMark(
                phone: Self.word(bytes, at: Self.headerLength),
                call: Self.word(bytes, at: Self.headerLength + 4))
            progress.heard[speaker, default: 0] += 1
        }
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
