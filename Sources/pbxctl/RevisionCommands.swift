import ArgumentParser
import PBX

/// `pbxctl revisions`
struct RevisionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revisions", abstract: "Lists every change of the configuration.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listRevisions) }
}

/// `pbxctl undo`
struct UndoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Takes back the last change, or the one named.",
        discussion: """
            Said twice it goes two changes back. Naming the number of an undo does its work again.
            """)

    @Argument(help: "As `pbxctl revisions` shows it.") var revision: Int64?
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.undo(revision: revision)) }
}
