// Conference ours SECONDS, Conference theirs TABLE SECONDS PID: a conference of 32 that speak Opus at
// 48 kHz, all at once, in real time over loopback. Prints the processor's time of a party and frame of
// 20 ms in microseconds: of our loop's thread, or of all threads of that process; and how many packets
// of those that should have come did. The parties have agreed on telephone events, as what speaks Opus
// does: keys are not sought in their sound, as Janus does not.
import COpus
import Glibc
import Measuring
import Media
import Platform
import PlatformLinux

let parties = 32

func nanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// A second of something like speech by Opus, as phones send it.
func speech() -> [[UInt8]] {
    guard let encoder = opus_encoder_create(48_000, 1, OPUS_APPLICATION_VOIP, nil) else {
        fail("no Opus")
    }
    defer { opus_encoder_destroy(encoder) }
    var out = [UInt8](repeating: 0, count: 1_500)
    return (0..<50).map { frame in
        let samples = (0..<960).map { index -> Int16 in
            let time = Double(frame * 960 + index) / 48_000
            let tones = [220.0, 710, 2_300, 5_100].map { sin(2 * .pi * $0 * time) }.reduce(0, +)
            return Int16(2_500 * (0.3 + abs(sin(2 * .pi * 3 * time))) * tones)
        }
        let count = opus_encode(encoder, samples, 960, &out, 1_275)
        return Array(out.prefix(Int(max(0, count))))
    }
}

/// The sockets of all parties, each with the address that it speaks to.
final class Table {
    private var sockets: [Int32] = []
    private let targets: [UInt16]
    private let spoken = speech()

    init(_ targets: [UInt16]) {
        self.targets = targets
        for party in targets.indices {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var address = loopback(24_000 + 2 * UInt16(party))
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound else { fail("port \(24_000 + 2 * party) is taken") }
            sockets.append(descriptor)
        }
    }

    /// All speak for 20 ms, spread over the beat; how many packets came.
    func speak(_ beat: Int) -> Int {
        let start = nanoseconds()
        var heard = 0
        for slice in 0..<8 {
            for party in stride(from: slice, to: targets.count, by: 8) {
                let time = UInt32(beat * 960)
                var packet: [UInt8] = [0x80, 96, UInt8(beat >> 8 & 255), UInt8(beat & 255)]
                packet += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
                packet += [0, 0, 1, UInt8(party)] + spoken[(beat + 7 * party) % 50]
                var target = loopback(targets[party])
                _ = withUnsafePointer(to: &target) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(
                            sockets[party], packet, packet.count, 0, $0,
                            socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
            }
            heard += drain()
            let rest = start + (slice + 1) * 2_500_000 - nanoseconds()
            if rest > 0 { usleep(UInt32(rest / 1_000)) }
        }
        return heard
    }

    private func drain() -> Int {
        var room = [UInt8](repeating: 0, count: 2_048)
        var count = 0
        for socket in sockets {
            while recv(socket, &room, room.count, Int32(MSG_DONTWAIT)) > 12 { count += 1 }
        }
        return count
    }
}

func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
}

func measure(_ table: Table, seconds: Int, process: String, threads prefix: String) {
    // Two seconds for buffers to fill, and for a bridge to find its pace.
    for beat in 0..<100 { _ = table.speak(beat) }
    let before = processorTime(ofThreads: prefix, of: process)
    let heard = (100..<(100 + 50 * seconds)).reduce(0) { $0 + table.speak($1) }
    let frames = 50 * seconds * parties
    let cost =
        Double(processorTime(ofThreads: prefix, of: process) - before) / Double(frames) / 1_000
    let share = 100 * heard / frames
    print("\((cost * 10).rounded() / 10) us a party and frame, \(share) % of the packets came back")
    if share < 90 { fail("too few came back: \(share) %") }
}

func ours(seconds: Int) throws {
    let configuration = MediaConfiguration(
        networks: [MediaNetwork(bind: .loopbackV4)], ports: 42_000...42_999)
    let loops = try MediaLoops(configuration: configuration, loopCount: 1, time: SystemTime())
    defer { loops.stop() }
    let ledger = Ledger()
    let format = SoundFormat(payloadType: 96, kind: .opus)
    var targets: [UInt16] = []
    for party in 0..<parties {
        let leg = MediaLegID(number: UInt64(party))
        loops.post(.open(leg, MediaLegSetup(callKey: 1), sink: ledger))
        while ledger.stream(of: leg.number) == nil { usleep(1_000) }
        targets.append(ledger.stream(of: leg.number)?.rtp.port ?? 0)
        let address = SocketAddress(address: .loopbackV4, port: 24_000 + 2 * UInt16(party))
        loops.post(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, trustedSources: [.loopbackV4],
                    telephoneEvents: [
                        TelephoneEventFormat(payloadType: 101, clockRate: 48_000)
                    ],
                    sound: SoundDescription(received: [format], sent: format))))
        loops.post(.attend(leg, .room(MediaRoomID(number: 1))))
    }
    measure(Table(targets), seconds: seconds, process: "self", threads: "media-")
}

let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "ours":
    do { try ours(seconds: words.count > 1 ? Int(words[1]) ?? 10 : 10) } catch {
        fail("no media loop: \(error)")
    }
case "theirs" where words.count == 4:
    let targets = text(of: words[1]).split(separator: "\n").compactMap { line in
        line.split(separator: " ").last.flatMap { UInt16($0) }
    }
    guard targets.count == parties else { fail("\(targets.count) parties in \(words[1])") }
    measure(Table(targets), seconds: Int(words[2]) ?? 10, process: words[3], threads: "")
default:
    fail("Conference ours SECONDS | theirs TABLE SECONDS PID")
}
