import Foundation
import PBX
import Platform
import Testing
import Wire

/// An exchange that remembers what it was told.
private final class RecordedExchange: LiveExchange {
    let revisions = Collected<Revision>()
    let hungUp = Collected<CallID>()
    let bindings: [BindingRecord]
    let calls: [CallListing]

    init(bindings: [BindingRecord] = [], calls: [CallListing] = []) {
        self.bindings = bindings
        self.calls = calls
    }

    func configurationChanged(_ revision: Revision) { revisions.append(revision) }
    func listBindings(_ then: @escaping @Sendable ([BindingRecord]) -> Void) { then(bindings) }
    func listCalls(_ then: @escaping @Sendable ([CallListing]) -> Void) { then(calls) }

    func readEvents(
        after position: EventPosition?, patience: Duration,
        _ then: @escaping @Sendable (EventBatch) -> Void
    ) {
        then(EventBatch(position: position ?? EventPosition(run: "run", number: 0)))
    }

    func showCall(_ callID: CallID, _ then: @escaping @Sendable (CallStory?) -> Void) {
        then(nil)
    }

    func drain(isOn: Bool, _ then: @escaping @Sendable (Int) -> Void) { then(calls.count) }
    func listBans(_ then: @escaping @Sendable ([BanPicture]) -> Void) { then([]) }
    func liftBan(of address: IPAddress, _ then: @escaping @Sendable (Bool) -> Void) {
        then(address == .loopbackV4)
    }
    func listTrunks(_ then: @escaping @Sendable ([TrunkListing]) -> Void) { then([]) }

    func order(
        _ order: CallOrder, of callID: CallID, _ then: @escaping @Sendable (Bool) -> Void
    ) {
        then(calls.contains { $0.callID == callID.description })
    }

    func listRecordings(_ then: @escaping @Sendable ([RecordingListing]) -> Void) { then([]) }

    func hangUp(
        _ callID: CallID, reason: EndReason, _ then: @escaping @Sendable (Bool) -> Void
    ) {
        hungUp.append(callID)
        then(calls.contains { $0.callID == callID.description })
    }
}

private struct StoppedClock: TimeSource {
    var now: Instant { .start }
    var wallTime: WallTime { WallTime(microseconds: 1_790_000_100_000_000) }
}

@Suite struct AdministrationTests {
    private let store: Store

    init() throws { store = try Store.inMemory(lane: ImmediateLane()) }

    private func reply(
        _ command: AdministrationCommand, live: (any LiveExchange)? = nil
    ) throws -> AdministrationReply {
        let administration = Administration(
            store: store, domain: office, time: StoppedClock(), random: RecordRandom(), live: live)
        let replies = Collected<AdministrationReply>()
        administration.perform(
            AdministrationRequest(author: "test", command: command), then: replies.append)
        try #require(replies.values.count == 1)
        return replies.values[0]
    }

    private func add(_ number: String, name: String = "Ada") throws -> AdministrationReply {
        try reply(
            .addExtension(
                NewExtension(number: number, name: name, password: "s3cret-word", pin: "4711")))
    }

    private func directory() throws -> Directory {
        try store.run(.loadDirectory(domain: office))
    }

    private func refusal(_ reply: AdministrationReply) throws -> Refusal {
        guard case .refused(let refusal) = reply else {
            throw Refusal(.input, ["not refused: \(reply)"])
        }
        return refusal
    }

    @Test func `an added extension keeps its password as HA1 and its PIN as a slow hash`() throws {
        let added = try reply(
            .addExtension(
                NewExtension(
                    number: "100", name: " Ada ", password: "s3cret-word", pin: "4711",
                    email: "ada@office.example", group: "Sales")))
        let credentials = ExtensionCredentials(number: "100", name: "Ada", authName: "100")
        #expect(added == .added([credentials], revision: 1))

        let directory = try directory()
        let device = try #require(directory.device(authName: "100"))
        let text = Array("100:office.example:s3cret-word".utf8)
        #expect(device.secret.md5 == hex(MessageDigest.md5(text)))
        #expect(device.secret.sha256 == hex(MessageDigest.sha256(text)))
        let person = try #require(directory.person(of: device.extensionID))
        #expect(person.email == "ada@office.example")
        #expect(person.mustChangePIN)
        #expect(PINHash.verify("4711", against: person.pinHash ?? ""))
        #expect(!PINHash.verify("4712", against: person.pinHash ?? ""))
    }

