import ArgumentParser
import PBX

/// `pbxctl trunk …`
struct TrunkCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunk", abstract: "Adds, lists, changes and removes trunks to providers.",
        subcommands: [
            AddTrunk.self, ListTrunks.self, ShowTrunk.self, SetTrunk.self, RemoveTrunk.self,
        ])
}

/// What `trunk add` and `trunk set` have in common.
struct TrunkOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Sign in at the provider; else it knows our address.")
    var register: Bool?
    @Option(help: "The user part of our address there, as the provider gave it.")
    var line: String?
    @Option(help: "The name for authentication, where it is not the line.") var authName: String?
    @Option(help: "The password for the provider's challenges.") var password: String?
    @Option(help: "How long a registration shall hold, in seconds.") var expires: Int?
    @Option(help: "Seconds between two questions whether the provider is there.")
    var probe: Int?
    @Option(help: "Calls at a time, both ways.") var limit: Int?
    @Option(help: "Further addresses or blocks its calls come from, with commas.")
    var sources: String?
    @Option(help: "A number of ours and its extension, DIALLED=EXTENSION; may be given again.")
    var did: [String] = []
    @Option(help: "The extension that is rung for all other numbers; empty: none.")
    var fallback: String?
    @Flag(inversion: .prefixedNo, help: "Let it dial extensions by their inside numbers.")
    var extensions: Bool?
    @Option(help: "Who is shown as caller: own, trunk or extension.") var callerID: CallerIDPolicy?
    @Option(help: "The trunk's own number for that.") var number: String?
    @Flag(inversion: .prefixedNo, help: "Name the caller in P-Asserted-Identity.")
    var assertIdentity: Bool?
    @Flag(
        inversion: .prefixedNo,
        help: "By TLS: the certificate must be for the name in the trunk's address.")
    var verifyCertificate: Bool?
    @Option(help: "Encoding names in order, such as PCMA,PCMU; empty: the exchange's own.")
    var codecs: String?
    @Option(help: "Whether its audio is encrypted: never, allowed, required, dtls or browser.")
    var encryption: EncryptionPolicy?
    @Option(help: "Are its calls recorded? never or always.") var recording: RecordingPolicy?
    @Option(help: "Fax machines that call by it: off, tell, or the fax number they are sent to.")
    var faxDetect: FaxDetection?

    var edit: TrunkEdit {
        func list(_ text: String?) -> [String]? {
            text.map { $0.split(separator: ",").map(String.init) }
        }
        var edit = TrunkEdit()
        edit.registers = register
        edit.line = line
        edit.authName = authName
        edit.password = password
        edit.expires = expires
        edit.probePause = probe
        edit.callLimit = limit
        edit.sources = list(sources)
        edit.numbers = did.isEmpty ? nil : did
        edit.fallback = fallback
        edit.reachesExtensions = extensions
        edit.callerID = callerID
        edit.number = number
        edit.assertsIdentity = assertIdentity
        edit.verifiesCertificate = verifyCertificate
        edit.codecs = list(codecs)
        edit.encryption = encryption
        edit.recording = recording
        edit.faxDetection = faxDetect
        return edit
    }
}

/// `trunk add NAME ADDRESS`
struct AddTrunk: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a trunk.",
        discussion: """
            ADDRESS is the provider's host or SIP URI: provider.example, 192.0.2.1:5080, \
            sip:provider.example;transport=tcp. Without port and transport DNS says them.
            """)

    @Argument(help: "What you call it.") var name: String
    @Argument(help: "The provider's host or SIP URI.") var address: String
    @OptionGroup var options: TrunkOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Desk(common).perform(
            .addTrunk(NewTrunk(name: name, address: address, edit: options.edit)))
    }
}

/// `trunk list`
struct ListTrunks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists all trunks and how they are.")

    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.listTrunks) }
}

/// `trunk show NAME`
struct ShowTrunk: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one trunk, but for its password.")

    @Argument var name: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        let desk = try Desk(common)
        let reply = try desk.reply(to: .showTrunk(name: name))
        guard !common.json, case .trunks(let list) = reply, let trunk = list.first else {
            Output.show(reply, asJSON: common.json)
            if case .refused(let refusal) = reply { throw Exit.code(for: refusal.kind) }
            return
        }
        print(TextTable(fieldsOf: trunk).text)
    }
}

/// `trunk set NAME`
struct SetTrunk: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a trunk; it signs in anew.",
        discussion: "An empty text removes. --did DIALLED= removes a number.")

    @Argument var name: String
    @Option(help: "The provider's host or SIP URI.") var address: String?
    @OptionGroup var options: TrunkOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        var edit = options.edit
        edit.address = address
        try Desk(common).perform(.changeTrunk(name: name, edit))
    }
}

/// `trunk remove NAME`
struct RemoveTrunk: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a trunk.",
        discussion: "Calls that are up stay up. `pbxctl undo` brings it back.")

    @Argument var name: String
    @OptionGroup var common: CommonOptions

    func run() throws { try Desk(common).perform(.removeTrunk(name: name)) }
}

extension CallerIDPolicy: ExpressibleByArgument {}
