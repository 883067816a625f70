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
        subcommands: [ShowCall.self, HangUpCall.self])
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

/// `call hangup ID`: ends a call that is up.
struct HangUpCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hangup", abstract: "Ends a call.")

    @Argument(help: "As `pbxctl calls` shows it.") var callID: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.hangUp(callID: callID)) }
}
