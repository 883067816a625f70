import ArgumentParser
import PBX

/// `pbxctl fax …`
struct FaxCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fax", abstract: "Shows the faxes that came.",
        discussion: """
            Their files are where recordings are kept. To have an extension answer as a fax machine: \
            pbxctl extension set NUMBER --fax on.
            """,
        subcommands: [ListFaxes.self, ShowFax.self])
}

/// `fax list`
struct ListFaxes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists faxes that came, or tried to, newest first.")

    @Option(help: "How many at most.") var limit = 50
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listFaxes(limit: limit)) }
}

/// `fax show ID`
struct ShowFax: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells who sent a fax, how it came, and where it is.")

    @Argument(help: "As `pbxctl fax list` shows it.") var callID: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.showFax(callID: callID)) }
}
