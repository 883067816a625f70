import ArgumentParser
import Platform
import Sim

/// Who is in an office, and how they telephone.
struct PeopleOptions: ParsableArguments {
    @Option(help: "Phones of each extension; 1 to 3, drawn for each, where not given.")
    var phonesPerExtension: Int?

    @Option(help: "Attempts to call, of all phones together, at the busiest time of the day.")
    var callsPerSecond: Double?

    @Option(help: "How long people talk, on average.")
    var talkTime = "25s"

    @Flag(
        inversion: .prefixedNo, help: "Phones have quirks of their vendors, as the seed draws them."
    )
    var quirks: Bool?

    @Option(help: "When the run begins, such as 9:30; short runs take place at the peak.")
    var opensAt: String?

    /// - Parameter isQuirky: whether phones have quirks where nothing is said about it.
    func office(isQuirky: Bool = false) throws -> OfficePlan {
        var office = OfficePlan()
        office.quirks = quirks ?? isQuirky ? PhoneQuirk.allCases : []
        office.phonesPerExtension = phonesPerExtension.map { [$0] } ?? []
        office.workload.meanTalkTime = try DurationOption.read(talkTime)
        if let callsPerSecond {
            guard callsPerSecond >= 0, callsPerSecond <= 10_000 else {
                throw ValidationError("Calls per second are 0 to 10000.")
            }
            office.workload.callsPerHour = Int(callsPerSecond * 3600)
        }
        office.workload.opensAt = try opensAt.map(DurationOption.readTimeOfDay)
        if let fault = office.fault { throw ValidationError("\(fault).") }
        return office
    }

    /// The words that give a child the same people.
    var words: [String] {
        var words = ["--talk-time", talkTime]
        if let phonesPerExtension { words += ["--phones-per-extension", "\(phonesPerExtension)"] }
        if let callsPerSecond { words += ["--calls-per-second", "\(callsPerSecond)"] }
        if let quirks { words.append(quirks ? "--quirks" : "--no-quirks") }
        if let opensAt { words += ["--opens-at", opensAt] }
        return words
    }
}

/// Durations as people write them.
enum DurationOption {
    static func read(_ text: String) throws -> Duration {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            number > 0, number <= 100_000
        else { throw ValidationError("A duration is a number with s, m or h, such as 20m.") }
        return .seconds(number * unit)
    }

    /// Hours and minutes since midnight.
    static func readTimeOfDay(_ text: String) throws -> Duration {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 2, let hours = parts[0], let minutes = parts[1],
            (0...23).contains(hours), (0...59).contains(minutes)
        else { throw ValidationError("A time of day is written like 9:30.") }
        return .seconds(hours * 3600 + minutes * 60)
    }
}
