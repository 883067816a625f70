import ArgumentParser
import Foundation
import PBX
import PlatformLinux
import Settings

/// `pbxctl check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks settings, certificates and database.",
        discussion: "Changes nothing. Exit code 1 where anything is wrong.")

    @OptionGroup var common: CommonOptions

    /// What is printed as JSON.
    struct Report: Encodable {
        var settings: String
        var problems: [String]
        var database: StoreCheck?
    }

    func run() throws {
        let desk = try Desk(common)
        var report = Report(
            settings: common.config ?? "standard",
            problems: desk.settings.certificate.map(CertificateCheck.problems) ?? [])
        if let problem = desk.settings.ownMusicFolder.flatMap(MusicFolder.problem) {
            report.problems.append("music.folder: \(problem)")
        }
        let hasDatabase = FileManager.default.fileExists(atPath: desk.settings.databasePath)
        if hasDatabase {
            switch try desk.reply(to: .check) {
            case .checked(let found):
                report.database = found
                report.problems += found.problems
            case let other:
                Output.show(other, asJSON: common.json)
                throw Exit.failed
            }
        }
        if common.json { Output.printJSON(report) } else { show(report) }
        if !report.problems.isEmpty { throw Exit.refused }
    }

    private func show(_ report: Report) {
        print("settings: \(report.settings)")
        if let database = report.database {
            print(
                "database: revision \(database.revision), \(database.extensionCount) extensions, "
                    + "\(database.bindingCount) bindings, \(database.finishedCallCount) finished "
                    + "calls, \(database.sizeInBytes / 1024) KiB")
        } else {
            print("database: none yet; the first start of pbxd makes it")
        }
        for problem in report.problems { print("problem: \(problem)") }
        if report.problems.isEmpty { print("all is well") }
    }
}

/// Looks at the certificate files as far as that needs no TLS library; pbxd looks deeper.
enum CertificateCheck {
    static func problems(_ files: CertificateFiles) -> [String] {
        let pairs = [
            (files.certificate, "-----BEGIN CERTIFICATE-----", "certificate"),
            (files.key, "PRIVATE KEY-----", "private key"),
        ]
        var problems: [String] = pairs.compactMap { path, mark, what in
            guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
                return "the \(what) \(path) cannot be read; check path and permissions"
            }
            guard String(decoding: bytes, as: UTF8.self).contains(mark) else {
                return "\(path) holds no \(what) in PEM form"
            }
            return nil
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: files.key)
        if let rights = attributes?[.posixPermissions] as? Int, rights & 0o007 != 0 {
            problems.append("everybody may read the private key \(files.key); chmod 600 it")
        }
        return problems
    }
}
