import Foundation
import PBX
import Platform
import Testing

@testable import Settings

@Suite struct SettingsTests {
    private func read(_ text: String) throws(SettingsError) -> Settings {
        try Settings.read(text, path: "/etc/strowger/pbxd.yaml")
    }

    @Test func `without a file the standard holds`() throws {
        let settings = try Settings.load(path: nil)
        #expect(settings == .standard)
        #expect(settings.domain.name == "strowger.local")
        #expect(
            settings.listeners.map { "\($0.transport) \($0.address)" }
                == ["udp 0.0.0.0:5060", "tcp 0.0.0.0:5060", "tls 0.0.0.0:5061"])
        #expect(settings.listeners.map(\.digest) == [[.md5], [.md5], [.sha256, .md5]])
    }

    @Test(arguments: ["", "# nothing\n", "sip:\n", "~"])
    func `an empty file is the standard, in its own folder`(text: String) throws {
        var expected = Settings.standard
        expected.dataFolder = "/etc/strowger/data"
        expected.controlPath = "/etc/strowger/data/control.sock"
        #expect(try read(text) == expected)
    }

    @Test(arguments: [("90", 90), ("86400", 86_400), ("off", nil)] as [(String, Int64?)])
    func `calls are refreshed within bounds, or not at all`(text: String, seconds: Int64?) throws {
        let settings = try read("calls: {refresh: \(text)}")
        #expect(settings.callRefresh == seconds.map { .seconds($0) })
    }

    @Test(arguments: ["89", "86401", "-1", "soon", "1.5"])
    func `a refresh out of bounds is named`(text: String) {
        #expect(throws: SettingsError.self) { try read("calls: {refresh: \(text)}") }
    }

    @Test func `every key is read`() throws {
        let text = """
            data: /srv/pbx
            domain: Office.Example
            control: run/pbx.sock
            sip:
              udp: 127.0.0.1:5070
              tcp: [127.0.0.1:5070, '[::1]:5070']
              tls:
                - listen: 127.0.0.1:5071
                  digest: [md5]
                - {listen: '[::1]:5071', digest: sha-256}
            tls: {certificate: cert.pem, key: /keys/key.pem}
            media: {address: 127.0.0.1, ports: 30000-30999}
            networks:
              - {bind: 10.0.0.1, reach: [10.0.0.0/8, 192.168.0.0/16]}
              - {bind: 10.0.0.1, advertise: 203.0.113.7}
            log: {level: debug}
            calls: {refresh: 600}
            """
        let settings = try read(text)
        #expect(settings.dataFolder == "/srv/pbx")
        #expect(settings.databasePath == "/srv/pbx/exchange.db")
        #expect(settings.controlPath == "/etc/strowger/run/pbx.sock")
        #expect(settings.domain.name == "office.example")
        #expect(settings.callRefresh == .seconds(600))
        #expect(
            settings.listeners.map { "\($0.transport) \($0.address)" } == [
                "udp 127.0.0.1:5070", "tcp 127.0.0.1:5070", "tcp [::1]:5070",
                "tls 127.0.0.1:5071", "tls [::1]:5071",
            ])
        #expect(settings.listeners.suffix(2).map(\.digest) == [[.md5], [.sha256]])
        #expect(
            settings.certificate
                == CertificateFiles(
                    certificate: "/etc/strowger/cert.pem", key: "/keys/key.pem"))
        #expect(
            settings.media == MediaSettings(address: .loopbackV4, ports: 30_000...30_999))
        let bind = try #require(IPAddress("10.0.0.1"))
        #expect(
            settings.networks == [
                NetworkSettings(
                    bind: bind,
                    reach: ["10.0.0.0/8", "192.168.0.0/16"].compactMap { IPNetwork($0) }),
                NetworkSettings(
                    bind: bind, advertise: IPAddress("203.0.113.7"),
                    reach: ["0.0.0.0/0"].compactMap { IPNetwork($0) }),
            ])
        #expect(settings.logLevel == .debug)
    }

    @Test(arguments: [
        ("dta: x", 1, "did you mean 'data'?"),
        ("\nsip:\n  upd: 0.0.0.0:5060", 3, "did you mean 'udp'?"),
        ("ports: 1-2", 1, "belongs elsewhere: media.ports"),
        ("zebra: 1", 1, "known here: data, domain"),
        ("data: [a]", 1, "one text"),
        ("just text", 1, "must hold keys"),
        ("domain: a b", 1, "host name"),
        ("sip: {udp: 5060}", 1, "0.0.0.0:5060"),
        ("sip: {udp: '0.0.0.0:0'}", 1, "1 to 65535"),
        ("sip: {udp: '0.0.0.0:65536'}", 1, "1 to 65535"),
        ("sip: {tcp: 'localhost:5060'}", 1, "IP address"),
        ("sip: {udp: ['224.0.0.1:5060']}", 1, "IP address"),
        ("sip: {udp: [{digest: md5}]}", 1, "'listen' is missing"),
        ("sip: {udp: [{listen: '0.0.0.0:5060', digest: [sha256]}]}", 1, "did you mean 'sha-256'?"),
        ("sip: {udp: [{listen: '0.0.0.0:5060', digest: [md5, md5]}]}", 1, "stands twice"),
        ("sip: {udp: [{listen: '0.0.0.0:5060', digest: []}]}", 1, "empty list"),
        ("sip: {}", 1, "names no address"),
        ("sip:\n  udp:\n    - 0.0.0.0:5060\n    - 127.0.0.1:5060", 4, "overlaps udp 0.0.0.0:5060"),
        ("sip:\n  tcp: '[::]:5061'\n  tls: 1.2.3.4:5061", 3, "overlaps tcp [::]:5061"),
        ("sip: {udp: 0.0.0.0:20002}", 1, "within media.ports"),
        ("tls: {key: x}", 1, "needs both"),
        ("media: {ports: 20000}", 1, "such as 20000-29999"),
        ("media: {ports: 29999-20000}", 1, "lower first"),
        ("media: {ports: 80-90}", 1, "1024"),
        ("media: {ports: 20000-70000}", 1, "65535"),
        ("media: {address: here}", 1, "IP address"),
        ("networks: {}", 1, "must be a list"),
        ("networks:\n  - {reach: 10.0.0.0/8}", 2, "'bind' is missing"),
        ("networks:\n  - {bind: 1.2.3.4, reach: 10.0.0.0/33}", 2, "block such as"),
        ("networks:\n  - {bind: 0.0.0.0}", 2, "must say which address"),
        ("networks:\n  - {bind: 1.2.3.4, advertise: '::1'}", 2, "same family"),
        ("networks:\n  - {bind: 1.2.3.4}\n  - {bind: 1.2.3.5}", 3, "reached by another"),
        ("log: {level: verbos}", 1, "write one of debug, error, info, warning"),
        ("log: inf", 1, "did you mean 'info'?"),
        ("data: a\ndata: b", 1, "twice"),
        ("sip: [", 2, "not YAML"),
    ])
    func `what is wrong is named by line, with what to write`(
        text: String, line: Int, words: String
    ) {
        let error = #expect(throws: SettingsError.self) { try read(text) }
        #expect(error?.problems.count == 1, "\(error?.description ?? "")")
        #expect(error?.problems.first?.line == line, "\(error?.description ?? "")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `all mistakes are told at once, in the order of the file`() {
        let text = "log: loud\nsip: {udp: x, tpc: y}\ndata: {}\n"
        let error = #expect(throws: SettingsError.self) { try read(text) }
        #expect(error?.problems.map(\.line) == [1, 2, 2, 3])
        #expect(error?.description.hasPrefix("/etc/strowger/pbxd.yaml:1: log.level") == true)
    }

    @Test func `a file that is not there is told so`() {
        let error = #expect(throws: SettingsError.self) {
            try Settings.load(path: "/nowhere/pbxd.yaml")
        }
        #expect(error?.description.contains("does not exist") == true)
    }

    @Test func `the same port is free for UDP and TCP, and for two addresses`() throws {
        let text = "sip: {udp: ['127.0.0.1:5060', '127.0.0.2:5060'], tcp: '127.0.0.1:5060'}"
        #expect(try read(text).listeners.count == 3)
    }

    @Test func `the documentation names every key, and no other`() throws {
        let text = try String(contentsOfFile: Self.documentation, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let keys = rows.flatMap { row in
            row.split(separator: "|")[0].split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "`")))
            }
        }
        #expect(keys.sorted() == Settings.keys.sorted())
    }

    @Test func `the documentation's example is a good file`() throws {
        let text = try String(contentsOfFile: Self.documentation, encoding: .utf8)
        let parts = text.components(separatedBy: "```")
        let example = try #require(parts.first { $0.hasPrefix("yaml\n") }).dropFirst(5)
        let settings = try read(String(example))
        #expect(settings.networks.count == 2)
    }

    private static var documentation: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/configuration.md").standardized.path
    }

    @Test(arguments: [("data", "data", 0), ("dta", "data", 1), ("upd", "udp", 1), ("", "ab", 2)])
    func `edit distance counts a swap as one`(one: String, other: String, distance: Int) {
        #expect(editDistance(one, other) == distance)
    }

    @Test func `the keys of a recording are two to four, or off`() throws {
        #expect(try read("recordings: {keys: \"*3\"}").recordings.keys == "*3")
        #expect(try read("recordings: {keys: off}").recordings.keys == nil)
        #expect(try !read("recordings: {keep-free: 1}").recordings.hasTone)
        #expect(try read("recordings: {tone: on}").recordings.hasTone)
        #expect(throws: SettingsError.self) { try read("recordings: {tone: loud}") }
        for text in ["\"*\"", "\"*1234\"", "\"*a\""] {
            #expect(throws: SettingsError.self) { try read("recordings: {keys: \(text)}") }
        }
    }
}
