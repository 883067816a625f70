import Foundation
import PBX
import Platform
import Testing

@Suite struct ModelTests {
    @Test func `call IDs sort by time, read back in either case, and refuse other text`() throws {
        let random = RecordRandom()
        let ids = (0..<100).map { CallID(at: wallTime(Int64($0)), random: random) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 100)
        let text = ids[0].description
        #expect(text.count == 26)
        #expect(CallID(text.uppercased()) == ids[0])
        for bad in ["", "1", text + "0", "8" + text.dropFirst(), "u" + text.dropFirst()] {
            #expect(CallID(bad) == nil, "\(bad)")
        }
    }

    @Test func `the layout is ULID's: 48 bits of milliseconds first`() {
        let legID = LegID(at: WallTime(microseconds: 0), random: RecordRandom())
        #expect(legID.description.hasPrefix("0000000000"))
        let later = LegID(at: WallTime(microseconds: 32_000), random: RecordRandom())
        #expect(later.description.hasPrefix("0000000010"))
    }

    @Test func `extension numbers are 1 to 15 ASCII digits and sort by length first`() {
        for bad in ["", "12a", "*60", "+1", "1234567890123456", "١٢", " 1"] {
            #expect(ExtensionNumber(bad) == nil, "\(bad)")
        }
        let sorted = ["100", "99", "0100"].compactMap(ExtensionNumber.init).sorted()
        #expect(sorted.map(\.digits) == ["99", "100", "0100"])
    }

    @Test func `domains are host names or addresses, without case`() {
        #expect(Domain("Office.Example") == Domain("office.example"))
        for good in ["localhost", "192.0.2.1", "[2001:db8::1]", "a-b.c"] {
            #expect(Domain(good) != nil, "\(good)")
        }
        for bad in ["", "a..b", "-a", "a b", "sip:x", "[::1", String(repeating: "a", count: 64)] {
            #expect(Domain(bad) == nil, "\(bad)")
        }
    }

    @Test func `every end reason has words of its own`() {
        #expect(Set(EndReason.allCases.map(\.words)).count == EndReason.allCases.count)
    }

    @Test func `a flow comes back from its record`() throws {
        let flow = Flow(
            transport: .tls, listener: 2,
            local: SocketAddress(address: .loopbackV4, port: 5061),
            remote: SocketAddress(address: IPAddress(high: 0x2001 << 48, low: 1), port: 9),
            connection: 7)
        #expect(FlowRecord(flow).flow == flow)
    }

    @Test func `configuration changes survive their JSON form`() throws {
        let changes = extensionRows(1, number: "100") + [.removePerson(PersonID(number: 4))]
        let text = try JSONEncoder().encode(changes)
        #expect(try JSONDecoder().decode([ConfigurationChange].self, from: text) == changes)
    }

    @Test func `a directory forgets an extension's old number and a device's old name`() {
        var directory = Directory(domain: office)
        directory.apply(revision(1, extensionRows(1, number: "100")))
        directory.apply(revision(2, extensionRows(1, number: "200")))
        directory.apply(revision(2, [.removeExtension(ExtensionID(number: 1))]))
        #expect(directory.extensionRecord(number("100")) == nil)
        #expect(directory.device(authName: "100") == nil)
        #expect(directory.person(of: ExtensionID(number: 1))?.name == "Person 200")
        #expect(directory.devices(of: ExtensionID(number: 1)).count == 1)
        #expect(directory.revision == 2)
    }

    private func revision(_ number: Int64, _ changes: [ConfigurationChange]) -> Revision {
        Revision(
            number: number, domain: office, author: "test", at: wallTime(0), comment: "test",
            changes: changes)
    }
}
