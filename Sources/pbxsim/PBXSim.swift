import ArgumentParser
import Sim

/// The simulated world at the command line.
@main
struct PBXSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pbxsim",
        abstract: "Runs the exchange in a simulated world, where one seed decides everything.",
        subcommands: [
            Run.self, Soak.self, Shrink.self, Verify.self, Load.self, Probe.self,
        ])

    static func main() {
        SimulatedProcess.fixHashSeed()
        main(nil)
    }
}
