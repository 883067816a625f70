import ArgumentParser
import PBX

/// `pbxctl route …`
struct RouteCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Says which trunks take calls to the outside.",
        discussion: """
            The rule with the longest prefix counts; its trunks are tried in order. Extensions \
            win over every rule.
            """,
        subcommands: [AddRoute.self, ListRoutes.self, SetRoute.self, RemoveRoute.self])
}

/// What `route add` and `route set` have in common.
struct RouteOptions: ParsableArguments {
    @Option(help: "So many digits are taken from the front.") var strip: Int?
    @Option(help: "What is then put before.") var prepend: String?
}

/// `route add PREFIX --trunks A,B`
struct AddRoute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a rule.")

    @Argument(help: #"What the dialled number begins with; "" for every number."#)
    var prefix: String
    @Option(help: "Trunks in the order of trying, with commas; at most 5.") var trunks: String
    @OptionGroup var options: RouteOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(
            .addRoute(
                RouteDraft(
                    prefix: prefix, trunks: trunks.split(separator: ",").map(String.init),
                    strip: options.strip, prepend: options.prepend)))
    }
}

/// `route list`
struct ListRoutes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the rules, by prefix.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listRoutes) }
}

/// `route set PREFIX`
struct SetRoute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a rule.")

    @Argument var prefix: String
    @Option(help: "Trunks in the order of trying, with commas.") var trunks: String?
    @OptionGroup var options: RouteOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(
            .changeRoute(
                RouteDraft(
                    prefix: prefix, trunks: trunks?.split(separator: ",").map(String.init),
                    strip: options.strip, prepend: options.prepend)))
    }
}

/// `route remove PREFIX`
struct RemoveRoute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a rule.")

    @Argument var prefix: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.removeRoute(prefix: prefix)) }
}
