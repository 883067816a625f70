import ArgumentParser
import Foundation
import PBX
import PlatformLinux
import Settings

/// How the daemon says that it can't start: one text that says what to do, and an exit code of
/// sysexits.h.
enum DaemonFailure {
    static func end(with error: any Error) throws -> Never {
        FileHandle.standardError.write(Data("pbxd: \(error)\n".utf8))
        throw ExitCode(code(for: error))
    }

    private static func code(for error: any Error) -> Int32 {
        switch error {
        case is SettingsError: EX_CONFIG
        case let error as StoreError: code(for: error)
        case SignallingError.permission: EX_NOPERM
        case is SignallingError: EX_UNAVAILABLE
        case ControlError.inUse: EX_UNAVAILABLE
        case is ControlError: EX_CANTCREAT
        case is CertificateError: EX_CONFIG
        case is MediaLoopsError: EX_UNAVAILABLE
        case is NamesError: EX_UNAVAILABLE
        case is FolderFailure: EX_CANTCREAT
        default: EX_SOFTWARE
        }
    }

    private static func code(for error: StoreError) -> Int32 {
        switch error {
        case .corrupt, .foreign, .madeByNewerVersion: EX_DATAERR
        case .readOnly: EX_NOPERM
        case .inUse: EX_UNAVAILABLE
        case .cannotOpen, .diskFull, .inputOutput: EX_CANTCREAT
        case .configuration, .overloaded, .closed, .fault: EX_SOFTWARE
        }
    }
}

/// The data folder can't be made.
struct FolderFailure: Error, CustomStringConvertible {
    var path: String
    var why: String

    var description: String {
        "the data folder \(path) can't be made (\(why)); make it, or set another 'data' folder"
    }
}
