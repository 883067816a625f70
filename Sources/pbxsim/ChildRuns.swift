import Foundation
import Glibc
import Sim

/// One child's end.
struct ChildEnd: Sendable {
    /// The words it was started with.
    var words: [String]
    var output: String
    /// What it left behind: its exit code, the signal that ended it, or time run out.
    var how: How

    enum How: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        case outOfTime
    }

    /// What the run said of itself, where it came to its end.
    var outcome: RunOutcome? { try? RunOutcome(json: output) }

    /// Why the run counts as failed: the first broken claim, or how the process died. Nil where it
    /// is good.
    var failure: String? {
        switch how {
        case .outOfTime: return "the run did not end in time"
        case .signalled(let signal): return "the process died of signal \(signal)"
        case .exited(let status):
            guard let outcome else { return "the process ended with \(status) and no report" }
            if let first = outcome.broken.first { return first.claim }
            return outcome.verdict == "good" ? nil : "the run reached past the world"
        }
    }
}

/// Starts this executable anew for each simulated run, several at a time.
///
/// A run takes over the executors, the clock and the randomness of its whole process.
struct ChildRuns {
    private final class Child {
        let process = Process()
        let index: Int
        var output: [UInt8] = []
        let pipe = Pipe()
        let deadline: Duration

        init(index: Int, deadline: Duration) {
            self.index = index
            self.deadline = deadline
        }

        var descriptor: Int32 { pipe.fileHandleForReading.fileDescriptor }
    }

    /// At once.
    var jobs: Int
    /// Real time that one run may take.
    var timeLimit = Duration.seconds(900)
    /// Started in turn: builds of the same source. Empty: this executable.
    var programs: [String] = []
    /// What is added to the surroundings of the children, in turn.
    var environments: [[String: String]] = []

    /// Runs every command, and says of each how it ended, in the order of the ends.
    ///
    /// - Parameter each: gets the command's index; false starts no more.
    func run(_ commands: [[String]], each: (Int, ChildEnd) -> Bool) throws {
        var next = 0
        var goesOn = true
        var children: [Child] = []
        while goesOn && next < commands.count || !children.isEmpty {
            while goesOn, next < commands.count, children.count < jobs {
                children.append(try start(next, commands[next]))
                next += 1
            }
            for child in collect(&children) {
                let end = ChildEnd(
                    words: commands[child.index],
                    output: String(decoding: child.output, as: UTF8.self), how: howEnded(child))
                goesOn = each(child.index, end) && goesOn
            }
        }
    }

    private func start(_ index: Int, _ words: [String]) throws -> Child {
        let child = Child(index: index, deadline: SimulatedProcess.realTime + timeLimit)
        let program = programs.isEmpty ? "/proc/self/exe" : programs[index % programs.count]
        child.process.executableURL = URL(fileURLWithPath: program).resolvingSymlinksInPath()
        child.process.arguments = words
        if !environments.isEmpty {
            child.process.environment = ProcessInfo.processInfo.environment.merging(
                environments[index / max(1, programs.count) % environments.count]
            ) { $1 }
        }
        child.process.standardOutput = child.pipe
        child.process.standardError = FileHandle.nullDevice
        try child.process.run()
        return child
    }

    /// Waits until a child has ended or run out of time; takes those out of the list.
    private func collect(_ children: inout [Child]) -> [Child] {
        var polls = children.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        poll(&polls, nfds_t(polls.count), 1000)
        var ended: [Child] = []
        for (child, poll) in zip(children, polls) {
            if poll.revents != 0 {
                let bytes = child.pipe.fileHandleForReading.availableData
                child.output += bytes
                if bytes.isEmpty { ended.append(child) }
            } else if SimulatedProcess.realTime > child.deadline {
                kill(child.process.processIdentifier, SIGKILL)
                ended.append(child)
            }
        }
        children.removeAll { child in ended.contains { $0 === child } }
        return ended
    }

    private func howEnded(_ child: Child) -> ChildEnd.How {
        child.process.waitUntilExit()
        if SimulatedProcess.realTime > child.deadline { return .outOfTime }
        let status = child.process.terminationStatus
        return child.process.terminationReason == .exit ? .exited(status) : .signalled(status)
    }
}
