import ArgumentParser
import PBX

/// `pbxctl drain`
struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Takes no new calls; those that are up go on.",
        discussion: """
            Says how many calls are up; give it again to see them become fewer. The daemon runs on; \
            SIGTERM ends it, which drains by itself for as long as calls.drain says.
            """)

    @Flag(help: "Take new calls again.") var off = false
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.drain(isOn: !off)) }
}

/// As JSON.
struct DrainStanding: Encodable {
    var refusesCalls: Bool
    var callCount: Int
}
