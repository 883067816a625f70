import Platform
import SIPStack

/// What the exchange knows of a trunk: told by the trunk's owner at each change.
public struct TrunkView: Sendable {
    var record: TrunkRecord
    var line: TrunkLine
    var status = TrunkStatus(phase: .starting)
    /// Where calls go: the registered hop first, then the others that were found.
    var hops: [NextHop] = []
    /// The flow of the registration.
    var flow: Flow?
    /// Service-Route of the registration.
    var routes: [NameAddress] = []
    /// Names us in the Contact that the provider has: unguessable.
    var token = ""
    /// How the provider sees us through a NAT.
    var seenAs: SocketAddress?

    /// Whether calls are worth a try before others.
    var isUp: Bool { status.phase == .registered || status.phase == .reachable }

    /// The host of the provider's addresses.
    var host: Host { (try? URI(record.settings.address))?.sip?.host ?? .name("invalid.invalid") }

    /// The blocks of addresses that are its own, by configuration.
    var blocks: [IPNetwork] { record.settings.sources.compactMap { IPNetwork($0) } }
}

extension TrunkSettings {
    /// The name that a TLS connection must be certified for: the one that was asked for, whatever
    /// it leads to (RFC 5922 §4); nil where that is not wanted.
    var certifiedName: String? {
        guard verifiesCertificate ?? true else { return nil }
        return switch (try? URI(address))?.sip?.host {
        case .name(let name): name
        case .ip(let address): address.description
        case nil: nil
        }
    }
}

/// Finds by which trunk a request came (a pure function of the views).
enum TrunkRecognition {
    /// The URI parameter that carries the token of our Contact.
    static let lineParameter = "line"

    /// - Parameters:
    ///   - views: in the order of their numbers.
    ///   - isExtension: whether a number is one of ours: a phone may stand where a provider does.
    static func trunk(
        of request: Request, on flow: Flow, among views: [TrunkView],
        isExtension: (String) -> Bool
    ) -> TrunkID? {
        // What we gave to one provider alone names it, wherever in its farm the request comes from.
        if let token = request.uri.sip?.parameters[lineParameter], token.utf8.count >= 12,
            let named = views.first(where: { $0.token == token })
        {
            return named.record.trunkID
        }
        let source = flow.remote
        let isOwn = isExtension(request.from.uri.sip?.user ?? "")
        let candidates = views.filter { view in
            if let registered = view.flow, registered == flow { return true }
            if view.blocks.contains(where: { $0.contains(source.address) }) { return !isOwn }
            return view.hops.contains { hop in
                guard hop.address.address == source.address else { return false }
                // A datagram comes from the port that it is answered at; a stream from any.
                return flow.transport == .udp ? hop.address.port == source.port : !isOwn
            }
        }
        guard candidates.count > 1 else { return candidates.first?.record.trunkID }
        // Several lines at one provider: the one whose name or number is dialled.
        let dialled = request.dialledDigits
        let called = request.to.uri.sip?.user
        let best = candidates.first { view in
            let settings = view.record.settings
            return !settings.line.isEmpty && (settings.line == dialled || settings.line == called)
        }
        return
            (best
            ?? candidates.first { DialledNumber($0.record.settings, dialled) != nil }
            ?? candidates.first { DialledNumber($0.record.settings, called ?? "") != nil }
            ?? candidates[0]).record.trunkID
    }
}

/// A number of ours that the outside dialled.
struct DialledNumber: Sendable, Equatable {
    /// The number of the extension that it belongs to.
    var target: ExtensionNumber

    /// Nil where it stands nowhere in the trunk's table.
    init?(_ settings: TrunkSettings, _ text: String) {
        let wanted = Self.bare(text)
        guard !wanted.isEmpty else { return nil }
        let row = settings.numbers.first { Self.bare($0.dialled) == wanted }
        guard let target = row.flatMap({ ExtensionNumber($0.target) }) else { return nil }
        self.target = target
    }

    /// Whom a call rings: by the dialled number, the called address, or the trunk's fallback.
    static func destination(
        _ request: Request, by settings: TrunkSettings, in directory: Directory
    ) -> ExtensionRecord? {
        var dialled = [request.dialledDigits]
        // A provider that calls our Contact says in To, or in P-Called-Party-ID, what was dialled.
        if let called = request.calledParty { dialled.append(called) }
        if let called = request.to.uri.sip?.user { dialled.append(called) }
        for text in dialled {
            if let number = DialledNumber(settings, text) {
                return directory.extensionRecord(number.target)
            }
        }
        if settings.reachesExtensions, let number = ExtensionNumber(request.dialledDigits),
            let found = directory.extensionRecord(number)
        {
            return found
        }
        return settings.fallback.flatMap { ExtensionNumber($0) }
            .flatMap { directory.extensionRecord($0) }
    }

    /// Digits alone: `+43 1 234-5`, `0043123 45` and `tel:+43-1-2345` are written in many ways. A
    /// text with letters stays as it is.
    static func bare(_ text: String) -> String {
        var digits = ""
        for character in text.unicodeScalars {
            switch character {
            case "0"..."9": digits.unicodeScalars.append(character)
            case "+", "-", ".", " ", "(", ")", "/": continue
            default: return text.lowercased()
            }
        }
        return digits.hasPrefix("00") ? String(digits.dropFirst(2)) : digits
    }
}
