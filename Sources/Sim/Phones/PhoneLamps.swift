import Platform
import SIPStack

/// How busy a phone is: what it is, and what a lamp says.
enum LampStanding: String, Sendable, Comparable, CaseIterable {
    case idle, ringing, talking

    static func < (one: LampStanding, other: LampStanding) -> Bool {
        allCases.firstIndex(of: one) ?? 0 < allCases.firstIndex(of: other) ?? 0
    }

    /// Reads a dialog-info body by hand; nil for what is none, with a version that is not above the
    /// last one, or not whole.
    static func read(_ body: [UInt8], after last: Int?) -> (standing: LampStanding, version: Int)? {
        let text = body.span
        let start = "<?xml".utf8.count, end = "</dialog-info>".utf8.count
        guard text.count > start + end, has("<?xml", text, at: 0),
            has("</dialog-info>", text, at: text.count - end),
            place(of: "state=\"full\"", in: text, from: 0) != nil,
            // The first version is XML's own.
            let xml = next(" version=\"", "\"", in: text, from: 0),
            let own = next(" version=\"", "\"", in: text, from: xml.upperBound),
            let version = Int(String(decoding: body[own], as: UTF8.self)),
            last.map({ version > $0 }) ?? true
        else { return nil }
        var standing = idle
        var from = 0
        while let state = next("<state>", "</state>", in: text, from: from) {
            from = state.upperBound
            if has("confirmed<", text, at: state.lowerBound) { standing = talking }
            let isRinging = Self.ringingStates.contains { has($0, text, at: state.lowerBound) }
            if isRinging { standing = max(standing, ringing) }
        }
        return (standing, version)
    }

    private static let ringingStates: [StaticString] = ["trying<", "proceeding<", "early<"]

    /// What stands between two words, at the next place where they do.
    private static func next(
        _ open: StaticString, _ close: StaticString, in text: Span<UInt8>, from start: Int
    ) -> Range<Int>? {
        guard let found = place(of: open, in: text, from: start) else { return nil }
        let inner = found + open.utf8CodeUnitCount
        return place(of: close, in: text, from: inner).map { inner..<$0 }
    }

    private static func place(
        of word: StaticString, in text: Span<UInt8>, from start: Int
    ) -> Int? {
        let last = text.count - word.utf8CodeUnitCount
        guard start <= last else { return nil }
        return (start...last).first { has(word, text, at: $0) }
    }

    private static func has(_ word: StaticString, _ text: Span<UInt8>, at place: Int) -> Bool {
        guard place + word.utf8CodeUnitCount <= text.count else { return false }
        return word.withUTF8Buffer { word in
            for index in word.indices where text[place + index] != word[index] { return false }
            return true
        }
    }
}

/// One subscription of a phone.
struct PhoneLamp: Sendable {
    enum Package: String, Sendable {
        case dialog, presence
        case messageSummary = "message-summary"
    }

    let package: Package
    /// Whom it watches.
    let number: String
    /// Nil while nothing is subscribed.
    var dialog: PhoneDialog?
    /// The SUBSCRIBE that waits for its answer.
    var isAsking = false
    /// A NOTIFY has come in this dialog: the remote tag is known.
    var isBegun: Bool { dialog?.remoteTag != nil }
    /// When it is to be refreshed, or tried again.
    var due: Instant?
    /// Unsubscribed: only the last NOTIFY is awaited.
    var isEnding = false
    var version: Int?
    var remoteSequence: UInt32?
    /// Of the last NOTIFY's top Via.
    var lastBranch: String?

    init(_ package: Package, _ number: String) {
        self.package = package
        self.number = number
    }

    /// Forgets the subscription, and tries again then.
    mutating func drop(due next: Instant?) {
        dialog = nil
        isAsking = false
        isEnding = false
        version = nil
        remoteSequence = nil
        lastBranch = nil
        due = next
    }
}
