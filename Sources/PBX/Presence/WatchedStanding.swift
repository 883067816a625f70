import SIPStack

/// What can be watched of an extension.
enum EventPackage: String, Sendable, CaseIterable {
    /// Its calls: busy lamps (RFC 4235).
    case dialog
    /// Its recordings: the message-waiting lamp (RFC 3842).
    case messageSummary = "message-summary"
    /// Whether it can be reached (RFC 3856).
    case presence

    init?(_ event: Event) {
        self.init(rawValue: event.token.lowercased())
    }

    /// What Allow-Events says.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    var contentType: String {
        switch self {
        case .dialog: DialogDocument.contentType
        case .messageSummary: "application/simple-message-summary"
        case .presence: PresenceDocument.contentType
        }
    }

    /// Whether a subscriber takes the package's body: no Accept means that it does
    /// (RFC 6665 §3.1.3).
    func isAccepted(by request: Request) -> Bool {
        guard let accept = request.fields[.accept]?.lowercased() else { return true }
        return [contentType, "application/*", "*/*"].contains { accept.contains($0) }
    }
}

/// An extension as its watchers see it, and how that is said in each package.
///
/// A pure value, made of what the exchange's events have told.
struct WatchedStanding: Sendable, Equatable {
    var party: Party
    /// The calls in which the extension has legs, oldest first.
    var calls: [CallPicture]
    var contactCount: Int
    var recordings: RecordingCounts
    /// Who has which extension.
    var directory: Directory

    /// The body for one watcher.
    ///
    /// - Parameters:
    ///   - number: counts the NOTIFYs of this subscription.
    ///   - ended: dialogs that the last body showed, and that are over now.
    ///   - showsOthers: whether the watcher may know with whom the extension speaks, and so take a
    ///     call over.
    func body(
        of package: EventPackage, number: UInt32, ended: [String], showsOthers: Bool,
        _ configuration: ExchangeConfiguration
    ) -> MessageBody {
        let address = configuration.address(of: party)
        switch package {
        case .dialog:
            var entries = calls.flatMap { dialogs(of: $0, showsOthers, configuration) }
            entries += ended.map { DialogDocument.Entry(identifier: $0, phase: .terminated) }
            return DialogDocument(entity: address.uri, version: number, entries: entries).body
        case .messageSummary:
            let voice = MessageSummary.Count(
                kind: "Voice-Message", new: UInt32(clamping: recordings.new),
                old: UInt32(clamping: recordings.old))
            let summary = MessageSummary(
                isWaiting: recordings.new > 0, account: address.uri.text, counts: [voice])
            return MessageBody(contentType: package.contentType, bytes: summary.encoded())
        case .presence:
            return PresenceDocument(
                entity: address.uri, isOpen: contactCount > 0,
                isOnThePhone: calls.contains { Self.phase(of: $0, party) == .confirmed }
            ).body
        }
    }

    /// The dialogs that a body shows.
    var identifiers: [String] {
        calls.flatMap { call in
            LegRole.allCases.filter { role in legs(of: call, role).first != nil }
                .map { Self.identifier(call, $0) }
        }
    }

    private static func identifier(_ call: CallPicture, _ role: LegRole) -> String {
        "\(call.callID)-\(role.rawValue)"
    }

    private static func phase(of call: CallPicture, _ party: Party) -> DialogDocument.Phase? {
        call.legs.filter { $0.extensionID == party.extensionID }
            .map { DialogDocument.Phase($0.phase) }.max()
    }

    private func legs(of call: CallPicture, _ role: LegRole) -> [LegPicture] {
        call.legs.filter { $0.extensionID == party.extensionID && $0.role == role }
    }

    /// One dialog for all phones of the extension in that call, and one more where it called
    /// itself: as many as a lamp has use for.
    private func dialogs(
        of call: CallPicture, _ showsOthers: Bool, _ configuration: ExchangeConfiguration
    ) -> [DialogDocument.Entry] {
        LegRole.allCases.compactMap { role in
            let own = legs(of: call, role)
            guard let foremost = own.max(by: { $0.phase < $1.phase }) else { return nil }
            let other = call.legs.first { $0.role != role && $0.phase == .answered }
            let dialled = role == .caller ? call.callee : call.caller
            let remote =
                other.map { CallPicture.Party(number: $0.number, extensionID: $0.extensionID) }
                ?? dialled
            return DialogDocument.Entry(
                identifier: Self.identifier(call, role),
                name: showsOthers ? foremost.dialog.map(DialogDocument.Name.init) : nil,
                direction: role == .caller ? .initiator : .recipient,
                phase: DialogDocument.Phase(foremost.phase),
                local: DialogDocument.Party(
                    configuration.address(of: party), isRendering: !foremost.isHolding),
                remote: showsOthers
                    ? DialogDocument.Party(address(of: remote, configuration)) : nil)
        }
    }

    private func address(
        of remote: CallPicture.Party, _ configuration: ExchangeConfiguration
    ) -> NameAddress {
        if let party = remote.extensionID.flatMap({ directory.party($0) }) {
            return configuration.address(of: party)
        }
        return NameAddress(
            displayName: remote.name?.isEmpty == false ? remote.name : nil,
            uri: .sip(SIPURI(user: remote.number, host: configuration.host)))
    }
}

extension DialogDocument.Name {
    init(_ dialog: DialogPicture) {
        self.init(
            sipCallID: dialog.sipCallID, localTag: dialog.localTag, remoteTag: dialog.remoteTag)
    }
}

extension DialogDocument.Phase {
    init(_ phase: LegPicture.Phase) {
        switch phase {
        case .trying: self = .trying
        case .ringing: self = .early
        case .answered: self = .confirmed
        }
    }
}
