import ArgumentParser
import PBX

/// `pbxctl extension …`
struct ExtensionCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extension", abstract: "Adds, lists, changes and removes extensions.",
        subcommands: [
            AddExtension.self, ImportExtensions.self, ListExtensions.self, ShowExtension.self,
            SetExtension.self, RenumberExtension.self, RemoveExtension.self,
        ])
}

/// `extension add NUMBER`: a person, an extension and a device in one step.
struct AddExtension: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds an extension with a phone.",
        discussion: "What is not given is drawn and printed once: it is kept nowhere.")

    @Argument(help: "1 to 15 digits.") var number: String
    @Option(help: "Whose extension it is.") var name: String
    @Option(help: "The phone's password, at least 6 characters.") var password: String?
    @Option(help: "The person's PIN, 4 to 12 digits.") var pin: String?
    @Option(help: "For recordings and notices.") var email: String?
    @Option(help: "Made when there is none of that name.") var group: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(
            .addExtension(
                NewExtension(
                    number: number, name: name, password: password, pin: pin, email: email,
                    group: group)))
    }
}

/// `extension import FILE.csv`: many at once, all or none.
struct ImportExtensions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Adds the extensions of a CSV file, all or none.",
        discussion: """
            The first line is: number,name,password,pin,email,group
            Columns may be left out but number and name. What is empty is drawn and printed once.
            """)

    @Argument(help: "The file, in UTF-8.") var file: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        let text = try TextFile.read(file)
        try Desk(common).perform(.importExtensions(csv: text))
    }
}

/// `extension list`: every extension, by number.
struct ListExtensions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists all extensions.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listExtensions) }
}

/// `extension show NUMBER`: one extension with its devices.
struct ShowExtension: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one extension and its devices.")

    @Argument var number: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.showExtension(number: number)) }
}

/// `extension set NUMBER`: changes a name, a secret or a policy.
struct SetExtension: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes an extension, its person or its first device.",
        discussion: "An empty text removes e-mail address or group.")

    @Argument var number: String
    @Option var name: String?
    @Option(help: "The phone's password.") var password: String?
    @Flag(help: "Draw a new password and print it once.") var drawPassword = false
    @Option(help: "The person's PIN.") var pin: String?
    @Option var email: String?
    @Option var group: String?
    @Option(help: "listener, sha256-only or md5-only.") var digest: DigestPolicy?
    @Option(help: "never, allowed, required, dtls or browser.") var encryption: EncryptionPolicy?
    @Option(help: "automatic, always or never.") var nat: NATPolicy?
    @Option(help: "Encoding names in order, such as opus,PCMA; empty: the exchange's own.")
    var codecs: String?
    @Option(help: "Are its calls recorded? never or always.") var recording: RecordingPolicy?
    @Option(help: "Does the exchange answer its calls as a fax machine? on or off.") var fax: OnOff?
    @Option(help: "Fax machines that call it: off, tell, or the fax number they are sent to.")
    var faxDetect: FaxDetection?
    @OptionGroup var common: CommonOptions

    func run() throws {
        let codecs = codecs.map { $0.split(separator: ",").map(String.init) }
        try Desk(common).perform(
            .changeExtension(
                number: number,
                ExtensionEdit(
                    name: name, password: password, pin: pin, email: email, group: group,
                    digest: digest, encryption: encryption, nat: nat, codecs: codecs,
                    recording: recording, takesFaxes: fax.map { $0 == .on },
                    faxDetection: faxDetect, drawsPassword: drawPassword)))
    }
}

/// `extension renumber OLD NEW`: a new number for the same extension.
struct RenumberExtension: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renumber", abstract: "Gives an extension another number.",
        discussion: "The person, its phones and their names for authentication stay.")

    @Argument var number: String
    @Argument var newNumber: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(.renumberExtension(number: number, newNumber: newNumber))
    }
}

/// `extension remove NUMBER`: the extension and its devices.
struct RemoveExtension: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes an extension and its devices.",
        discussion: "`pbxctl undo` brings them back.")

    @Argument var number: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.removeExtension(number: number)) }
}

/// A choice of two.
enum OnOff: String, ExpressibleByArgument, CaseIterable {
    case on, off
}

extension DigestPolicy: ExpressibleByArgument {}
extension EncryptionPolicy: ExpressibleByArgument {}
extension RecordingPolicy: ExpressibleByArgument {}
extension FaxDetection: ExpressibleByArgument {}
extension NATPolicy: ExpressibleByArgument {}
