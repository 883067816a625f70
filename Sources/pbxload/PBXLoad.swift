import ArgumentParser
import Foundation

/// A load for SIP servers: the simulator's phones in real time, over real sockets.
@main
struct PBXLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pbxload",
        abstract: "Loads a SIP server with virtual phones that register, call and speak.",
        discussion: """
            The phones register, then call each other (or one number) at the pace that is given, \
            say something that proves who hears whom, hang up and sign off. Only loopback and \
            private addresses are loaded unless --allow-public-target is there; what is judged is \
            the address that a name leads to.

              pbxload --target udp:127.0.0.1:5060 --phones 200 --password-file secret.txt \
            --calls-per-second 20
              pbxload --target tls:pbx.lan --extensions people.csv --sound full --json
              pbxload --target udp:127.0.0.1:5070 --no-register --to 100 --sound off

            Exit codes: 0 good, 1 more failures than --max-failures or nothing done at all, 64 \
            wrong words or a target that may not be loaded.
            """)

    @OptionGroup(title: "Target") var target: TargetOptions
    @OptionGroup(title: "Phones") var phones: PhoneOptions
    @OptionGroup(title: "Calls") var calls: CallOptions
    @OptionGroup(title: "Report") var report: ReportOptions

    func run() async throws {
        let order = try LoadOrder(target, phones, calls, report)
        StopSignals.hold()
        let report = try await Load(order: order).run()
        print(self.report.json ? try Self.json(report) : report.text)
        if !report.isGood { throw ExitCode(1) }
    }

    private static func json(_ report: LoadReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
