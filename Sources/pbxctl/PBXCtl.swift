import ArgumentParser

/// The administrator's tool: talks to the running daemon, or works on a stopped one's database.
@main
struct PBXCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pbxctl",
        abstract: "Administers the telephone exchange.",
        discussion: """
            Talks to the running pbxd; works on its database when it is stopped.

            --config FILE and --json go with every command, before it or after it.

            Exit codes: 0 done; 1 refused, nothing was changed (or a check found problems); \
            64 wrong usage; 69 needs the running exchange; 74 storage or control socket failed; \
            78 the settings file is wrong.
            """,
        subcommands: [
            ExtensionCommands.self, RegistrationsCommand.self, CallsCommand.self,
            CallCommands.self, TrunkCommands.self, RouteCommands.self, BanCommands.self,
            RecordingsCommand.self, FaxCommands.self, MusicCommands.self, DrainCommand.self,
            EventsCommand.self,
            CheckCommand.self, RevisionsCommand.self,
            UndoCommand.self,
        ])

    static func main() {
        main(CommonOptions.movedBehind(Array(CommandLine.arguments.dropFirst())))
    }
}

/// What goes with every command.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's settings file.", valueName: "file"))
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Moves what stands before the command behind it, where the command's parser finds it.
    static func movedBehind(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var moved: [String] = []
        while let first = rest.first {
            if first == "--config", rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if first == "--json" || first.hasPrefix("--config=") {
                moved.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard !rest.isEmpty, rest.first?.hasPrefix("-") != true else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + moved + Array(rest[end...])
    }
}
