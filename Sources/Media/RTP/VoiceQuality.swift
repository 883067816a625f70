import Platform

/// How good a call sounds by what the network did to it: the E-model (ITU-T G.107) with the losses of
/// G.113, as a mean opinion score of 1 to 4.4.
public struct VoiceQuality: Equatable, Sendable {
    /// What is the codec's own: what it takes off without any loss, and how well it bears loss.
    private struct Codec {
        var impairment: Double
        var robustness: Double

        init(named name: String?) {
            switch name?.uppercased() {
            case "PCMU", "PCMA", "L16": (impairment, robustness) = (0, 25.1)
            case "G722": (impairment, robustness) = (0, 20)
            case "OPUS": (impairment, robustness) = (0, 30)
            case "G729": (impairment, robustness) = (11, 19)
            case "GSM": (impairment, robustness) = (20, 10)
            default: (impairment, robustness) = (5, 15)
            }
        }
    }

    /// 0…93.2, the transmission rating.
    public let rating: Double

    /// - Parameters:
    ///   - codec: its encoding name.
    ///   - lostShare: 0…1, lost or too late to be heard.
    ///   - lossRuns: into how many runs the losses fell, of so many packets.
    ///   - delay: from mouth to ear.
    public init(
        codec: String?, lostShare: Double, lost: UInt64, lossRuns: UInt64, delay: Duration
    ) {
        let codec = Codec(named: codec)
        let share = min(max(lostShare, 0), 1)
        // How much longer the runs are than chance would make them (G.107 §3.6).
        var burst = 1.0
        if lossRuns > 0, share < 1 {
            burst = max(1, Double(lost) / Double(lossRuns) * (1 - share))
        }
        let percent = share * 100
        let effective =
            codec.impairment
            + (95 - codec.impairment) * percent / (percent / burst + codec.robustness)
        let milliseconds = Double(delay.nanoseconds) / 1_000_000
        let late = max(0, milliseconds - 177.3)
        rating = min(max(93.2 - effective - 0.024 * milliseconds - 0.11 * late, 0), 93.2)
    }

    /// What people would say, 1 (bad) to 4.4 (nothing better passes a telephone), in hundredths.
    public var score: Int {
        let value = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 0.000_007
        return Int((min(max(value, 1), 4.5) * 100).rounded())
    }
}

extension MediaCounters {
    /// How the party's sound came in, as far as it can be told; nil where hardly any did.
    ///
    /// The delay is half the round trip where that is known, and what packets and a jitter buffer add;
    /// none counts where people only listen.
    public func quality(codec: String?, isListening: Bool = false) -> VoiceQuality? {
        guard packetsReceived >= 50 else { return nil }
        let expected = Double(packetsReceived + lost)
        let late = Double(health.lateCount) * Double(packetsReceived)
        let lateShare = health.judgedCount > 0 ? late / Double(health.judgedCount) : 0
        let share = (Double(lost) + lateShare) / expected
        let buffer = Duration.nanoseconds(2 * health.jitter.nanoseconds)
        let way = Duration.nanoseconds((roundTrip ?? .zero).nanoseconds / 2)
        return VoiceQuality(
            codec: codec, lostShare: share, lost: lost, lossRuns: health.lossRuns,
            delay: isListening ? .zero : way + buffer + .milliseconds(60))
    }
}
