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
        let text = String(decoding: body, as: UTF8.self)
        guard text.hasPrefix("<?xml"), text.hasSuffix("</dialog-info>"),
            text.contains("state=\"full\""),
            // The first version is XML's own.
            let version = Self.parts(of: text, from: " version=\"", to: "\"").dropFirst().first
                .flatMap({ Int($0) }),
            last.map({ version > $0 }) ?? true
        else { return nil }
        let phases = Self.parts(of: text, from: "<state>", to: "</state>")
        if phases.contains("confirmed") { return (.talking, version) }
        let isRinging = phases.contains { ["trying", "proceeding", "early"].contains($0) }
        return (isRinging ? .ringing : .idle, version)
    }

    private static func parts(of text: String, from open: String, to close: String) -> [String] {
        var found: [String] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: open),
            let end = rest[start.upperBound...].firstRange(of: close)
        {
            found.append(String(rest[start.upperBound..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return found
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
