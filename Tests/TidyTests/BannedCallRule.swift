/// Calls that bring in time, randomness, threads or a crash from elsewhere than the seams.
///
/// The simulator can repeat a run only when nothing asks the machine behind its back.
struct BannedCallRule: Rule {
    /// One banned thing.
    struct Ban {
        /// The tokens in order, without spaces between: `["Task", ".", "sleep"]`.
        var tokens: [String]
        var reason: String
        /// Targets of `Sources`, or targets of `Tests`, where it is right.
        var allowedIn: Set<String> = []
        /// True where the ban holds in unit tests too.
        var holdsInTests = false
    }

    /// The one target that may touch the machine.
    private static let live: Set<String> = ["PlatformLinux"]
    /// The simulator's own gate to what it replaces.
    private static let gates: Set<String> = ["PlatformLinux", "Sim"]

    /// Files whose very purpose is to try what is banned.
    private static let exemptFiles: Set<String> = [
        // Reaches past the world on purpose: the simulator's counters must show it.
        "Sources/Sim/Run/KernelProbe.swift"
    ]

    static let bans: [Ban] =
        [
            Ban(tokens: ["Date", "(", ")"], reason: "ask World.time", allowedIn: live),
            Ban(tokens: ["Date", ".", "now"], reason: "ask World.time", allowedIn: live),
            Ban(tokens: ["ContinuousClock"], reason: "ask World.time", allowedIn: live),
            Ban(tokens: ["SuspendingClock"], reason: "ask World.time", allowedIn: live),
            Ban(tokens: ["DispatchTime"], reason: "ask World.time", allowedIn: live),
            Ban(
                tokens: ["ProcessInfo", ".", "processInfo", ".", "systemUptime"],
                reason: "ask World.time", allowedIn: live),
            Ban(
                tokens: ["SystemRandomNumberGenerator"], reason: "ask World.random", allowedIn: live
            ),
            Ban(tokens: ["UUID", "(", ")"], reason: "ask World.random", allowedIn: live),
            Ban(tokens: [".", "randomElement", "(", ")"], reason: "ask World.random"),
            Ban(tokens: [".", "shuffled", "(", ")"], reason: "ask World.random"),
            Ban(tokens: [".", "shuffle", "(", ")"], reason: "ask World.random"),
            Ban(
                tokens: ["Task", ".", "sleep"], reason: "a timer is an effect: World.timers",
                holdsInTests: true),
            Ban(
                tokens: ["Task", ".", "detached"], reason: "a task has an owner",
                holdsInTests: true),
            Ban(tokens: ["fatalError", "("], reason: "end the call, not the process"),
            Ban(tokens: ["try", "!"], reason: "handle the error", holdsInTests: true),
            Ban(tokens: ["as", "!"], reason: "test the type", holdsInTests: true),
            Ban(
                tokens: ["nonisolated", "(", "unsafe", ")"], reason: "prove it to the compiler",
                allowedIn: gates),
        ]
        + threads.map { Ban(tokens: [$0], reason: "threads are PlatformLinux's", allowedIn: gates) }
        + clocks.map {
            Ban(tokens: [$0, "("], reason: "time and chance are seams", allowedIn: gates)
        }

    private static let threads = [
        "DispatchQueue", "DispatchSemaphore", "DispatchGroup", "DispatchWorkItem", "DispatchSource",
        "DispatchSourceTimer", "Thread", "NSLock", "NSRecursiveLock", "NSCondition",
        "OperationQueue", "pthread_create", "pthread_mutex_lock", "RunLoop",
    ]
    private static let clocks = [
        "clock_gettime", "gettimeofday", "time", "getrandom", "arc4random", "rand", "random",
        "usleep", "sleep", "nanosleep", "RAND_bytes",
    ]

    func violations(in file: SourceFile) -> [Violation] {
        guard file.area == "Sources" || file.area == "Tests" else { return [] }
        guard !Self.exemptFiles.contains(file.path) else { return [] }
        // Tests of the live platform are about the machine; the rest of them must not touch it.
        if file.area == "Tests" && file.target == "PlatformLinuxTests" { return [] }
        return file.tokens.indices.flatMap { index in
            bannedCalls(in: file, at: index)
        }
    }

    private func bannedCalls(in file: SourceFile, at index: Int) -> [Violation] {
        let tokens = file.tokens
        let token = tokens[index]
        var found: [Violation] = []
        for ban in Self.bans where ban.tokens[0] == token.text {
            guard token.kind != .quoted, token.kind != .string,
                !ban.allowedIn.contains(file.target), file.area == "Sources" || ban.holdsInTests,
                Self.matches(ban.tokens, in: tokens, at: index)
            else { continue }
            found.append(
                Violation(
                    path: file.path, line: token.line,
                    message: "\(ban.tokens.joined()) is banned here: \(ban.reason)"))
        }
        if file.area == "Sources", Self.drawsWithoutGenerator(tokens, at: index) {
            found.append(
                Violation(
                    path: file.path, line: token.line,
                    message: ".random(in:) without using: is banned: ask World.random"))
        }
        return found
    }

    /// True where the ban's tokens stand here as a call or use of that very name: not as a member
    /// of something else (`alarm.time(…)`), a declaration, or a label.
    private static func matches(_ banned: [String], in tokens: [Token], at index: Int) -> Bool {
        guard index + banned.count <= tokens.count else { return false }
        for offset in banned.indices where tokens[index + offset].text != banned[offset] {
            return false
        }
        if banned == ["try", "!"] || banned == ["as", "!"] {
            return !tokens[index + 1].followsSpace
        }
        guard index > 0, banned[0] != "." else { return true }
        let before = tokens[index - 1]
        if before.text == "func" || before.text == "case" { return false }
        guard before.text == "." else { return true }
        // `Glibc.time(…)` is the banned call; `source.time(…)` is a member of our own.
        return index > 1 && ["Glibc", "Foundation", "Dispatch"].contains(tokens[index - 2].text)
    }

    /// True at the dot of `.random(in: …)` whose arguments name no generator.
    private static func drawsWithoutGenerator(_ tokens: [Token], at index: Int) -> Bool {
        guard tokens[index].text == ".", index + 3 < tokens.count,
            tokens[index + 1].text == "random", tokens[index + 2].text == "(",
            tokens[index + 3].text == "in" || tokens[index + 3].text == ")"
        else { return false }
        var depth = 0
        for token in tokens[(index + 2)...] {
            if token.text == "(" { depth += 1 }
            if token.text == ")" { depth -= 1 }
            if depth == 0 { return true }
            if depth == 1 && token.text == "using" { return false }
        }
        return true
    }
}
