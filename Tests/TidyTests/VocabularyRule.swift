/// Words that `docs/vocabulary.md` rules out of the names that we declare.
struct VocabularyRule: Rule {
    /// What the vocabulary says instead. (That a connection is TCP's or TLS's, and a state not a
    /// set of variables, no machine can tell: readers do.)
    static let ruledOut: [String: String] = [
        "manager": "name what it does", "handler": "name what it does",
        "helper": "name what it does", "util": "name what it does", "utils": "name what it does",
        "utility": "name what it does", "service": "name what it does",
        "services": "name what it does", "engine": "name what it does",
        "context": "say which values", "data": "say bytes, payload, body or rows",
        "info": "say which facts", "object": "name the thing", "objects": "name the thing",
        "endpoint": "say contact, phone or device", "channel": "say flow or leg",
        "channels": "say flows or legs", "peer": "say remote, or who it is",
        "peers": "say who they are", "user": "say person, extension or address of record",
        "users": "say persons or extensions", "account": "say extension or address of record",
        "master": "say primary", "slave": "say replica", "blacklist": "say block list",
        "whitelist": "say allow list", "client": "only for transactions and HTTP",
        "server": "only for transactions and HTTP",
        "gateway": "say trunk", "handset": "say phone", "originator": "say caller",
        "ivr": "say auto attendant", "acd": "say queue", "mwi": "say message-waiting lamp",
        "cdr": "say call record", "tx": "say transaction", "txn": "say transaction",
        "tsx": "say transaction", "roc": "say rollover counter",
        "ctx": "no abbreviations", "cfg": "no abbreviations", "msg": "no abbreviations",
        "req": "no abbreviations", "resp": "no abbreviations", "addr": "no abbreviations",
        "buf": "no abbreviations", "ptr": "no abbreviations", "idx": "no abbreviations",
        "cnt": "no abbreviations", "tmp": "no abbreviations", "mgr": "no abbreviations",
        "impl": "no abbreviations", "evt": "no abbreviations", "conn": "no abbreviations",
    ]

    /// Names that are too little alone.
    static let ruledOutAlone: [String: String] = [
        "session": "say which: InviteSession, MediaSession, PortalSession",
        "sessions": "say which: inviteSessions, mediaSessions",
        "id": "an identifier has a noun: callID, extensionID",
    ]

    /// A word that is right in some names, with the reason.
    struct Allowance {
        var word: String
        /// The words in a row that make it right; empty: every name.
        var phrases: [[String]] = []
        /// Where: the beginnings of paths; empty: everywhere.
        var places: [String] = []
        var reason: String
    }

    func violations(in file: SourceFile) -> [Violation] {
        DeclaredName.all(in: file.tokens).compactMap { name in
            guard let (word, advice) = Self.fault(in: name, at: file.path) else { return nil }
            return Violation(
                path: file.path, line: name.line, message: "\(name.text): “\(word)”, \(advice)")
        }
    }

    /// The first word of the name that is ruled out here, with the advice.
    static func fault(in name: DeclaredName, at path: String) -> (word: String, advice: String)? {
        // The names of tests are sentences.
        if name.text.contains(" ") { return nil }
        let words = name.words
        if name.kind == .function, words.first == "process" {
            return ("process", "a verb that says what is done")
        }
        // `id: CallID` has its noun in the type, and a pattern's binding in what it matches.
        let hasNoun = name.isBound || name.type?.hasSuffix("ID") == true
        if words.count == 1, let advice = ruledOutAlone[words[0]], words[0] != "id" || !hasNoun,
            !isAllowed(words[0], in: words, at: path)
        {
            return (words[0], advice)
        }
        for word in words {
            if let advice = ruledOut[word], !isAllowed(word, in: words, at: path) {
                return (word, advice)
            }
        }
        return nil
    }

    private static func isAllowed(_ word: String, in words: [String], at path: String) -> Bool {
        allowances.contains { allowance in
            guard allowance.word == word else { return false }
            let isPlace =
                allowance.places.isEmpty || allowance.places.contains { path.hasPrefix($0) }
            guard isPlace else { return false }
            return allowance.phrases.isEmpty
                || allowance.phrases.contains { phrase in
                    words.indices.contains { words[$0...].starts(with: phrase) }
                }
        }
    }
}
