import Platform
import Testing

@testable import Media

/// Phones at ports 20000, 20002 … of a bench, each with a leg of its own.
final class SoundParty {
    let bench = RelayBench()
    var phones: [TalkingPhone] = []

    func add(_ format: SoundFormat, hertz: Double) throws -> MediaLegID {
        let number = phones.count
        let leg = MediaLegID(number: UInt64(number + 10))
        phones.append(try TalkingPhone(format, hertz: hertz))
        bench.apply(.open(leg, MediaLegSetup(callKey: 7), sink: bench.log))
        describe(leg, format)
        return leg
    }

    func describe(_ leg: MediaLegID, _ format: SoundFormat, receives: Bool = true) {
        let number = Int(leg.number) - 10
        guard let address = SocketAddress(remote(number)) else { return }
        bench.apply(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, trustedSources: [address.address],
                    remoteReceives: receives,
                    sound: SoundDescription(received: [format], sent: format))))
    }

    private func remote(_ number: Int) -> String { "192.0.2.\(number + 1):4000" }

    func talk(milliseconds: Int, silent: Set<Int> = []) {
        let start = bench.now
        for time in stride(from: 0, to: milliseconds, by: 20) {
            bench.now = start + .milliseconds(Int64(time))
            for number in phones.indices where !silent.contains(number) {
                let port = UInt16(20_000 + 2 * number)
                _ = bench.arrive(phones[number].next(), at: port, from: remote(number))
            }
            bench.sockets.sent = []
            bench.core.tick(now: bench.now, into: &bench.sockets)
            for sent in bench.sockets.sent {
                phones[Int(sent.from - 20_000) / 2].hear(sent.bytes)
            }
        }
        bench.now = start + .milliseconds(Int64(milliseconds))
    }

    /// How loud each tone is in what a phone heard last, by its share of the whole.
    func share(of hertz: Double, in number: Int) -> Double {
        let phone = phones[number]
        let heard = phone.heard.suffix(phone.rate)
        return Tones.purity(heard, hertz, sampleRate: phone.rate)
    }
}
