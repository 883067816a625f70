import ArgumentParser
import Foundation
import Sim

/// One run of a soak.
struct SoakRow {
    var seed: UInt64
    /// What `run` is given.
    var words: [String]
    /// What the seed found once.
    var story: String?
}

/// The file of seeds that once found something.
enum KeptSeeds {
    /// Reads the file: a line each, options of `run`, then `#` and a story.
    static func read(_ path: String) throws -> [SoakRow] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ValidationError("The kept seeds in \(path) cannot be read.")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return try lines.compactMap { line in
            let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts[0].split(separator: " ").map(String.init)
            if words.isEmpty { return nil }
            guard let options = try? RunOptions.parse(words), let plan = try? options.makePlan()
            else { throw ValidationError("\(path): these are no options of run: \(parts[0])") }
            let story = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : nil
            return SoakRow(seed: plan.seed, words: words, story: story)
        }
    }
}
