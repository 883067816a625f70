import GRDB
import Platform
import Testing

@testable import PBX

@Suite struct RevisionTests {
    private let store: Store

    init() throws { store = try Store.inMemory(lane: HeldLane()) }

    private func apply(_ changes: [ConfigurationChange]) throws -> Revision {
        try store.run(.apply(changes, domain: office, note: revisionNote()))
    }

    private func undo(_ number: Int64? = nil) throws -> Revision {
        try store.run(.undo(number, domain: office, author: "test", at: wallTime(1)))
    }

    private func directory() throws -> Directory {
        try store.run(.loadDirectory(domain: office))
    }

    private func renumbered(_ digits: String) -> ConfigurationChange {
        .setExtension(
            ExtensionRecord(
                extensionID: ExtensionID(number: 1), domain: office, number: number(digits),
                personID: PersonID(number: 1)))
    }

    @Test func `a directory brought forward by revisions equals one that is loaded`() throws {
        var kept = Directory(domain: office)
        var changes = extensionRows(1, number: "100") + extensionRows(2, number: "101")
        changes.append(
            .setNumber(
                NumberRecord(
                    numberID: NumberID(number: 1), domain: office,
                    extensionID: ExtensionID(number: 2), use: .fax,
                    form: NumberForm(text: "5550100", type: .national, e164: "+12125550100"))))
        kept.apply(try apply(changes))
        kept.apply(try apply([renumbered("200")]))
        kept.apply(try undo())
        kept.apply(try apply([.removeDevice(DeviceID(number: 1))]))
        #expect(try directory() == kept)
        #expect(kept.revision == 4)
        #expect(kept.devices(of: ExtensionID(number: 1)).isEmpty)
        #expect(kept.numbers(of: ExtensionID(number: 2)).count == 1)
    }

    @Test func `an extension keeps its ID, devices and auth name when its number changes`() throws {
        _ = try apply(extensionRows(1, number: "100"))
        _ = try apply([renumbered("2000")])
        let directory = try directory()
        #expect(directory.extensionRecord(number("100")) == nil)
        let found = try #require(directory.extensionRecord(number("2000")))
        #expect(found.extensionID == ExtensionID(number: 1))
        #expect(directory.device(authName: "100")?.extensionID == found.extensionID)
    }

    @Test func `a revision is applied wholly or not at all`() throws {
        _ = try apply(extensionRows(1, number: "100"))
        #expect(throws: StoreError.self) {
            try apply(extensionRows(2, number: "101") + extensionRows(3, number: "100"))
        }
        let directory = try directory()
        #expect(directory.extensionCount == 1)
        #expect(directory.revision == 1)
    }

    @Test func `undo goes back step by step, and an undone step can be done again`() throws {
        _ = try apply(extensionRows(1, number: "100"))
        _ = try apply([renumbered("200")])
        _ = try apply([renumbered("300")])
        _ = try undo()
        #expect(try directory().extensionRecord(number("200")) != nil)
        _ = try undo()
        #expect(try directory().extensionRecord(number("100")) != nil)
        _ = try undo()
        #expect(try directory().extensionCount == 0)
        #expect(throws: StoreError.configuration(.nothingToUndo)) { try undo() }
        let again = try undo(6)
        #expect(again.undoes == 6)
        #expect(try directory().extensionRecord(number("100")) != nil)
        let rows = try store.run(.listRevisions(domain: office))
        #expect(rows.map(\.isInForce) == [true, false, false, true, true, false, true])
    }

    @Test func `an older revision is undone alone where nothing touched it since`() throws {
        _ = try apply(extensionRows(1, number: "100"))
        _ = try apply(extensionRows(2, number: "101"))
        _ = try undo(1)
        #expect(try directory().sortedExtensions.map(\.number) == [number("101")])
        #expect(throws: StoreError.configuration(.alreadyUndone(1))) { try undo(1) }
        #expect(throws: StoreError.configuration(.noSuchRevision(9))) { try undo(9) }
    }

    @Test func `undo is refused where a later revision changed the same row, which is named`()
        throws
    {
        _ = try apply(extensionRows(1, number: "100"))
        _ = try apply(extensionRows(2, number: "101"))
        _ = try apply([renumbered("200")])
        #expect(throws: StoreError.configuration(.changedSince(1, by: [3]))) { try undo(1) }
        #expect(try directory().extensionCount == 2)
    }

    @Test func `a removed extension's ID is given to nobody else`() throws {
        _ = try apply(extensionRows(1, number: "100"))
        _ = try apply([
            .removeDevice(DeviceID(number: 1)), .removeExtension(ExtensionID(number: 1)),
        ])
        #expect(throws: StoreError.self) {
            try apply([.removePerson(PersonID(number: 1)), renumbered("300")])
        }
        _ = try undo()
        #expect(try directory() != Directory(domain: office))
        #expect(try directory().device(authName: "100") != nil)
    }

    @Test func `ten thousand extensions are loaded by one query a table`() throws {
        let rows = (1...10_000).flatMap { extensionRows($0, number: "\(10_000 + $0)") }
        _ = try apply(rows)
        let queries = Collected<String>()
        store.database.writeWithoutTransaction { database in
            database.trace { queries.append($0.description) }
        }
        let directory = try directory()
        store.database.writeWithoutTransaction { $0.trace() }
        let selects = queries.values.filter { $0.hasPrefix("SELECT") }
        #expect(selects.count == 8, "\(selects)")
        #expect(directory.extensionCount == 10_000)
        #expect(directory.deviceCount == 10_000)
    }
}
