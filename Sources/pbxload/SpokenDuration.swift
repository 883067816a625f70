import ArgumentParser

/// A duration as people write it: `200ms`, `90s`, `20m`, `8h`.
struct SpokenDuration: ExpressibleByArgument, Equatable, Sendable {
    /// A day: no load runs longer unwatched.
    static let longest = Duration.seconds(24 * 3600)

    var duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
        ]
        for unit in units where argument.hasSuffix(unit.suffix) {
            let digits = argument.dropLast(unit.suffix.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int64(digits), number <= 86_400_000
            else { continue }
            let duration = Duration.milliseconds(number * unit.milliseconds)
            guard duration <= Self.longest else { return nil }
            self.duration = duration
            return
        }
        return nil
    }

    var defaultValueDescription: String {
        let milliseconds = duration / .milliseconds(1)
        return milliseconds.truncatingRemainder(dividingBy: 1000) == 0
            ? "\(Int(milliseconds / 1000))s" : "\(Int(milliseconds))ms"
    }
}
