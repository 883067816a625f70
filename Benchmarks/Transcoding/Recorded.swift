import Media
import Platform

/// What a recording costs, in nanoseconds of thread CPU a frame of 20 ms of a call.
struct RecordingCost {
    /// On the media loop: the call alone, and the same call recorded.
    var relayed = 0
    var recorded = 0
    /// On the recordings' lane: what makes a file of it; of a WAV, and of Opus in Ogg.
    var wave = 0
    var opus = 0
}

/// A relayed call of G.711, both parties of which speak, whose reel is taken from each second.
func recorded(frames: Int) -> RecordingCost {
    let voices = [3, 7].map { step in
        (0..<50).map { frame in
            (0..<160).map { UInt8(truncatingIfNeeded: 0x80 | ($0 * step + frame) & 0x3F) }
        }
    }
    let (plain, _) = relay(voices, on: nil, frames: frames)
    let (taped, stretches) = relay(voices, on: SoundReel(trackCount: 2), frames: frames)
    return RecordingCost(
        relayed: plain / frames, recorded: taped / frames,
        wave: written(stretches, as: .wav) / frames, opus: written(stretches, as: .opus) / frames)
}

private func relay(
    _ voices: [[[UInt8]]], on reel: SoundReel?, frames: Int
) -> (cost: Int, stretches: [SoundReel.Stretch]) {
    var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    var output = NoSockets()
    let sink = DeafSink()
    var now = Instant.start + .seconds(1)
    let remotes = [4_000, 5_000].map { SocketAddress(address: .loopbackV4, port: $0) }
    let legs = (0..<2).map { MediaLegID(number: UInt64($0)) }
    let format = SoundFormat(payloadType: 8, kind: .pcma)
    for (leg, remote) in zip(legs, remotes) {
        core.apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink), now: now, into: &output)
        let stream = StreamDescription(
            transport: .rtp, remoteRTP: remote, trustedSources: [.loopbackV4],
            sound: SoundDescription(received: [format], sent: format))
        core.apply(.describe(leg, stream: 0, stream), now: now, into: &output)
    }
    let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
    let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
    core.apply(
        .bridge(legs[0], legs[1], MediaBridge(streams: [stream])), now: now, into: &output)
    if let reel {
        core.apply(.record(legs[0], with: legs[1], on: reel), now: now, into: &output)
    }
    let sockets = (0..<2).map { MediaSocket(slot: $0, generation: 0, kind: .rtp) }
    var cost = 0
    var stretches: [SoundReel.Stretch] = []
    for frame in 0..<frames {
        var packets = voices.map { packet(8, frame, 160, $0[frame % 50]) }
        let start = threadNanoseconds()
        for party in 0..<2 {
            var span = packets[party].mutableSpan
            core.receive(&span, on: sockets[party], from: remotes[party], now: now, into: &output)
        }
        core.tick(now: now, into: &output)
        cost += threadNanoseconds() - start
        now = now + .milliseconds(20)
        if frame % 50 == 49, let reel { stretches.append(reel.take()) }
    }
    precondition(output.sent > 2 * frames - 10, "\(output.sent) packets of \(2 * frames)")
    return (cost, stretches)
}

private func written(
    _ stretches: [SoundReel.Stretch], as container: RecordingFormat.Container
) -> Int {
    guard
        let encoder = RecordingFormat(container: container).makeEncoder(trackCount: 1, serial: 1)
    else { return 0 }
    var bytes = encoder.begin().count
    let start = threadNanoseconds()
    for stretch in stretches {
        let (samples, frameCount) = stretch.brought(to: 1, from: 2)
        bytes += encoder.encode(samples, frameCount: frameCount).count
    }
    let cost = threadNanoseconds() - start
    precondition(bytes > 10 * stretches.count)
    return cost
}
