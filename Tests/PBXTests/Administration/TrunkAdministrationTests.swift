import Foundation
import GRDB
import PBX
import Platform
import Testing

private struct StoppedClock: TimeSource {
    var now: Instant { .start }
    var wallTime: WallTime { WallTime(microseconds: 1_790_000_100_000_000) }
}

@Suite struct TrunkAdministrationTests {
    private let store: Store
    private let domain: Domain

    init() throws {
        store = try Store.inMemory(lane: ImmediateLane())
        domain = try #require(Domain("exchange.example"))
    }

    private func perform(_ command: AdministrationCommand) throws -> AdministrationReply {
        let administration = Administration(
            store: store, domain: domain, time: StoppedClock(), random: RecordRandom(), live: nil)
        let replies = Collected<AdministrationReply>()
        administration.perform(AdministrationRequest(author: "test", command: command)) {
            replies.append($0)
        }
        return try #require(replies.values.first)
    }

    private func add(_ name: String = "provider", _ change: (inout TrunkEdit) -> Void = { _ in })
        throws -> AdministrationReply
    {
        var edit = TrunkEdit()
        change(&edit)
        return try perform(.addTrunk(NewTrunk(name: name, address: "p.example", edit: edit)))
    }

    private func isDone(_ reply: AdministrationReply) -> Bool {
        if case .changed = reply { true } else { false }
    }

    private func reasons(_ reply: AdministrationReply) -> [String] {
        if case .refused(let refusal) = reply { refusal.reasons } else { [] }
    }

    private func listings() throws -> [TrunkListing] {
        guard case .trunks(let list) = try perform(.listTrunks) else { return [] }
        return list
    }

    @Test func `a trunk is added, changed, undone and removed, and its password never shown`()
        throws
    {
        _ = try perform(.addExtension(NewExtension(number: "100", name: "Ann")))
        let added = try add {
            $0.registers = true
            $0.line = "4312345"
            $0.password = "very-secret"
            $0.numbers = ["4312345=100"]
        }
        #expect(isDone(added))
        let listing = try #require(try listings().first)
        #expect(listing.settings.address == "sip:p.example")
        #expect(listing.hasPassword)
        let json = String(decoding: try JSONEncoder().encode(listing), as: UTF8.self)
        #expect(!json.contains("very-secret"))
        var edit = TrunkEdit()
        edit.callLimit = 3
        #expect(isDone(try perform(.changeTrunk(name: "provider", edit))))
        #expect(try listings().first?.settings.callLimit == 3)
        #expect(isDone(try perform(.undo(revision: nil))))
        #expect(try listings().first?.settings.callLimit == TrunkSettings.usualCallLimit)
        #expect(isDone(try perform(.removeTrunk(name: "provider"))))
        #expect(try listings().isEmpty)
    }

    @Test func `a trunk's calls are recorded as it was added, until that is changed`() throws {
        #expect(isDone(try add()))
        #expect(isDone(try add("taped") { $0.recording = .always }))
        func policies() throws -> [String: RecordingPolicy] {
            Dictionary(
                try listings().map { ($0.name, $0.settings.policy.recording) },
                uniquingKeysWith: { $1 })
        }
        #expect(try policies() == ["provider": .never, "taped": .always])
        // What is changed beside it leaves it as it is.
        var edit = TrunkEdit()
        edit.callLimit = 3
        #expect(isDone(try perform(.changeTrunk(name: "taped", edit))))
        #expect(try policies()["taped"] == .always)
        edit.recording = .never
        #expect(isDone(try perform(.changeTrunk(name: "taped", edit))))
        #expect(try policies()["taped"] == .never)
    }

    @Test func `fax machines that call by a trunk go where it says, and an older one says nothing`()
        throws
    {
        #expect(isDone(try add { $0.faxDetection = .send(to: "*85") }))
        let settings = try #require(try listings().first?.settings)
        #expect(settings.policy.faxDetection == .send(to: "*85"))
        let older = #"{"codecs":[],"encryption":"allowed","nat":"automatic","digest":"listener"}"#
        let policy = try JSONDecoder().decode(DevicePolicy.self, from: Data(older.utf8))
        #expect(policy == .usual && policy.faxDetection == .off)
    }

