import ArgumentParser
import Glibc
import Sim

/// Runs a seed twice, each in a process of its own, and compares.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a seed twice in two processes: the traces must be equal.")

    @OptionGroup var options: RunOptions

    func run() throws {
        _ = try options.plan()
        let runs = [Self.child(options), Self.child(options)]
        for run in runs { print(run.output, terminator: "") }
        let hashes = runs.map { run in
            run.output.split(separator: "\n").first { $0.hasPrefix("hash ") }
        }
        let isEqual = hashes[0] != nil && hashes[0] == hashes[1]
        print("traces \(isEqual ? "equal" : "different")")
        if !isEqual || runs.contains(where: { $0.status != 0 }) { throw ExitCode(1) }
    }

    /// Runs this executable with `run`, and gives what it printed.
    private static func child(_ options: RunOptions) -> (output: String, status: Int32) {
        let words = [
            "exec /proc/\(getpid())/exe run --seed \(options.seed) --phones \(options.phones)",
            "--duration \(options.duration) --faults \(options.faults)",
        ]
        guard let pipe = popen(words.joined(separator: " "), "r") else { return ("", -1) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        return (String(decoding: output, as: UTF8.self), pclose(pipe))
    }
}
