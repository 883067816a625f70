import Testing

/// The house rules, over every Swift file of the project.
@Suite struct TidyTests {
    private func expectNone(_ rule: some Rule) throws {
        let found = try SourceTree().files.flatMap { rule.violations(in: $0) }
        let listing = found.map(\.description).joined(separator: "\n")
        #expect(found.isEmpty, "\(found.count) found:\n\(listing)")
    }

    @Test func `the tree that is judged is the whole project`() throws {
        let targets = Set(try SourceTree().files.filter { $0.area == "Sources" }.map(\.target))
        #expect(targets.isSubset(of: ImportRule.allowed.keys))
        #expect(targets.isSuperset(of: ["Platform", "Wire", "SIPStack", "Media", "PBX", "Sim"]))
    }

    @Test func `every target imports only what its row of the table allows`() throws {
        try expectNone(ImportRule())
    }

    @Test func `time, chance and threads come only through the seams`() throws {
        try expectNone(BannedCallRule())
    }

    @Test func `no file and no function is too long to read`() throws {
        try expectNone(LengthRule())
    }

    @Test func `every declared name keeps to the vocabulary`() throws {
        try expectNone(VocabularyRule())
    }

    @Test func `no promise without an issue, no global, no type without a word on what it is`()
        throws
    {
        try expectNone(SourceRule())
    }

    @Test func `the name of every test is a claim`() throws {
        try expectNone(TestNameRule())
    }
}
