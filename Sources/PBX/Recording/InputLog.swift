import Foundation
import Platform
import Synchronization

/// The last inputs as lines of JSON, in memory, by call.
public final class InputLog: InputRecorder {
    /// The oldest lines go beyond that many bytes.
    public static var byteLimit: Int { 16 << 20 }

    /// One line: an input with its time and revision.
    struct Line<Input: Codable>: Codable {
        var owner: String
        var instant: Instant
        var at: WallTime
        var revision: Int64
        var input: Input
    }

    private struct Writing<Input: Encodable>: Encodable {
        var owner: String
        var instant: Instant
        var at: WallTime
        var revision: Int64
        var input: Input
    }

    private struct Kept {
        var lines: [(owner: String, line: [UInt8])] = []
        var first = 0
        var byteCount = 0
    }

    private let kept = Mutex(Kept())
    private let byteLimit: Int

    public init(byteLimit: Int = InputLog.byteLimit) {
        self.byteLimit = byteLimit
    }

    public func record(_ input: RecordedInput) {
        // What can't be written is left out: its call then replays up to there.
        guard let line = try? encoded(input.event, of: input) else { return }
        kept.withLock { kept in
            kept.lines.append((input.owner, line))
            kept.byteCount += line.count
            while kept.byteCount > byteLimit, kept.first < kept.lines.count {
                kept.byteCount -= kept.lines[kept.first].line.count
                kept.lines[kept.first].line = []
                kept.first += 1
            }
            if kept.first > kept.lines.count / 2 {
                kept.lines.removeFirst(kept.first)
                kept.first = 0
            }
        }
    }

    private func encoded(_ event: some Encodable, of input: RecordedInput) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(
            try encoder.encode(
                Writing(
                    owner: input.owner, instant: input.instant, at: input.at,
                    revision: input.revision, input: event)))
    }

    /// The lines of one call, the oldest first.
    public func lines(of owner: String) -> [[UInt8]] {
        kept.withLock { kept in
            kept.lines[kept.first...].filter { $0.owner == owner }.map(\.line)
        }
    }
}
