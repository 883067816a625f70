import Testing

/// Every rule is proved on planted samples: what it must find, and what it must leave alone.
@Suite struct RuleTests {
    private let sipFile = "Sources/SIPStack/Sample.swift"

    @Test(arguments: ["import Media", "import struct Foundation.URL", "@testable import PBX"])
    func `an import outside the target's row is found`(text: String) {
        #expect(ImportRule().lines(in: "import Wire\n" + text, at: sipFile) == [2])
    }

    @Test func `imports of the row, in comments and in strings are left alone`() {
        let text = "import Platform\nimport Wire\n// import Media\nlet text = \"import Media\""
        #expect(ImportRule().lines(in: text, at: sipFile).isEmpty)
    }

    @Test func `a target without a row in the import table is found`() {
        #expect(ImportRule().lines(in: "", at: "Sources/Novel/Sample.swift") == [1])
    }

    @Test(arguments: [
        "let now = Date()", "let now = Date.now", "let clock = ContinuousClock()",
        "let now = ContinuousClock.now", "let clock = SuspendingClock()",
        "var source = SystemRandomNumberGenerator()", "let roll = Int.random(in: 1...6)",
        "let flag = Bool.random()", "let name = UUID()", "try await Task.sleep(for: .seconds(1))",
        "Task.detached { }", "DispatchQueue.main.async { }", "let thread = Thread { }",
        "pthread_create(nil, nil, nil, nil)", "clock_gettime(0, nil)", "getrandom(nil, 0, 0)",
        "usleep(5)", "sleep(1)", "let lock = NSLock()", "fatalError(\"no\")", "let x = try! read()",
        "let y = x as! Int", "let word = words.randomElement()", "Glibc.time(nil)",
        "nonisolated(unsafe) let table = 1", "let text = \"at \\(Date())\"",
    ])
    func `a call that goes around the seams is found`(text: String) {
        #expect(BannedCallRule().lines(in: "let a = 1\n" + text, at: sipFile) == [2])
    }

    @Test(arguments: [
        "let roll = Int.random(in: 1...6, using: &source)", "// Task.sleep costs 3 µs",
        "let text = \"Date()\"", "let text = #\"Task.sleep(\"#", "let now = world.time.now",
        "func time(of event: Event) { }", "let late = alarm.time(after: 5)", "case sleep(Duration)",
        "let name: UUID = row.name", "let wait = \"\"\"\n    sleep(5)\n    \"\"\"",
        "let first = try !isOpen()", "struct Sample { var time: WallTime }",
    ])
    func `what only looks like a banned call is left alone`(text: String) {
        #expect(BannedCallRule().lines(in: text, at: sipFile).isEmpty)
    }

