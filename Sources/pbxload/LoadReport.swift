import Histogram
import Sim

/// What a load came to: for machines as JSON, for people by `text`.
struct LoadReport: Codable, Equatable, Sendable {
    /// A distribution of times in milliseconds; nil where nothing was measured.
    struct Times: Codable, Equatable, Sendable {
        var count: Int
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double
        var max: Double

        init?(microseconds: Histogram<UInt64>) {
            guard microseconds.totalCount > 0 else { return nil }
            func at(_ percentile: Double) -> Double {
                Double(microseconds.valueAtPercentile(percentile)) / 1000
            }
            count = Int(microseconds.totalCount)
            p50 = at(50)
            p90 = at(90)
            p99 = at(99)
            p999 = at(99.9)
            max = Double(microseconds.max) / 1000
        }
    }

    struct Registrations: Codable, Equatable, Sendable {
        var succeeded: Int
        var failed: Int
        var latency: Times?
    }

    struct Calls: Codable, Equatable, Sendable {
        var placed: Int
        var talked: Int
        var failed: Int
        /// Due while no phone was free.
        var missed: Int
        var perSecond: Double
        /// From INVITE to ringing.
        var ringing: Times?
        /// From INVITE to the answer; holds the time that it was let ring.
        var setUp: Times?
    }

    struct Sound: Codable, Equatable, Sendable {
        var plan: String
        var judgedCalls: Int
        var heardCalls: Int
        /// Of the judged; nil where there were none.
        var heardRate: Double?
        var callsWithStrangers: Int
        var sentPackets: Int
        var expectedPackets: Int
        var lostPackets: Int
        var lossRate: Double?
        var jitter: Times?
        /// Packets that were not sent because their destination may not be loaded.
        var withheldPackets: Int
    }

    /// Of this process.
    struct Usage: Codable, Equatable, Sendable {
        var registeringCPUSeconds: Double
        var callingCPUSeconds: Double
        var registrationCPUMicroseconds: Double?
        var callCPUMicroseconds: Double?
        var peakMemoryBytes: Int
        /// What phones added before the first call.
        var memoryBytesPerPhone: Int
    }

    var target: String
    var phones: Int
    var callingSeconds: Double
    var registrations: Registrations
    var calls: Calls
    var sound: Sound
    /// How often, by cause.
    var failures: [String: Int]
    var complaints: Int
    var someComplaints: [String]
    var usage: Usage
    /// All that counts as failure.
    var failureCount: Int
    var maxFailures: Int
    var isGood: Bool
}

extension LoadReport {
    /// The share, or nil of nothing.
    static func share(_ part: Int, of whole: Int) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }

    init(
        target: String, core: LoadCore, callingSeconds: Double, withheldPackets: Int, usage: Usage,
        maxFailures: Int
    ) {
        let tally = core.tally
        self.target = target
        phones = core.plan.numbers.count
        self.callingSeconds = callingSeconds
        registrations = Registrations(
            succeeded: tally.registeredCount, failed: tally.registrationFailureCount,
            latency: Times(microseconds: tally.registrationLatency))
        calls = Calls(
            placed: tally.placedCount, talked: tally.talkedCount, failed: tally.failedCount,
            missed: tally.missedCount,
            perSecond: callingSeconds > 0 ? Double(tally.placedCount) / callingSeconds : 0,
            ringing: Times(microseconds: tally.ringingLatency),
            setUp: Times(microseconds: tally.setUpLatency))
        sound = Sound(
            plan: core.plan.sound.rawValue, judgedCalls: tally.judgedCount,
            heardCalls: tally.heardCount,
            heardRate: Self.share(tally.heardCount, of: tally.judgedCount),
            callsWithStrangers: tally.strangerCount, sentPackets: tally.sentPackets,
            expectedPackets: tally.expectedPackets, lostPackets: tally.lostPackets,
            lossRate: Self.share(tally.lostPackets, of: tally.expectedPackets),
            jitter: Times(microseconds: tally.jitter), withheldPackets: withheldPackets)
        failures = tally.failures
        complaints = tally.complaintCount
        someComplaints = tally.complaints
        self.usage = usage
        failureCount = tally.failureCount
        self.maxFailures = maxFailures
        // A load in which nothing happened has proved nothing.
        let hasDone = tally.registeredCount + tally.talkedCount > 0
        isGood = hasDone && failureCount <= maxFailures
    }
}
