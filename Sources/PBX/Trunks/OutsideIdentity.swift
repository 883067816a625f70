import SIPStack

/// Who calls from outside, by what a trunk's INVITE says (RFC 3325, RFC 3323, RFC 5806, RFC 7044).
struct OutsideIdentity: Sendable, Equatable {
    var party: Party
    /// Who was called first, where the call was diverted to us.
    var diverted: [NameAddress]

    /// As long a name or number as is shown.
    static let longestText = 64

    /// The provider is trusted: what it asserts counts before what the caller wrote.
    init(_ request: Request) {
        let asserted =
            request.assertedIdentities.first { $0.uri.sip?.user != nil }
            ?? request.assertedIdentities.first
        let shown = asserted ?? request.from
        let isHidden =
            request.hidesIdentity
            || request.from.uri.sip?.host.description.lowercased() == "anonymous.invalid"
        diverted = request.diversions
        guard !isHidden else {
            party = Party(outside: NumberForm(text: "anonymous", type: .withheld))
            return
        }
        let text: String
        switch shown.uri {
        case .sip(let uri): text = uri.user ?? uri.host.description
        case .tel(let uri): text = uri.number
        case .other: text = ""
        }
        let number = Self.form(String(text.prefix(Self.longestText)))
        let name = shown.displayName ?? request.from.displayName ?? ""
        party = Party(outside: number, name: String(name.prefix(Self.longestText)))
    }

    /// What kind of number a text from outside is.
    static func form(_ text: String) -> NumberForm {
        guard text.first == "+" else { return NumberForm(text: text, type: .unknown) }
        let digits = DialledNumber.bare(text)
        let isE164 = (1...15).contains(digits.utf8.count) && digits.utf8.allSatisfy { $0 < 58 }
        return NumberForm(
            text: text, type: .international, e164: isE164 ? "+" + digits : nil)
    }
}

extension Request {
    /// P-Asserted-Identity, those that can be read.
    var assertedIdentities: [NameAddress] {
        ((try? fields.all(PAssertedIdentity.self)) ?? []).map(\.address)
    }

    /// The caller asks that others don't see who calls.
    var hidesIdentity: Bool {
        ((try? fields.first(Privacy.self)) ?? nil)?.hidesIdentity ?? false
    }

    /// What was dialled at the provider, where it says so.
    var calledParty: String? {
        guard let called = (try? fields.first(PCalledPartyID.self)) ?? nil else { return nil }
        switch called.address.uri {
        case .sip(let uri): return uri.user
        case .tel(let uri): return uri.number
        case .other: return nil
        }
    }

    /// By whom the call was diverted, the latest first: Diversion, else History-Info's earlier ones.
    var diversions: [NameAddress] {
        let said = ((try? fields.all(Diversion.self)) ?? []).map(\.address)
        if !said.isEmpty { return Array(said.prefix(5)) }
        let history = ((try? fields.all(HistoryInfo.self)) ?? []).map(\.address)
        return Array(history.dropLast().suffix(5).reversed())
    }
}

/// What the provider of a trunk sees of a caller of ours.
struct ShownIdentity: Sendable, Equatable {
    var from: NameAddress
    var fields: HeaderFields

    /// - Parameters:
    ///   - ownNumber: the caller's own number for calls to the outside, if it has one.
    ///   - isHidden: the caller's number shall not be seen (RFC 3323).
    init(
        _ caller: Party, ownNumber: String?, by settings: TrunkSettings, host: Host,
        isHidden: Bool, diverted: [NameAddress] = []
    ) {
        let trunkNumber = settings.number.isEmpty ? settings.line : settings.number
        let shown: String
        switch settings.callerID {
        case .own: shown = ownNumber ?? (trunkNumber.isEmpty ? caller.digits : trunkNumber)
        case .trunk: shown = trunkNumber.isEmpty ? caller.digits : trunkNumber
        case .inside: shown = caller.digits
        }
        // The name of a person inside is not the outside's business, but between exchanges it is.
        let name =
            settings.callerID == .inside && !caller.personName.isEmpty ? caller.personName : nil
        let identity = NameAddress(displayName: name, uri: .sip(SIPURI(user: shown, host: host)))
        fields = HeaderFields()
        if isHidden {
            from = NameAddress(
                displayName: "Anonymous",
                uri: .sip(SIPURI(user: "anonymous", host: .name("anonymous.invalid"))))
            fields.append(Privacy(["id"]))
        } else {
            from = identity
        }
        if settings.assertsIdentity || isHidden { fields.append(PAssertedIdentity(identity)) }
        for address in diverted { fields.append(Diversion(address)) }
    }
}
