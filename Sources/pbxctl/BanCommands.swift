import ArgumentParser
import PBX

/// `pbxctl bans …`
struct BanCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bans", abstract: "Lists who is banned for guessing, and lifts bans.",
        discussion: """
            Who tries wrong passwords again and again gets no answer for a while: a minute the \
            first time, four times as long each further time. Networks that are never banned stand \
            in the settings file, under abuse.allow.
            """,
        subcommands: [ListBans.self, LiftBan.self], defaultSubcommand: ListBans.self)
}

/// `bans list`
struct ListBans: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the addresses that are banned now.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listBans) }
}

/// `bans lift ADDRESS`
struct LiftBan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift", abstract: "Lets an address in again, and forgets what it did.")

    @Argument(help: "The address, as the list has it.") var address: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.liftBan(source: address)) }
}

extension TextTable {
    init(_ list: [BanPicture]) {
        header = ["SOURCE", "FOR", "SECONDS LEFT", "BANS", "DROPPED"]
        rows = list.map {
            [
                $0.source, $0.reason, String($0.secondsLeft), String($0.count),
                String($0.droppedCount),
            ]
        }
    }
}
