// SRTPRelay [PACKETS]: what a relay of two encrypted legs costs beside one of two plain legs.
//
// Each packet goes through two calls of one media loop over loopback, one after the other: from the
// load to A and out of B, into C and out of D, to the sink. Between B and C it is plain or encrypted, so
// an encrypted round has one packet sealed and one opened more than a plain one: what a relay
// between two encrypted legs does for each. The processor's time is the loop's own thread's, in the same
// run; the least of many short rounds counts: most of a packet's time is the kernel's, which is slower for
// a while now and then, for whoever has his round just then.
import Glibc
import Measuring
import Media
import Platform
import PlatformLinux

/// A bound socket of loopback and its port.
func makeSocket() -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isBound else { fail("no socket") }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

func key(_ suite: SRTPSuite, _ start: UInt8) -> SRTPKey {
    let bytes = (0..<suite.keyLength + suite.saltLength).map { UInt8($0) &+ start }
    guard let key = SRTPKey(suite, bytes: bytes) else { fail("no key") }
    return key
}

func describe(
    _ loops: MediaLoops, _ leg: UInt64, to port: UInt16, _ keys: SRTPKeyPair?
) {
    let address = SocketAddress(address: .loopbackV4, port: port)
    loops.post(
        .describe(
            MediaLegID(number: leg), stream: 0,
            StreamDescription(
                transport: .rtp, remoteRTP: address, trustedSources: [.loopbackV4], keys: keys)))
}

/// Two calls of one loop, the second's first party being the first's second.
final class Chain {
    let loops: MediaLoops
    let ledger = Ledger()
    let load = makeSocket()
    let sink = makeSocket()
    let entry: UInt16

    init(_ suite: SRTPSuite?) throws {
        let configuration = MediaConfiguration(
            networks: [MediaNetwork(bind: .loopbackV4)], ports: 41_000...41_999)
        loops = try MediaLoops(configuration: configuration, loopCount: 1, time: SystemTime())
        for leg in 0..<4 as Range<UInt64> {
            loops.post(.open(MediaLegID(number: leg), MediaLegSetup(callKey: 1), sink: ledger))
        }
        let ledger = ledger
        let local = (0..<4 as Range<UInt64>).map { leg -> LocalStream in
            while true {
                if let stream = ledger.stream(of: leg) { return stream }
                usleep(1_000)
            }
        }
        entry = local[0].rtp.port
        let keys = suite.map { SRTPKeyPair(sent: key($0, 1), received: key($0, 2)) }
        let mirrored = keys.map { SRTPKeyPair(sent: $0.received, received: $0.sent) }
        describe(loops, 0, to: load.port, nil)
        describe(loops, 1, to: local[2].rtp.port, keys)
        describe(loops, 2, to: local[1].rtp.port, mirrored)
        describe(loops, 3, to: sink.port, nil)
        let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
        let bridge = MediaBridge(streams: [
            MediaBridge.Stream(number: 0, forward: map, backward: map)
        ])
        loops.post(.bridge(MediaLegID(number: 0), MediaLegID(number: 1), bridge))
        loops.post(.bridge(MediaLegID(number: 2), MediaLegID(number: 3), bridge))
        usleep(50_000)
    }

    func end() {
        loops.stop()
        close(load.descriptor)
        close(sink.descriptor)
    }
}

/// Nanoseconds of the loop's thread a packet that went through both calls.
func cost(_ suite: SRTPSuite?, packets: Int) -> Double {
    guard let chain = try? Chain(suite) else { fail("no media loop") }
    defer { chain.end() }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    target.sin_port = chain.entry.bigEndian
    var packet: [UInt8] =
        [0x80, 8, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4] + Array(repeating: 0xD5, count: 160)
    var room = [UInt8](repeating: 0, count: 2_048)
    let before = processorTime(ofThreads: "media-")
    var arrived = 0
    // One at a time: each wakes the loop, as packets do in an exchange that is not at its limit.
    let batch = 1
    var sequence: UInt16 = 0
    while arrived < packets {
        for _ in 0..<batch {
            sequence &+= 1
            packet[2] = UInt8(sequence >> 8)
            packet[3] = UInt8(sequence & 255)
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(chain.load.descriptor, packet, packet.count, 0, $0, length)
                }
            }
        }
        for _ in 0..<batch {
            guard recv(chain.sink.descriptor, &room, room.count, 0) == packet.count else {
                fail("a packet did not come through: \(suite?.name ?? "plain")")
            }
        }
        arrived += batch
    }
    return Double(processorTime(ofThreads: "media-") - before) / Double(arrived)
}

let rounds = 25
let packets = (CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 500_000) / rounds
var plain = Double.infinity
var sealed: [SRTPSuite: Double] = [:]
for _ in 0..<rounds {
    plain = min(plain, cost(nil, packets: packets))
    for suite in SRTPSuite.allCases {
        sealed[suite] = min(sealed[suite] ?? .infinity, cost(suite, packets: packets))
    }
}
let relay = plain / 2
print("relay of two plain legs: \(Int(relay)) ns of processor time a packet")
for suite in SRTPSuite.allCases {
    guard let both = sealed[suite] else { continue }
    let ratio = (both - relay) / relay
    print(
        "\(suite.name), both legs: \(Int(both - relay)) ns, "
            + "\((ratio * 100).rounded() / 100) x the plain one")
}
let wanted = (sealed[.galois128] ?? .infinity) - relay <= 1.5 * relay
print(wanted ? "ok: at most 1.5 x with \(SRTPSuite.galois128.name)" : "more than 1.5 x")
