import ArgumentParser
import PBX

/// What the tool ends with: documented in `pbxctl --help`, and kept to those of sysexits.h.
enum Exit {
    static var refused: ExitCode { ExitCode(1) }
    static var notRunning: ExitCode { ExitCode(69) }
    static var failed: ExitCode { ExitCode(74) }
    static var settings: ExitCode { ExitCode(78) }

    static func code(for kind: Refusal.Kind) -> ExitCode {
        switch kind {
        case .input, .notFound, .conflict: refused
        case .notRunning: notRunning
        case .storage: failed
        }
    }
}
