import PBX
import Platform
import Testing

@Suite struct BindingStoreTests {
    private let store: Store

    init() throws {
        store = try Store.inMemory(lane: HeldLane())
        let rows = extensionRows(1, number: "100") + extensionRows(2, number: "101")
        _ = try store.run(.apply(rows, domain: office, note: revisionNote()))
    }

    @Test func `a binding comes back as it was saved`() throws {
        let full = bindingRecord(instanceID: "urn:uuid:0001", regID: 2)
        let bare = BindingRecord(
            domain: office, extensionID: ExtensionID(number: 2), contact: "sip:b@x",
            flow: flowRecord(), expires: wallTime(9), sipCallID: "c", cSeq: 0,
            registeredAt: wallTime(1))
        try store.run(.saveBindings([full, bare]))
        #expect(try store.run(.listBindings(domain: office)) == [full, bare])
    }

    @Test func `after a restart expired bindings and those of dead streams are gone`() throws {
        let standing = bindingRecord(contact: "sip:stays@x", expires: 100)
        let streamBound = bindingRecord(
            contact: "sip:stream@x", isConnectionBound: true, expires: 100)
        let expired = bindingRecord(contact: "sip:old@x", expires: 49)
        try store.run(.saveBindings([standing, streamBound, expired]))
        let loaded = try store.run(.loadBindings(domain: office, at: wallTime(50)))
        #expect(loaded.standing == [standing])
        #expect(loaded.lost == [streamBound])
        #expect(try store.run(.listBindings(domain: office)) == [standing])
    }

    @Test func `flows of one instance are different bindings, a new contact on one replaces it`()
        throws
    {
        let first = bindingRecord(contact: "sip:a@1.1.1.1", instanceID: "urn:uuid:1", regID: 1)
        let second = bindingRecord(contact: "sip:a@2.2.2.2", instanceID: "urn:uuid:1", regID: 2)
        let moved = bindingRecord(contact: "sip:a@3.3.3.3", instanceID: "urn:uuid:1", regID: 1)
        try store.run(.saveBindings([first, second]))
        try store.run(.saveBindings([moved]))
        #expect(try store.run(.listBindings(domain: office)) == [moved, second])
    }

    @Test func `one REGISTER's additions and removals are one step`() throws {
        let old = bindingRecord(contact: "sip:old@x")
        let new = bindingRecord(contact: "sip:new@x")
        try store.run(.saveBindings([old]))
        try store.run(.changeBindings(save: [new], remove: [old.key]))
        #expect(try store.run(.listBindings(domain: office)) == [new])
    }

    @Test func `an extension's bindings go with it`() throws {
        try store.run(.saveBindings([bindingRecord(1), bindingRecord(2, contact: "sip:b@x")]))
        let removals: [ConfigurationChange] = [
            .removeDevice(DeviceID(number: 1)), .removeExtension(ExtensionID(number: 1)),
        ]
        _ = try store.run(.apply(removals, domain: office, note: revisionNote()))
        #expect(try store.run(.listBindings(domain: office)).map(\.contact) == ["sip:b@x"])
    }
}
