import ArgumentParser
import Foundation
import Glibc

/// Real load, by the executable beside this one that has nothing interposed.
struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Loads a SIP server over real sockets with virtual phones: see `pbxload --help`.")

    @Argument(parsing: .captureForPassthrough, help: "What `pbxload` is given.")
    var words: [String] = []

    func run() throws {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = own.deletingLastPathComponent().appendingPathComponent("pbxload").path
        var arguments = ([path] + words).map { strdup($0) } + [nil]
        execv(path, &arguments)
        throw ValidationError("\(path) cannot be started: \(String(cString: strerror(errno)))")
    }
}
