import Foundation
import Testing

/// What a `pbxsim` run printed and how it ended.
struct Outcome {
    var output: String
    var status: Int32

    /// The words after a line's first: `line("hash")` is the trace hash.
    func line(_ name: String) -> String? {
        let prefix = name + " "
        return output.split(separator: "\n").first { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }

    /// The number that stands after a word on a line: `number("talked", on: "calls")`.
    func number(_ word: String, on name: String) -> Int? {
        let words = [name] + (line(name) ?? "").split(separator: " ").map(String.init)
        guard let place = words.firstIndex(of: word), place + 1 < words.count else { return nil }
        return Int(words[place + 1])
    }

    /// Nothing ran off the simulator's thread, and nothing read the machine's clock or entropy.
    var isTight: Bool {
        number("off-thread", on: "jobs") == 0
            && line("not-virtual") == "clock 0 entropy 0 threads 0"
    }
}

/// Starts `pbxsim` as a child: one process per simulated run, because the run takes over the
/// executors of its whole process.
enum Simulator {
    /// The built product: in the folder `PBXSIM_PRODUCTS` names, such as that of the release build,
    /// which is as good and several times as fast; else beside the test bundle.
    private static func find(_ product: String) -> URL {
        if let folder = ProcessInfo.processInfo.environment["PBXSIM_PRODUCTS"] {
            return URL(fileURLWithPath: folder).appendingPathComponent(product)
        }
        return findBeside(product)
    }

    private static func findBeside(_ product: String) -> URL {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") } + ["/proc/self/exe"]
        let products = bundles.map { path in
            URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent(product)
        }
        return products.first { FileManager.default.isExecutableFile(atPath: $0.path) }
            ?? products[0]
    }

    /// The release build's `pbxsim`, where there is one that is no older than the debug build's: an
    /// older one may be of another source.
    static var releaseBuild: String? {
        let debug = findBeside("pbxsim")
        let release = debug.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("release/pbxsim")
        guard let own = modified(debug), let other = modified(release), other >= own else {
            return nil
        }
        return release.path
    }

    private static func modified(_ file: URL) -> Date? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return attributes?[.modificationDate] as? Date
    }

    static func run(
        _ words: String..., environment: [String: String] = [:], product: String = "pbxsim"
    ) throws -> Outcome {
        try run(words, environment: environment, product: product)
    }

    static func run(
        _ words: [String], environment: [String: String] = [:], product: String = "pbxsim"
    ) throws -> Outcome {
        let child = Process()
        child.executableURL = find(product)
        child.arguments = words
        child.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        child.standardOutput = pipe
        child.standardError = FileHandle.nullDevice
        try child.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        child.waitUntilExit()
        return Outcome(
            output: String(decoding: output, as: UTF8.self), status: child.terminationStatus)
    }
}
