// RTPRelay CALLS TABLE [LOOPS]: a relay of that many G.711 calls, for the load generator.
//
// Opens both legs of each call on 127.77.0.1 with remote parties at 127.77.0.2, ports 20000 up, one
// each; writes where each of them must send to TABLE, one `address port` a line, prints `ready`, and
// relays until standard input ends or it is killed.
import Glibc
import Media
import Platform
import PlatformLinux
import Synchronization

/// Remembers what was opened, and adds up the counters of closed legs.
final class Ledger: MediaSink {
    private struct Entries {
        var local: [UInt64: LocalStream] = [:]
        var failures: [String] = []
    }

    private let entries = Mutex(Entries())

    func post(_ event: MediaEvent) {
        entries.withLock { entries in
            switch event {
            case .opened(let leg, let local): entries.local[leg.number] = local[0]
            case .refused(let leg, let reason):
                entries.failures.append("leg \(leg.number): \(reason)")
            default: break
            }
        }
    }

    func stream(of leg: UInt64) -> LocalStream? {
        entries.withLock { $0.local[leg] }
    }

    var failure: String? { entries.withLock { $0.failures.first } }
    var count: Int { entries.withLock { $0.local.count } }
}

func fail(_ text: String) -> Never {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let callCount = UInt64(arguments[1]) else {
    fail("usage: RTPRelay CALLS TABLE [LOOPS]")
}
guard let own = IPAddress("127.77.0.1"), let remote = IPAddress("127.77.0.2") else {
    fail("addresses")
}

let ledger = Ledger()
let configuration = MediaConfiguration(
    networks: [MediaNetwork(bind: own)], ports: 30_000...60_000)
let loops: MediaLoops
do {
    loops = try MediaLoops(
        configuration: configuration, loopCount: arguments.count > 3 ? Int(arguments[3]) : 1,
        time: SystemTime())
} catch {
    fail(error.description)
}
for leg in 0..<2 * callCount {
    loops.post(
        .open(MediaLegID(number: leg), MediaLegSetup(callKey: leg / 2), sink: ledger))
}
while ledger.count < 2 * callCount {
    if let failure = ledger.failure { fail(failure) }
    usleep(10_000)
}

let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
for call in 0..<callCount {
    let first = MediaLegID(number: 2 * call)
    let second = MediaLegID(number: 2 * call + 1)
    for leg in [first, second] {
        let port = UInt16(20_000 + leg.number)
        loops.post(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: SocketAddress(address: remote, port: port),
                    trustedSources: [remote],
                    telephoneEvents: [TelephoneEventFormat(payloadType: 101, clockRate: 8_000)])))
    }
    loops.post(
        .bridge(
            first, second,
            MediaBridge(streams: [
                MediaBridge.Stream(number: 0, forward: map, backward: map)
            ])))
}

guard let table = fopen(arguments[2], "w") else { fail("cannot write \(arguments[2])") }
for leg in 0..<2 * callCount {
    guard let stream = ledger.stream(of: leg) else { fail("no leg \(leg)") }
    fputs("\(stream.rtp.address) \(stream.rtp.port)\n", table)
}
fclose(table)
print("ready")
fflush(nil)
while getchar() != EOF {}
pause()