    @Test func `what is not given is drawn and told once`() throws {
        guard
            case .added(let list, _) = try reply(
                .addExtension(NewExtension(number: "100", name: "Ada"))),
            let password = list.first?.password, let pin = list.first?.pin
        else {
            Issue.record("nothing was drawn")
            return
        }
        #expect(password.count == 16)
        #expect(pin.count == 6)
        let device = try #require(try directory().device(authName: "100"))
        #expect(
            device.secret
                == DeviceSecret(authName: "100", realm: office.name, password: password))
        let listed = try reply(.listExtensions)
        let text = String(decoding: try JSONEncoder().encode(listed), as: UTF8.self)
        for secret in [password, device.secret.md5, device.secret.sha256] {
            #expect(!text.contains(secret))
        }
    }

    @Test(arguments: [
        (NewExtension(number: "12a", name: "A"), "digits"),
        (NewExtension(number: "", name: "A"), "digits"),
        (NewExtension(number: "100", name: "  "), "name"),
        (NewExtension(number: "100", name: "a\u{7}"), "name"),
        (NewExtension(number: "100", name: "A", password: "12345"), "6 to 128"),
        (NewExtension(number: "1000000", name: "A", password: "1000000"), "differ"),
        (NewExtension(number: "100100", name: "A", pin: "100100"), "differ"),
        (NewExtension(number: "100", name: "A", pin: "12"), "4 to 12 digits"),
        (NewExtension(number: "100", name: "A", pin: "12x4"), "4 to 12 digits"),
        (NewExtension(number: "100", name: "A", email: "nobody"), "name@example.com"),
    ])
    func `weak or wrong input is refused with what to do`(
        typed: NewExtension, word: String
    ) throws {
        let refusal = try refusal(try reply(.addExtension(typed)))
        #expect(refusal.kind == .input)
        #expect(refusal.reasons.count == 1)
        #expect(refusal.reasons.first?.contains(word) == true)
        #expect(try directory().extensionCount == 0)
    }

    @Test func `every fault is told at once`() throws {
        let typed = NewExtension(number: "x", name: "", password: "1", pin: "1", email: "x")
        #expect(try refusal(try reply(.addExtension(typed))).reasons.count == 5)
    }

    @Test func `a taken number is refused`() throws {
        _ = try add("100")
        let refusal = try refusal(try add("100"))
        #expect(refusal.kind == .conflict)
        #expect(
            refusal.reasons == [
                "extension 100 exists already; choose another number, "
                    + "or remove it first"
            ])
    }

    @Test func `the exchange is told of every revision, in order`() throws {
        let live = RecordedExchange()
        let commands: [AdministrationCommand] = [
            .addExtension(NewExtension(number: "100", name: "Ada")),
            .renumberExtension(number: "100", newNumber: "200"),
            .changeExtension(number: "200", ExtensionEdit(name: "Eve", group: "Sales")),
            .removeExtension(number: "200"),
            .undo(revision: nil),
        ]
        var kept = Directory(domain: office)
        for command in commands { _ = try reply(command, live: live) }
        for revision in live.revisions.values { kept.apply(revision) }
        #expect(kept.revision == 5)
        #expect(try directory() == kept)
        #expect(kept.extensionRecord(number("200")) != nil)
        #expect(kept.device(authName: "100") != nil)
        _ = try refusal(try reply(.removeExtension(number: "999"), live: live))
        #expect(live.revisions.values.count == 5)
    }

    @Test func `a number that was freed gets an auth name of its own`() throws {
        _ = try add("100")
        _ = try reply(.renumberExtension(number: "100", newNumber: "200"))
        guard case .added(let list, _) = try add("100") else {
            Issue.record("not added")
            return
        }
        #expect(list.map(\.authName) == ["100-2"])
    }

    @Test func `a device's policy and password change, the rest stays`() throws {
        _ = try add("100")
        let edit = ExtensionEdit(
            digest: .sha256Only, encryption: .required, codecs: ["opus", "PCMA"],
            drawsPassword: true)
        let changed = try reply(.changeExtension(number: "100", edit))
        guard case .changed(_, 2, let credentials?) = changed, let password = credentials.password
        else {
            Issue.record("\(changed)")
            return
        }
        let device = try #require(try directory().device(authName: "100"))
        #expect(
            device.policy
                == DevicePolicy(
                    codecs: ["opus", "PCMA"], encryption: .required, digest: .sha256Only))
        #expect(
            device.secret
                == DeviceSecret(authName: "100", realm: office.name, password: password))
        #expect(try directory().person(of: device.extensionID)?.name == "Ada")
    }

    @Test func `a file is imported as one revision and undone as one`() throws {
        let csv = """
            \u{FEFF}number,name,password,pin,email,group\r
            100,"Adams, Ada",s3cret-word,4711,ada@office.example,Sales\r
            101,Boris,,,,Sales\r

            """
        guard case .added(let list, 1) = try reply(.importExtensions(csv: csv)) else {
            Issue.record("not imported")
            return
        }
        #expect(list.map(\.name) == ["Adams, Ada", "Boris"])
        #expect(list.map { $0.password == nil } == [true, false])
        let found = try #require(try directory().extensionRecord(number("101")))
        #expect(try directory().group(found.groupID ?? GroupID(number: 0))?.name == "Sales")
        _ = try reply(.undo(revision: nil))
        #expect(try directory().extensionCount == 0)
    }

    @Test func `a bad line is named with its reason, and nothing is half imported`() throws {
        _ = try add("103")
        let csv = "number,name,pin\n100,Ada,1234\n101,,1234\n100,Eve,1234\n102,Bob\nx,Bob,1234\n"
        let refusal = try refusal(try reply(.importExtensions(csv: csv)))
        #expect(
            refusal.reasons == [
                "line 3: the name is empty; give one",
                "line 4: the number 100 stands on line 2 already",
                "line 5: 2 fields where the header has 3",
                "line 6: the number 'x' must be 1 to 15 digits, such as 100",
            ])
        let taken = try self.refusal(
            try reply(.importExtensions(csv: "number,name\n100,Ada\n103,Bob\n")))
        #expect(taken.kind == .conflict)
        #expect(taken.reasons.first?.hasPrefix("line 3: extension 103 exists") == true)
        #expect(try directory().extensionCount == 1)
    }

    @Test(arguments: [
        ("", "empty"), ("number,name\n", "no extensions"), ("number,nme\n1,a\n", "'nme'"),
        ("name\nAda\n", "'number' is missing"), ("number,name,name\n1,a,b\n", "twice"),
        ("number,name\n1,\"a\n", "line 2"),
    ])
    func `a file that cannot be a list of extensions is refused`(csv: String, word: String) throws {
        let refusal = try refusal(try reply(.importExtensions(csv: csv)))
        #expect(refusal.reasons.first?.contains(word) == true, "\(refusal.reasons)")
    }

    @Test func `registrations come from the running exchange, else from the store`() throws {
        _ = try add("100")
        let stream = bindingRecord(contact: "sip:s@x", isConnectionBound: true)
        try store.run(.saveBindings([bindingRecord(contact: "sip:kept@x"), stream]))
        let live = RecordedExchange(bindings: [stream, bindingRecord(expires: 99)])
        func contacts(_ reply: AdministrationReply) -> [String] {
            guard case .registrations(let list) = reply else { return [] }
            return list.map { "\($0.number) \($0.name) \($0.contact)" }
        }
        #expect(contacts(try reply(.listRegistrations)) == ["100 Ada sip:kept@x"])
        #expect(contacts(try reply(.listRegistrations, live: live)) == ["100 Ada sip:s@x"])
    }

    @Test func `a call is hung up by its ID, where the exchange runs and has it`() throws {
        let callID = CallID(at: wallTime(0), random: RecordRandom())
        let other = CallID(at: wallTime(1), random: RecordRandom())
        let call = CallListing(
            callID: callID, caller: "100", callee: "101", phase: "ringing",
            startedAt: wallTime(0))
        let live = RecordedExchange(calls: [call])
        #expect(try reply(.listCalls, live: live) == .calls([call]))
        #expect(try reply(.listCalls) == .calls([]))
        let text = callID.description
        #expect(try reply(.hangUp(callID: text), live: live) == .hungUp(callID: text))
        #expect(
            try refusal(try reply(.hangUp(callID: other.description), live: live)).kind
                == .notFound)
        #expect(try refusal(try reply(.hangUp(callID: text))).kind == .notRunning)
        #expect(try refusal(try reply(.hangUp(callID: "7"), live: live)).kind == .input)
        #expect(live.hungUp.values == [callID, other])
    }

    @Test func `finished calls are told with reason and talking time`() throws {
        let callID = CallID(at: wallTime(0), random: RecordRandom())
        try store.run(.openCall(callRecord(callID)))
        let closing = CallClosing(
            domain: office, callID: callID, at: wallTime(65), reason: .calleeHungUp,
            answeredAt: wallTime(5))
        _ = try store.run(.closeCall(closing))
        guard case .finishedCalls(let list) = try reply(.listFinishedCalls(limit: 5)) else {
            Issue.record("no list")
            return
        }
        #expect(list.map(\.talkSeconds) == [60])
        #expect(list.map(\.words) == ["the callee hung up"])
    }

    @Test func `sample extensions are made once, for a store that was never configured`() throws {
        let list = try SampleExtensions.make(
            in: store, domain: office, time: StoppedClock(), random: RecordRandom())
        #expect(list.map(\.number) == (100...107).map(String.init))
        #expect(list.allSatisfy { $0.password?.count == 16 && $0.pin?.count == 6 })
        #expect(Set(list.compactMap(\.password)).count == 8)
        _ = try reply(.undo(revision: nil))
        let again = try SampleExtensions.make(
            in: store, domain: office, time: StoppedClock(), random: RecordRandom())
        #expect(again.isEmpty)
    }

    @Test func `a check counts what is there and names a domain that was changed`() throws {
        _ = try add("100")
        guard case .checked(let check) = try reply(.check) else {
            Issue.record("no check")
            return
        }
        #expect(check.problems.isEmpty)
        #expect(check.extensionCount == 1)
        #expect(check.revision == 1)
        let elsewhere = try #require(Domain("other.example"))
        let problems = try store.run(.check(domain: elsewhere)).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("office.example") == true)
    }

    @Test func `a line is answered by a line, also one that is no request`() throws {
        let administration = Administration(
            store: store, domain: office, time: StoppedClock(), random: RecordRandom(), live: nil)
        let replies = Collected<[UInt8]>()
        let request = AdministrationRequest(author: "test", command: .listExtensions)
        administration.answer(Array(try JSONEncoder().encode(request)), replies.append)
        administration.answer(Array("{\"command\": 7".utf8), replies.append)
        administration.answer([], replies.append)
        let read = try replies.values.map {
            try JSONDecoder().decode(AdministrationReply.self, from: Data($0))
        }
        #expect(read.first == .extensions([]))
        #expect(try read.dropFirst().map { try refusal($0).kind } == [.input, .input])
    }

    @Test func `commands and replies survive the control socket's JSON`() throws {
        let commands: [AdministrationCommand] = [
            .addExtension(NewExtension(number: "100", name: "Ada\n")), .listCalls,
            .undo(revision: nil), .undo(revision: 3), .hangUp(callID: "x"),
            .changeExtension(number: "1", ExtensionEdit(codecs: ["PCMA"])),
        ]
        for command in commands {
            let text = try JSONEncoder().encode(command)
            #expect(!text.contains(UInt8(ascii: "\n")))
            #expect(try JSONDecoder().decode(AdministrationCommand.self, from: text) == command)
        }
        let reply = try reply(.check)
        let text = try JSONEncoder().encode(reply)
        #expect(try JSONDecoder().decode(AdministrationReply.self, from: text) == reply)
    }
}
