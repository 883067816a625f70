import Media
import Platform

/// Says in plain words why a call sounded bad, by what its legs' packets did. A pure core.
struct MediaDoctor: Sendable {
    /// A party, and what came of it.
    struct Patient: Sendable, Equatable {
        /// Its number, as people know it.
        var name: String
        var counters: MediaCounters
        /// How long it talked.
        var talked: Duration
    }

    /// Who talked for less has hung up before anything could go wrong.
    private static let shortest = Duration.seconds(3)
    private static let longGap = Duration.seconds(3)
    /// Parts of what came.
    private static let muchLost = 0.02
    private static let muchLate = 0.05
    private static let muchStrange = 0.1
    private static let unevenness = Duration.milliseconds(50)
    /// A jitter buffer throws a frame away, or makes one up, three times a minute.
    private static let muchDrift = 100

    /// What was wrong; empty where nothing was.
    static func findings(_ patients: [Patient]) -> [String] {
        let talkers = patients.filter { $0.talked >= shortest }
        var words: [String] = []
        for patient in talkers {
            let others = talkers.filter { $0.name != patient.name }
            words += findings(of: patient, others)
        }
        return words
    }

    private static func findings(of patient: Patient, _ others: [Patient]) -> [String] {
        let counters = patient.counters, name = patient.name
        guard counters.packetsReceived > 0 else { return [silence(of: patient, others)] }
        var words: [String] = []
        let received = Double(counters.packetsReceived)
        let health = counters.health
        if health.longestGap >= longGap {
            words.append("no packets from \(name) for \(health.longestGap.components.seconds) s")
        }
        let lost = Double(counters.lost) / (received + Double(counters.lost))
        if lost >= muchLost {
            let runs = Double(counters.lost) / Double(max(1, health.lossRuns))
            let together = runs >= 2 ? ", \(Int(runs.rounded())) at a time" : ""
            words.append("\(percent(lost)) of \(name)'s packets were lost\(together)")
        }
        let late = Double(health.lateCount) / Double(max(1, health.judgedCount))
        if late >= muchLate {
            words.append("\(percent(late)) of \(name)'s packets came late")
        } else if health.jitter >= unevenness {
            let milliseconds = health.jitter.nanoseconds / 1_000_000
            words.append("\(name)'s packets come unevenly: jitter of \(milliseconds) ms")
        }
        if let drift = health.drift, abs(drift) >= muchDrift {
            let way = drift > 0 ? "fast" : "slow"
            words.append("clock drift: \(name)'s is \(abs(drift)) ppm \(way)")
        }
        if let type = health.strangeType, Double(health.strangeCount) >= received * muchStrange {
            words.append("codec mismatch: \(name) sends payload type \(type), not agreed on")
        }
        if counters.unauthentic > counters.packetsReceived / 10 {
            words.append("\(counters.unauthentic) packets as if from \(name) had a wrong key")
        }
        return words
    }

    /// Why nothing came.
    private static func silence(of patient: Patient, _ others: [Patient]) -> String {
        let counters = patient.counters
        let heard = others.first { $0.counters.packetsReceived > 0 }
        let what =
            heard.map { "one-way audio: \($0.name) was heard, but no packets came from" }
            ?? "no packets ever came from"
        var words = "\(what) \(patient.name)"
        if counters.strangers > 0 {
            words += " (\(counters.strangers) came from an address that it did not name)"
        } else if counters.unauthentic > 0 {
            words += " (\(counters.unauthentic) came with a wrong key)"
        } else if counters.packetsSent == 0 {
            words += ", nor went any to it"
        }
        return words
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

/// What a call's legs amounted to, once their ports are closed.
extension Call {
    /// Takes what one leg's media came to.
    func takeTotals(_ counters: MediaCounters, of number: LegNumber) {
        guard let leg = legs[number] else { return }
        let codec = leg.record.codec
        storeMedia(MediaTotals(counters, codec: codec), of: number)
        guard let answeredAt = leg.record.answeredAt else { return }
        let end = leg.record.endedAt ?? world.time.wallTime
        patients.append(
            MediaDoctor.Patient(
                name: leg.record.party.text, counters: counters,
                talked: .microseconds(max(0, end.microseconds - answeredAt.microseconds))))
        judgeSound()
    }

    /// When nobody talks any more, the log says what was wrong.
    private func judgeSound() {
        let isOpen = legs.values.contains { $0.record.answeredAt != nil && !$0.isMediaClosed }
        guard !isOpen, !patients.isEmpty else { return }
        let findings = MediaDoctor.findings(patients)
        patients = []
        guard !findings.isEmpty else { return }
        for words in findings { noteSound(words) }
        world.recorder.record(
            .info, "call.soundedBad",
            [("call", id.description), ("why", findings.joined(separator: "; "))])
    }
}
