import Platform

/// What a new exchange begins with: extensions 100 to 107, so that two phones can talk at once.
public enum SampleExtensions {
    private static var names: [String] {
        ["Ada", "Boris", "Clara", "Dmitri", "Emma", "Fyodor", "Grace", "Hugo"]
    }

    /// Makes them where the store was never configured, for any domain; gives their drawn
    /// passwords and PINs, to be shown once, and nothing otherwise.
    public static func make(
        in store: Store, domain: Domain, time: any TimeSource, random: any RandomSource
    ) throws(StoreError) -> [ExtensionCredentials] {
        let domains = try store.run(.listDomains())
        guard domains.isEmpty else { return [] }
        let extensions: [CheckedExtension]
        do {
            extensions = try names.enumerated().map { index, name in
                try CheckedExtension(
                    NewExtension(number: String(100 + index), name: name), random: random)
            }
        } catch {
            throw .fault(detail: "a sample extension is refused: \(error)")
        }
        let note = RevisionNote(
            author: "first start", at: time.wallTime, comment: "sample extensions 100 to 107")
        return try store.run(.addExtensions(extensions, domain: domain, note: note)).value
    }
}
