import ArgumentParser
import PBX
import Settings

/// The exchange as a daemon.
@main
struct PBXD: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pbxd",
        abstract: "A telephone exchange for SIP phones.",
        discussion: """
            Prints one line beginning with 'ready' when it accepts calls, and logs to standard \
            error. SIGTERM or SIGINT ends it in order: no new calls, those that are up go on for \
            calls.drain seconds at most, records are written; a second one hangs up at once. \
            SIGHUP reads the TLS certificate again, without dropping calls.

            Exit codes: 0 ended in order, 64 wrong arguments, 65 a damaged database, 69 a port or \
            address that can't be had, 73 a file or folder that can't be made, 77 no permission, \
            78 wrong settings, 70 a fault of the exchange.
            """,
        version: productVersion)

    @Option(name: [.short, .long], help: "The settings file (YAML); without it, ./data is used.")
    var config: String?

    func run() async throws {
        do {
            let settings = try config.map { try Settings.load(path: $0) } ?? Settings.standard
            try await Daemon(settings: settings, makesSamples: config == nil).run()
        } catch {
            try DaemonFailure.end(with: error)
        }
    }
}

/// What `--version`, User-Agent and Server say.
let productVersion = "0.1.0"
