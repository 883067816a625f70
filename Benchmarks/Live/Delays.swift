import Glibc
import Measuring
import Media
import Platform
import PlatformLinux

/// How sound passes from one party to another.
enum Way: String, CaseIterable {
    case relay = "a relay"
    case translation = "another codec"
    case room = "a room"

    /// Microseconds: what is wanted, beside the jitter buffer's 20 ms.
    var limit: Int {
        switch self {
        case .relay: 1_000
        case .translation: 25_000 + 20_000
        case .room: 40_000 + 20_000
        }
    }
}

/// Two parties of one loop; the first says something now and then, and it is timed until the other
/// hears it.
final class Listening {
    private let loops: MediaLoops
    private let speaker = Parties()
    private let listener = Parties()
    private var ports: [UInt16] = []

    init(_ way: Way) throws {
        let configuration = MediaConfiguration(
            networks: [MediaNetwork(bind: .loopbackV4)], ports: 44_000...44_999)
        loops = try MediaLoops(configuration: configuration, loopCount: 1, time: SystemTime())
        let ledger = Ledger()
        let legs = [MediaLegID(number: 1), MediaLegID(number: 2)]
        for leg in legs { loops.post(.open(leg, MediaLegSetup(callKey: 1), sink: ledger)) }
        let formats = [
            SoundFormat(payloadType: 8, kind: .pcma),
            way == .translation
                ? SoundFormat(payloadType: 0, kind: .pcmu)
                : SoundFormat(payloadType: 8, kind: .pcma),
        ]
        for (index, leg) in legs.enumerated() {
            while ledger.stream(of: leg.number) == nil { usleep(1_000) }
            ports.append(ledger.stream(of: leg.number)?.rtp.port ?? 0)
            let party = index == 0 ? speaker : listener
            loops.post(
                .describe(
                    leg, stream: 0,
                    StreamDescription(
                        transport: .rtp,
                        remoteRTP: SocketAddress(address: .loopbackV4, port: party.port),
                        trustedSources: [.loopbackV4],
                        sound: SoundDescription(
                            received: [formats[index]], sent: formats[index]))))
        }
        if way == .room {
            for leg in legs { loops.post(.attend(leg, .room(MediaRoomID(number: 1)))) }
        } else {
            let map =
                way == .relay ? PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]) : PayloadMap()
            let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
            loops.post(.bridge(legs[0], legs[1], MediaBridge(streams: [stream])))
        }
        silentByte = formats.map { $0.kind == .pcmu ? 0xFF : 0xD5 }
        types = formats.map(\.payloadType)
        usleep(50_000)
    }

    private let silentByte: [UInt8]
    private let types: [UInt8]

    func end() {
        loops.stop()
        close(speaker.descriptor)
        close(listener.descriptor)
    }

    /// Microseconds from the first loud packet that was sent to the first that came, sorted.
    func measure(count: Int) -> [Int] {
        var found: [Int] = []
        var begun: Int?
        let start = nanoseconds() + 5_000_000
        // A second of silence fills the buffers; then half a second of sound, half of silence.
        for beat in 0..<(50 * (count + 1)) {
            // Off the exchange's own beat by more each time, as phones are.
            let due = start + beat * 20_000_000 + (beat / 50) * 700_000
            listen(until: due, &begun, &found)
            let isLoud = beat >= 50 && beat % 50 < 25
            if isLoud, beat % 50 == 0 { begun = nanoseconds() }
            speaker.send(packet(0, beat, isLoud: isLoud), to: ports[0])
            listener.send(packet(1, beat, isLoud: false), to: ports[1])
        }
        listen(until: nanoseconds() + 200_000_000, &begun, &found)
        return found.sorted()
    }

    private func packet(_ party: Int, _ beat: Int, isLoud: Bool) -> [UInt8] {
        let time = UInt32(beat * 160)
        return [0x80, types[party], UInt8(beat >> 8 & 255), UInt8(beat & 255)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
            + [0, 0, 0, UInt8(party + 1)]
            + (0..<160).map { isLoud ? ($0 % 20 < 10 ? 0xAA : 0x2A) : silentByte[party] }
    }

    private func listen(until end: Int, _ begun: inout Int?, _ found: inout [Int]) {
        var room = [UInt8](repeating: 0, count: 2_048)
        while true {
            let rest = end - nanoseconds()
            guard rest > 0 else { return }
            var watched = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, Int32(clamping: rest / 1_000_000 + 1)) > 0 else { continue }
            let count = recv(
                listener.descriptor, &room, room.count, Int32(MSG_DONTWAIT))
            guard count > 12, let since = begun else { continue }
            // The two highest bits of the magnitude: far above what concealment leaves of silence.
            let isLoud = room[12..<count].contains { byte in
                let magnitude = types[1] == 0 ? ~byte & 0x7F : (byte ^ 0x55) & 0x7F
                return magnitude >= 0x68
            }
            guard isLoud else { continue }
            found.append((nanoseconds() - since) / 1_000)
            begun = nil
        }
    }
}

func delay(_ way: Way) -> [Int] {
    guard let listening = try? Listening(way) else { fail("no media loop") }
    defer { listening.end() }
    let found = listening.measure(count: 20)
    guard found.count >= 10 else { fail("\(way.rawValue): heard \(found.count) of 20") }
    return found
}