    @Test func `fax machines are sent only where faxes are taken when that is said`() throws {
        _ = try perform(.addExtension(NewExtension(number: "100", name: "Ann")))
        _ = try perform(.addExtension(NewExtension(number: "190", name: "Fax")))
        func change(_ number: String, _ edit: ExtensionEdit) throws -> AdministrationReply {
            try perform(.changeExtension(number: number, edit))
        }
        let nowhere = reasons(
            try change("100", ExtensionEdit(faxDetection: .send(to: "199"))))
        #expect(nowhere.count == 1 && nowhere.first?.contains("numbers.fax") == true)
        let phone = reasons(try change("100", ExtensionEdit(faxDetection: .send(to: "190"))))
        #expect(phone.first?.contains("pbxctl extension set 190 --fax on") == true)
        #expect(reasons(try add { $0.faxDetection = .send(to: "*86") }).count == 1)
        #expect(isDone(try change("190", ExtensionEdit(takesFaxes: true))))
        #expect(isDone(try change("100", ExtensionEdit(faxDetection: .send(to: "190")))))
        #expect(isDone(try change("100", ExtensionEdit(faxDetection: .send(to: "*85")))))
        #expect(isDone(try change("100", ExtensionEdit(faxDetection: .tell))))
        #expect(isDone(try add { $0.faxDetection = .send(to: "190") }))
        // Where the number goes later, what names it stays: who calls and who answered talk on.
        #expect(isDone(try perform(.removeExtension(number: "190"))))
        #expect(isDone(try change("100", ExtensionEdit(name: "Anna"))))
    }

    @Test func `what can't be is refused, every reason at once`() throws {
        let refused = try add("bad") {
            $0.expires = 1
            $0.callLimit = 0
            $0.sources = ["nonsense"]
            $0.numbers = ["=", "1=abc"]
            $0.line = "two words"
        }
        #expect(reasons(refused).count == 6)
        #expect(reasons(try add("no name")).count == 1)
        #expect(
            !isDone(
                try perform(.addTrunk(NewTrunk(name: "x", address: "sip:user@p.example")))))
        #expect(!isDone(try add { $0.numbers = ["1=100"] }), "there is no extension 100")
        #expect(isDone(try add()))
        #expect(!isDone(try add()), "twice the same name")
    }

    @Test func `rules name trunks that there are, and hold them`() throws {
        _ = try add("one")
        _ = try add("two")
        #expect(!isDone(try perform(.addRoute(RouteDraft(prefix: "0", trunks: ["three"])))))
        #expect(!isDone(try perform(.addRoute(RouteDraft(prefix: "a", trunks: ["one"])))))
        #expect(
            !isDone(
                try perform(
                    .addRoute(
                        RouteDraft(prefix: "0", trunks: Array(repeating: "one", count: 6))))))
        #expect(
            isDone(
                try perform(
                    .addRoute(RouteDraft(prefix: "0", trunks: ["two", "one"], strip: 1)))))
        #expect(!isDone(try perform(.addRoute(RouteDraft(prefix: "0", trunks: ["one"])))))
        #expect(!isDone(try perform(.removeTrunk(name: "one"))), "a rule names it")
        guard case .routes(let routes) = try perform(.listRoutes) else { return }
        #expect(routes.map(\.trunks) == [["two", "one"]])
        #expect(isDone(try perform(.changeRoute(RouteDraft(prefix: "0", trunks: ["two"])))))
        #expect(isDone(try perform(.removeTrunk(name: "one"))))
        #expect(isDone(try perform(.removeRoute(prefix: "0"))))
    }

    @Test func `trunks are read at the next start as they were written`() throws {
        _ = try add { $0.password = "kept" }
        _ = try perform(.addRoute(RouteDraft(prefix: "00", trunks: ["provider"], prepend: "+")))
        let directory = try store.run(.loadDirectory(domain: domain))
        let record = try #require(directory.trunk(named: "provider"))
        #expect(record.password == TrunkPassword("kept"))
        #expect(directory.sortedRules.map(\.trunks) == [[record.trunkID]])
    }

    @Test func `a database of before there were trunks is brought up to date`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("exchange.db")
        try Store.open(path: path, lane: ImmediateLane()).close()
        do {
            // As version 0.1 left it: without the tables, without the step.
            let database = try DatabaseQueue(path: path)
            try database.write {
                try $0.execute(
                    sql: """
                        DROP TABLE trunk; DROP TABLE outbound_rule;
                        DELETE FROM grdb_migrations WHERE identifier = '6 trunks';
                        INSERT INTO person VALUES (1, 'exchange.example', 'Ann', NULL, NULL, 0);
                        INSERT INTO extension VALUES (1, 'exchange.example', '100', 1, NULL, 60);
                        """)
            }
            try database.close()
        }
        let store = try Store.open(path: path, lane: ImmediateLane())
        let directory = try store.run(.loadDirectory(domain: domain))
        #expect(directory.extensionCount == 1)
        #expect(directory.sortedTrunks.isEmpty)
        store.close()
    }
}
