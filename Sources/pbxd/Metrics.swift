import PBX
import PlatformLinux

/// All figures of the daemon on one page.
struct Metrics: Sendable {
    let exchange: Exchange
    let signalling: LinuxSignalling
    let media: MediaLoops

    func compose(_ then: @escaping @Sendable (String) -> Void) {
        exchange.readMetrics { [signalling, media] text in
            var text = text
            Self.add(signalling.counters, to: &text)
            Self.add(media.counters, to: &text)
            then(text.text)
        }
    }

    private static func add(_ counters: SignallingCounters, to text: inout PrometheusText) {
        text.add(
            "datagrams_received_total", .counter, "SIP datagrams that were taken.",
            counters.datagramsReceived)
        text.add(
            "datagrams_turned_away_total", .counter, "SIP datagrams of banned or too fast sources.",
            counters.datagramsTurnedAway)
        text.add("datagrams_sent_total", .counter, "SIP datagrams sent.", counters.datagramsSent)
        text.add(
            "datagrams_lost_total", .counter, "SIP datagrams lost in a full queue of ours.",
            counters.datagramsLost)
        text.add(
            "connections_accepted_total", .counter, "Streams accepted.",
            counters.connectionsAccepted)
        text.add(
            "connections_refused_total", .counter, "Streams over a limit, or of banned sources.",
            counters.connectionsRefused)
    }

    private static func add(_ counters: MediaCounters, to text: inout PrometheusText) {
        text.add(
            "media_packets_received_total", .counter, "RTP and RTCP packets received.",
            counters.packetsReceived)
        text.add(
            "media_packets_sent_total", .counter, "RTP and RTCP packets sent.",
            counters.packetsSent)
        text.add(
            "media_packets_lost_total", .counter, "Packets that the kernel did not take.",
            counters.packetsLost)
        text.add(
            "media_lateness_seconds", .gauge, "The most that a media deadline was missed by.",
            .nanoseconds(counters.latenessInNanoseconds))
    }
}
