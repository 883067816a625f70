import COpus
import CSpandsp
import Glibc
import Measuring
import Media
import Platform
import PlatformLinux

/// A second of something like speech, as that codec sends it.
func payloads(_ kind: SoundKind, narrow: Bool) -> [[UInt8]] {
    let rate = narrow ? 8_000 : kind.sampleRate
    let size = rate / 50
    let samples = (0..<rate).map { index -> Int16 in
        let time = Double(index) / Double(rate)
        let tones = [220.0, 710, 2_300].map { sin(2 * .pi * $0 * time) }.reduce(0, +)
        return Int16(3_000 * max(0, sin(2 * .pi * 3 * time)) * tones)
    }
    var out = [UInt8](repeating: 0, count: 1_500)
    let g722 = g722_encode_init(nil, 64_000, narrow ? Int32(G722_SAMPLE_RATE_8000) : 0)
    let opus = opus_encoder_create(Int32(rate), 1, OPUS_APPLICATION_VOIP, nil)
    let law = g711_init(nil, 0)
    return (0..<50).map { frame in
        let part = Array(samples[(frame * size)..<(frame * size + size)])
        let count =
            switch kind {
            case .g722: g722_encode(g722, &out, part, Int32(size))
            case .opus: opus.map { opus_encode($0, part, Int32(size), &out, 1_275) } ?? 0
            case .pcma, .pcmu, .linear: g711_encode(law, &out, part, Int32(size))
            }
        return Array(out.prefix(Int(count)))
    }
}

/// The socket that all parties speak from.
final class Parties {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    let port: UInt16

    init() {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { fail("no socket") }
        port = UInt16(bigEndian: address.sin_port)
    }

    func send(_ packet: [UInt8], to port: UInt16) {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        target.sin_port = port.bigEndian
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, packet, packet.count, 0, $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Takes what has come; how many packets.
    func drain() -> Int {
        var room = [UInt8](repeating: 0, count: 2_048)
        var count = 0
        while recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT)) > 0 { count += 1 }
        return count
    }
}

/// The legs of one case, on one loop.
final class Bench {
    let one: Case
    let parties = Parties()
    let loops: MediaLoops
    let reels: [SoundReel]
    private let ledger = Ledger()
    private var ports: [UInt16] = []
    private let spoken: [[[UInt8]]]
    var legCount: Int { 2 * one.calls }

    init(_ one: Case) throws {
        self.one = one
        let configuration = MediaConfiguration(
            networks: [MediaNetwork(bind: .loopbackV4)], ports: 42_000...43_999)
        loops = try MediaLoops(configuration: configuration, loopCount: 1, time: SystemTime())
        reels = (0..<one.calls).map { _ in SoundReel(trackCount: 2) }
        let isNarrow = one.kinds.contains { $0.sampleRate == 8_000 }
        spoken = one.kinds.map { payloads($0, narrow: isNarrow) }
        open()
        describe()
        join()
        usleep(50_000)
    }

    func end() {
        loops.stop()
        close(parties.descriptor)
    }

    private func leg(_ number: Int) -> MediaLegID { MediaLegID(number: UInt64(number)) }
    private func kind(_ leg: Int) -> SoundKind { one.kinds[leg % one.kinds.count] }

    private func open() {
        for number in 0..<legCount {
            loops.post(.open(leg(number), MediaLegSetup(callKey: 1), sink: ledger))
        }
        for number in 0..<legCount {
            while true {
                if let stream = ledger.stream(of: UInt64(number)) {
                    ports.append(stream.rtp.port)
                    break
                }
                usleep(1_000)
            }
        }
    }

    private func describe() {
        let address = SocketAddress(address: .loopbackV4, port: parties.port)
        for number in 0..<legCount {
            let format = SoundFormat(payloadType: 96, kind: kind(number))
            loops.post(
                .describe(
                    leg(number), stream: 0,
                    StreamDescription(
                        transport: .rtp, remoteRTP: address, trustedSources: [.loopbackV4],
                        sound: SoundDescription(received: [format], sent: format))))
        }
    }

    private func join() {
        if one.isRoom {
            let room = Attendance.room(MediaRoomID(number: 1))
            for number in 0..<legCount { loops.post(.attend(leg(number), room)) }
            return
        }
        let isRelayed = one.kinds[0] == one.kinds[1]
        let map = isRelayed ? PayloadMap([PayloadMap.Pair(received: 96, sent: 96)]) : PayloadMap()
        let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
        for call in 0..<one.calls {
            let (first, second) = (leg(2 * call), leg(2 * call + 1))
            loops.post(.bridge(first, second, MediaBridge(streams: [stream])))
            if one.isRecorded { loops.post(.record(first, with: second, on: reels[call])) }
        }
    }

    /// All parties speak for 20 ms, spread over the beat, as calls are; how many packets came.
    func speak(_ beat: Int) -> Int {
        let start = nanoseconds()
        var heard = 0
        for slice in 0..<10 {
            for number in stride(from: slice, to: legCount, by: 10) {
                let time = UInt32(beat * kind(number).clockRate / 50)
                var packet: [UInt8] = [0x80, 96, UInt8(beat >> 8 & 255), UInt8(beat & 255)]
                packet += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
                packet += [0, 0, 0, UInt8(number & 255)]
                packet += spoken[number % one.kinds.count][(beat + 7 * number) % 50]
                parties.send(packet, to: ports[number])
            }
            heard += parties.drain()
            let rest = start + (slice + 1) * 2_000_000 - nanoseconds()
            if rest > 0 { usleep(UInt32(rest / 1_000)) }
        }
        if one.isRecorded, beat % 25 == 0 { for reel in reels { _ = reel.take() } }
        return heard
    }
}

func nanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
}
