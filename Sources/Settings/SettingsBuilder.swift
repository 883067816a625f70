import PBX
import Platform
import Yams

/// Settings in the making: the standard ones, changed key by key.
struct SettingsBuilder {
    var settings = Settings.standard
    private let folder: String
    /// The node of each listener, in step, for complaints.
    private var listenerNodes: [Node?]
    private var portsNode: Node?

    init(folder: String) {
        self.folder = folder
        listenerNodes = settings.listeners.map { _ in nil }
        settings.dataFolder = path("data")
        settings.controlPath = path("data/control.sock")
    }

    mutating func read(_ root: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(root, named: "the file", keys: SettingsKeys.top)
        if let node = values["data"], let text = reader.text(node, named: "data") {
            settings.dataFolder = path(text)
            settings.controlPath = settings.dataFolder + "/control.sock"
        }
        if let node = values["control"], let text = reader.text(node, named: "control") {
            settings.controlPath = path(text)
        }
        if let node = values["domain"], let text = reader.text(node, named: "domain") {
            if let domain = Domain(text) {
                settings.domain = domain
            } else {
                reader.complain(
                    "domain: '\(text)' must be a host name or an IP address", at: node)
            }
        }
        if let node = values["sip"] { readListeners(node, &reader) }
        if let node = values["tls"] { readCertificate(node, &reader) }
        if let node = values["media"] { readMedia(node, &reader) }
        if let node = values["networks"] { readNetworks(node, &reader) }
        if let node = values["log"] { readLog(node, &reader) }
        if let node = values["calls"] { readCalls(node, &reader) }
        if let node = values["numbers"] { readNumbers(node, &reader) }
        if let node = values["prompts"] { readPrompts(node, &reader) }
        if let node = values["music"] { readMusic(node, &reader) }
        if let node = values["tones"] { readTones(node, &reader) }
        if let node = values["recordings"] { readRecordings(node, &reader) }
        if let node = values["fax"] { readFax(node, &reader) }
        if let node = values["metrics"] {
            settings.metricsAddress = reader.socketAddress(node, named: "metrics")
        }
        if let node = values["abuse"] { readAbuse(node, &reader) }
    }

    /// Relative paths count from the file's folder.
    func path(_ text: String) -> String {
        text.hasPrefix("/") ? text : folder + "/" + text
    }

    private mutating func readListeners(_ node: Node, _ reader: inout SettingsReader) {
        settings.listeners = []
        listenerNodes = []
        let before = reader.problems.count
        let values = reader.mapping(node, named: "sip", keys: SettingsKeys.sip)
        for transport in [TransportKind.udp, .tcp, .tls] {
            guard let node = values[transport.rawValue] else { continue }
            let name = "sip.\(transport.rawValue)"
            for item in node.sequence.map(Array.init) ?? [node] {
                guard let listener = readListener(item, transport, name, &reader) else { continue }
                settings.listeners.append(listener)
                listenerNodes.append(item)
            }
        }
        if settings.listeners.isEmpty && reader.problems.count == before {
            reader.complain("sip names no address to listen at; give udp, tcp or tls", at: node)
        }
    }

    private func readListener(
        _ node: Node, _ transport: TransportKind, _ name: String, _ reader: inout SettingsReader
    ) -> SIPListener? {
        guard node.mapping != nil else {
            return reader.socketAddress(node, named: name)
                .map { SIPListener(transport: transport, address: $0) }
        }
        let values = reader.mapping(node, named: name, keys: SettingsKeys.listener)
        guard let listen = values["listen"] else {
            reader.complain("\(name): 'listen' is missing, such as listen: 0.0.0.0:5060", at: node)
            return nil
        }
        var listener = reader.socketAddress(listen, named: name + ".listen")
            .map { SIPListener(transport: transport, address: $0) }
        guard let digest = values["digest"] else { return listener }
        let known = Dictionary(
            uniqueKeysWithValues: DigestName.allCases.map { ($0.rawValue, $0) })
        var names: [DigestName] = []
        for (text, item) in reader.texts(digest, named: name + ".digest") {
            let found = reader.word(text, of: known, named: name + ".digest", at: item)
            guard let found else { continue }
            if names.contains(found) {
                reader.complain("\(name).digest: '\(text)' stands twice", at: item)
            }
            names.append(found)
        }
        listener?.digest = names
        return listener
    }

    private mutating func readCertificate(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "tls", keys: SettingsKeys.tls)
        let certificate = values["certificate"].flatMap {
            reader.text($0, named: "tls.certificate")
        }
        let key = values["key"].flatMap { reader.text($0, named: "tls.key") }
        settings.authorities = values["authorities"]
            .flatMap { reader.text($0, named: "tls.authorities") }.map(path)
        if let certificate, let key {
            settings.certificate = CertificateFiles(
                certificate: path(certificate), key: path(key))
        } else if values["certificate"] != nil || values["key"] != nil
            || values["authorities"] == nil
        {
            reader.complain(
                "tls needs both 'certificate' and 'key'; leave out tls altogether and a "
                    + "self-signed pair is made", at: node)
        }
    }

    private mutating func readMedia(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "media", keys: SettingsKeys.media)
        if let node = values["address"] {
            settings.media.address = reader.address(node, named: "media.address")
        }
        if let node = values["ports"], let ports = reader.portRange(node, named: "media.ports") {
            settings.media.ports = ports
            portsNode = node
        }
    }

    /// `log: debug`, or `log: {level: debug}`.
    private mutating func readLog(_ node: Node, _ reader: inout SettingsReader) {
        var level: Node? = node
        if node.mapping != nil {
            level = reader.mapping(node, named: "log", keys: SettingsKeys.log)["level"]
        }
        guard let level, let text = reader.text(level, named: "log.level") else { return }
        let known: [String: RecordedEvent.Level] = [
            "debug": .debug, "info": .info, "warning": .warning, "error": .error,
        ]
        if let found = reader.word(text, of: known, named: "log.level", at: level) {
            settings.logLevel = found
        }
    }

    /// Two listeners of one kind at one address, and audio ports that a listener takes.
    func checkOverlaps(_ reader: inout SettingsReader) {
        for (index, listener) in settings.listeners.enumerated() {
            for earlier in settings.listeners[..<index] where listener.overlaps(earlier) {
                reader.complain(
                    "sip: \(listener.name) overlaps \(earlier.name); give one of them another "
                        + "port", at: listenerNodes[index])
            }
            if listener.transport == .udp && settings.media.ports.contains(listener.address.port) {
                reader.complain(
                    "sip: \(listener.name) lies within media.ports; move one of them",
                    at: listenerNodes[index] ?? portsNode)
            }
        }
    }
}

extension SIPListener {
    fileprivate var name: String { "\(transport.rawValue) \(address)" }

    /// True where the kernel would refuse the second: the same port of the same protocol, at one
    /// address or with a wildcard. TLS lives on TCP's ports.
    fileprivate func overlaps(_ other: SIPListener) -> Bool {
        guard (transport == .udp) == (other.transport == .udp), address.port == other.address.port
        else { return false }
        let (one, two) = (address.address, other.address.address)
        guard one.isUnspecified || two.isUnspecified else { return one == two }
        // `::` takes IPv4 too; `0.0.0.0` does not take IPv6.
        return one.isIPv4 == two.isIPv4 || one == .anyV6 || two == .anyV6
    }
}