    @Test func `the live platform may ask the machine, a unit test may not sleep`() {
        let text = "try await Task.sleep(for: .seconds(1))"
        #expect(
            BannedCallRule().lines(in: "clock_gettime(0, nil)", at: "Sources/PlatformLinux/A.swift")
                .isEmpty)
        #expect(BannedCallRule().lines(in: text, at: "Tests/SIPStackTests/A.swift") == [1])
        #expect(BannedCallRule().lines(in: text, at: "Tests/PlatformLinuxTests/A.swift").isEmpty)
    }

    @Test func `a file of 401 lines is found, one of 400 is left alone`() {
        let line = "// A line.\n"
        #expect(LengthRule().lines(in: String(repeating: line, count: 401), at: sipFile) == [1])
        #expect(LengthRule().lines(in: String(repeating: line, count: 400), at: sipFile).isEmpty)
    }

    @Test(arguments: [
        "func long(a: Int = { 1 }()) -> [String: Int] where Self: Sized", "init?(text: String)",
        "var value: Int", "public static func < (one: A, other: A) -> Bool",
        "subscript(index: Int) -> Int",
    ])
    func `a function of 61 lines is found, one of 60 is left alone`(head: String) {
        func sample(_ count: Int) -> String {
            let body = String(repeating: "    call(\"}\") // }\n", count: count - 2)
            return "struct A {\n" + head + " {\n" + body + "}\n}\n"
        }
        #expect(LengthRule().lines(in: sample(61), at: sipFile) == [2])
        #expect(LengthRule().lines(in: sample(60), at: sipFile).isEmpty)
    }

    @Test func `a requirement without a body does not take the next function's`() {
        let body = String(repeating: "    call()\n", count: 70)
        let text =
            "protocol A {\n    func a()\n    var b: Int { get }\n}\nlet c = run {\n\(body)}\n"
        #expect(LengthRule().lines(in: text, at: sipFile).isEmpty)
    }

    @Test(arguments: [
        "struct CallManager { }", "final class FooHandler { }", "func processInvite() { }",
        "var context: Int", "let callData = 1", "func add(peer: Phone) { }",
        "func add(_ endpoint: Phone) { }", "case user(String)", "enum A { case ring, channel }",
        "case moved(to: Int, info: Int)", "let (data, next) = read()", "var session: Int",
        "let id = 5", "for user in all { }", "protocol Helper { }", "typealias Engine = Int",
        "init(server: String) { }", "actor MediaService { }", "var cfg: Int",
        "var whitelist: [Int]",
        "subscript(idx: Int) -> Int { 1 }", "func f(a: (Int) -> Void, ctx: Int) { }",
    ])
    func `a name with a word that is ruled out is found`(text: String) {
        #expect(VocabularyRule().lines(in: "import A\n" + text, at: "Sources/PBX/A.swift") == [2])
    }

    @Test(arguments: [
        "let userAgent = 1", "call(user: 5)", "let name = message.data", "case .info(let value)",
        "struct InviteSession { }", "let callID = 1", "struct ClientTransactionID { }",
        "switch a {\ncase data:\n    return\n}", "let process = 5", "var identity: Int",
        "let username = 1", "var serviceRoute: Int", "func recontextualise() { }",
        "let text = call(info: user, context: 5)", "func end(_ id: CallID) { }",
        "switch a {\ncase .left(let id, _):\n    return\n}", "var id: CallID { 5 }",
        "func f(a: [String: Int] = [data: 5]) { }",
    ])
    func `words of the protocol and names of others are left alone`(text: String) {
        #expect(VocabularyRule().lines(in: text, at: "Sources/PBX/A.swift").isEmpty)
    }

    @Test func `a URI has a user only where SIP is spoken`() {
        let text = "var user: String?"
        #expect(VocabularyRule().lines(in: text, at: "Sources/SIPStack/URI.swift").isEmpty)
        #expect(VocabularyRule().lines(in: text, at: "Sources/PBX/Person.swift") == [1])
    }

    @Test(arguments: [
        "// TODO: later", "/* FIXME */", "/// XXX", "static var count = 0", "static var count: Int",
        "static let shared = 1", "static var all: [Int] = [] {\n    didSet { }\n}",
        "struct Plain { }", "public enum Bare {\n}",
    ])
    func `promises, globals and undocumented types are found`(text: String) {
        #expect(SourceRule().lines(in: "\n" + text, at: sipFile) == [2])
    }

    @Test(arguments: [
        "// TODO(#12): later", "static var count: Int { 5 }", "private struct Plain { }",
        "static let limit = 5", "/// A thing.\n@frozen public struct Plain { }",
        "/// A thing.\n@available(*, deprecated)\nfinal class Plain {\n    struct Inner { }\n}",
        "extension Plain { struct Inner { } }",
    ])
    func `numbered promises, computed statics and documented types are left alone`(text: String) {
        #expect(SourceRule().lines(in: "import Wire\n" + text, at: sipFile).isEmpty)
    }

    @Test(arguments: [
        "@Test func testInvite() { }", "@Test func `invite`() { }",
        "@Test(arguments: [1]) func parses(value: Int) { }",
    ])
    func `a test whose name claims nothing is found`(text: String) {
        #expect(TestNameRule().lines(in: text, at: "Tests/SIPStackTests/A.swift") == [1])
    }

    @Test func `a test whose name is a claim is left alone`() {
        let text = "@Test(arguments: [1])\nfunc `an INVITE is answered`(value: Int) { }"
        #expect(TestNameRule().lines(in: text, at: "Tests/SIPStackTests/A.swift").isEmpty)
    }
}
