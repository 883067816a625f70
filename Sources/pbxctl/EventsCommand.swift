import ArgumentParser
import Foundation
import PBX

/// `pbxctl events`
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Shows how things are, and what happens.",
        discussion: """
            Prints the calls that are up and the extensions that can be reached; with --follow then \
            every event as it comes, until interrupted. With --json one object a line.
            """)

    /// How long one question waits for news.
    private static let patienceInSeconds = 30

    @Flag(help: "Go on with every event as it comes.") var follow = false
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).converse { reply in
            guard let reply else { return .readEvents(after: nil, patienceInSeconds: 0) }
            guard case .events(let batch) = reply else {
                Output.show(reply, asJSON: common.json)
                throw Exit.failed
            }
            if common.json { EventLines.printJSON(batch) } else { EventLines.print(batch) }
            return follow
                ? .readEvents(
                    after: batch.position, patienceInSeconds: Self.patienceInSeconds) : nil
        }
    }
}

/// How events are printed: a line each, at once, so that another tool can read them from a pipe.
enum EventLines {
    static func print(_ batch: EventBatch) {
        if let picture = batch.picture {
            let calls = picture.calls.values.sorted { $0.callID < $1.callID }
            write("\(calls.count) calls, \(picture.extensions.count) extensions registered")
            for trunk in picture.trunks.values.sorted(by: { $0.trunkID < $1.trunkID }) {
                write(trunk.words)
            }
            for call in calls {
                let phase =
                    call.answeredAt != nil ? "talking" : call.isRinging ? "ringing" : "seeking"
                write(
                    "call \(call.callID): \(call.caller.number) and \(call.callee.number), \(phase)"
                )
            }
        }
        for event in batch.events { write("\(event.at) \(event.number) \(event.words)") }
    }

    static func printJSON(_ batch: EventBatch) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func line(_ value: some Encodable) {
            guard let bytes = try? encoder.encode(value) else { return }
            write(String(decoding: bytes, as: UTF8.self))
        }
        if let picture = batch.picture {
            line(PictureLine(position: batch.position, picture: picture))
        }
        for event in batch.events { line(event) }
    }

    private struct PictureLine: Encodable {
        var position: EventPosition
        var picture: ExchangePicture
    }

    private static func write(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
