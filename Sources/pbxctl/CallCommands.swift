import ArgumentParser
import PBX

/// `pbxctl registrations`
struct RegistrationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registrations", abstract: "Lists where phones are registered.",
        discussion: "Of a stopped exchange: those that its next start finds standing.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listRegistrations) }
}

/// `pbxctl calls`
struct CallsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Lists the calls that are up, or the finished ones.")

    @Flag(help: "The call log, newest first.") var finished = false
    @Option(help: "How many finished calls at most.") var limit = 50
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(finished ? .listFinishedCalls(limit: limit) : .listCalls)
    }
}

/// `pbxctl call …`
struct CallCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Acts on a call.",
        subcommands: [ShowCall.self, RecordCall.self, MuteCall.self, HangUpCall.self])
}

/// `call show ID`: what happened in a call, and why it ended.
struct ShowCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells all that is known of a call.",
        discussion: """
            Who, how it ended, the legs with their audio, what was decided, and the messages of all \
            legs as a ladder. Of calls that are up and of the last that ended; a restart forgets them.
            """)

    @Argument(help: "As `pbxctl calls` shows it.") var callID: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.showCall(callID: callID)) }
}

/// `call record ID`: begins a recording.
struct RecordCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Has a call recorded, or with --off no longer.",
        discussion: """
            Of a call in a conference all that is said there is recorded, and those inside are told so.
            """)

    @Argument(help: "As `pbxctl calls` shows it.") var callID: String
    @Flag(help: "End the recording.") var off = false
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.recordCall(callID: callID, isOn: !off)) }
}

/// `call mute ID`: who is in a conference is heard no more.
struct MuteCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Has who is in a conference heard by nobody there, or with --off again.",
        discussion: "It hears the others as before.")

    @Argument(help: "As `pbxctl calls` shows it.") var callID: String
    @Flag(help: "It is heard again.") var off = false
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.muteCall(callID: callID, isOn: !off)) }
}

/// `pbxctl recordings`
struct RecordingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recordings", abstract: "Lists the files of recordings, the newest last.",
        discussion: "One whose name ends with .part is still being written.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listRecordings) }
}

/// `call hangup ID`: ends a call that is up.
struct HangUpCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hangup", abstract: "Ends a call.")

    @Argument(help: "As `pbxctl calls` shows it.") var callID: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.hangUp(callID: callID)) }
}
