import ArgumentParser
import Foundation
import Glibc
import PlatformLinux
import Settings

/// `pbxctl music …`
struct MusicCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "music", abstract: "What those hear who wait.",
        discussion: """
            The sound files of one folder, one after the other by name, ten minutes at most; without \
            any a melody is heard. A running exchange finds what is new by itself within seconds.
            """,
        subcommands: [ListMusic.self, AddMusic.self, RemoveMusic.self],
        defaultSubcommand: ListMusic.self)
}

/// `music list`
struct ListMusic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the files, in the order of playing.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let settings = try Desk(common).settings
        let names = MusicFolder.names(in: settings.musicFolder)
        for name in names { print(name) }
        if let problem = settings.ownMusicFolder.flatMap(MusicFolder.problem) {
            Output.complain("music.folder: \(problem)")
        } else if names.isEmpty {
            Output.complain("no music of your own yet, so a melody is heard: pbxctl music add FILE")
        }
    }
}

/// `music add FILE`
struct AddMusic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Takes a sound file, of whatever form and rate.",
        discussion: "WAV, FLAC, Ogg, MP3 and what else libsndfile reads. It is kept converted.")

    @Argument(help: "The file.", completion: .file()) var file: String
    @Option(help: "What to call it; else as the file is called.") var name: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
        let folder = try Desk(common).settings.musicFolder
        let own = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        let name = name ?? own
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
            Output.complain("'\(name)' can't be a file's name")
            throw Exit.refused
        }
        let path = "\(folder)/\(name).wav"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let length = try SoundFile.convert(file, to: path + ".part")
            guard rename(path + ".part", path) == 0 else {
                throw SoundFile.Failure.unwritable(String(cString: strerror(errno)))
            }
            print("\(name).wav: \(length.components.seconds) s")
        } catch {
            let words = (error as? SoundFile.Failure)?.description ?? error.localizedDescription
            Output.complain("\(file): \(words)")
            throw Exit.failed
        }
    }
}

/// `music remove NAME`
struct RemoveMusic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes a file away.")

    @Argument(help: "As the list has it.") var name: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        let folder = try Desk(common).settings.musicFolder
        guard MusicFolder.names(in: folder).contains(name), unlink("\(folder)/\(name)") == 0 else {
            Output.complain("there is no '\(name)' in \(folder); see: pbxctl music list")
            throw Exit.refused
        }
    }
}
