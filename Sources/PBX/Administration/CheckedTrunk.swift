import Platform
import SIPStack

/// Changes to a trunk whose every part was found good.
struct CheckedTrunk: Sendable {
    var change: @Sendable (inout TrunkRecord) -> Void
    var faxTarget: FaxTarget?

    /// - Throws: every reason why it cannot be, one line each.
    init(_ typed: TrunkEdit, house: HouseNumbers) throws(Refusal) {
        var reasons: [String] = []
        let address = typed.address.flatMap { Self.address($0, &reasons) }
        let numbers = (typed.numbers ?? []).compactMap { Self.number($0, &reasons) }
        func check(_ value: Int?, _ range: ClosedRange<Int>, _ what: String) {
            guard let value, !range.contains(value) else { return }
            reasons.append(
                "\(what) must be from \(range.lowerBound) to \(range.upperBound)")
        }
        check(typed.expires, 60...86_400, "the expiry in seconds")
        check(typed.probePause, 10...3600, "the pause between probes in seconds")
        check(typed.callLimit, 1...1000, "the limit of simultaneous calls")
        for text in typed.sources ?? [] where IPNetwork(Self.block(text)) == nil {
            reasons.append("the source '\(text)' must be an address or a block, 192.0.2.0/24")
        }
        for (text, what) in [
            (typed.line, "line"), (typed.authName, "authentication name"),
            (typed.number, "number"),
        ] {
            guard let text, text.utf8.count > 64 || !Self.isPlain(text) else { continue }
            reasons.append("the \(what) '\(text)' must be at most 64 characters without spaces")
        }
        if let text = typed.password, text.utf8.count > TypedInput.longestPassword {
            reasons.append(
                "the password must have at most \(TypedInput.longestPassword) characters")
        }
        if let text = typed.fallback, !text.isEmpty, ExtensionNumber(text) == nil {
            reasons.append("the fallback '\(text)' must be an extension's number")
        }
        guard reasons.isEmpty else { throw Refusal(.input, reasons) }
        faxTarget = typed.faxDetection.flatMap { FaxTarget($0, house: house) }
        change = { Self.apply(typed, address, numbers, to: &$0) }
    }

    private static func apply(
        _ typed: TrunkEdit, _ address: String?, _ numbers: [TrunkNumber],
        to record: inout TrunkRecord
    ) {
        var settings = record.settings
        settings.address = address ?? settings.address
        settings.registers = typed.registers ?? settings.registers
        settings.line = typed.line ?? settings.line
        if let name = typed.authName { settings.authName = name.isEmpty ? nil : name }
        settings.expires = typed.expires ?? settings.expires
        settings.probePause = typed.probePause ?? settings.probePause
        settings.callLimit = typed.callLimit ?? settings.callLimit
        settings.sources = typed.sources?.map(block) ?? settings.sources
        for number in numbers {
            settings.numbers.removeAll { $0.dialled == number.dialled }
            if !number.target.isEmpty { settings.numbers.append(number) }
        }
        settings.numbers = Array(settings.numbers.suffix(TrunkSettings.numberLimit))
        if let target = typed.fallback { settings.fallback = target.isEmpty ? nil : target }
        settings.reachesExtensions = typed.reachesExtensions ?? settings.reachesExtensions
        settings.callerID = typed.callerID ?? settings.callerID
        settings.number = typed.number ?? settings.number
        settings.verifiesCertificate =
            typed.verifiesCertificate ?? settings.verifiesCertificate
        settings.assertsIdentity = typed.assertsIdentity ?? settings.assertsIdentity
        settings.policy.codecs = typed.codecs ?? settings.policy.codecs
        settings.policy.encryption = typed.encryption ?? settings.policy.encryption
        settings.policy.recording = typed.recording ?? settings.policy.recording
        settings.policy.faxDetection = typed.faxDetection ?? settings.policy.faxDetection
        record.settings = settings
        if let password = typed.password {
            record.password = password.isEmpty ? nil : TrunkPassword(password)
        }
    }

    /// A URI, or a host with or without its port.
    private static func address(_ text: String, _ reasons: inout [String]) -> String? {
        let hasScheme = text.lowercased().hasPrefix("sip:") || text.lowercased().hasPrefix("sips:")
        guard let uri = (try? URI(hasScheme ? text : "sip:" + text))?.sip, uri.headers.isEmpty
        else {
            reasons.append(
                "the address '\(text)' must be the provider's host or SIP URI, such as "
                    + "sip:provider.example;transport=tcp")
            return nil
        }
        guard uri.user == nil else {
            reasons.append("the address '\(text)' must have no user part; give it as --line")
            return nil
        }
        return URI.sip(uri).text
    }

    private static func number(_ text: String, _ reasons: inout [String]) -> TrunkNumber? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
            parts[1].isEmpty || ExtensionNumber(parts[1]) != nil
        else {
            reasons.append("the number '\(text)' must look like 4312345=100")
            return nil
        }
        return TrunkNumber(dialled: parts[0], target: parts[1])
    }

    /// One address is a block of its own.
    private static func block(_ text: String) -> String {
        guard let address = IPAddress(text) else { return text }
        return "\(address)/\(address.isIPv4 ? 32 : 128)"
    }

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value > 32 && !(127...159).contains($0.value) }
    }
}

/// The rules for a trunk's name and for what is dialled out.
enum TrunkInput {
    static func name(_ text: String) throws(Refusal) -> String {
        let isGood =
            (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == 45
                    || byte == 46 || byte == 95
            }
        guard isGood else {
            throw Refusal(
                .input, ["the trunk's name '\(text)' must be 1 to 40 letters, digits, - _ or ."])
        }
        return text
    }

    static func check(_ draft: RouteDraft) throws(Refusal) {
        var reasons: [String] = []
        if !draft.prefix.isEmpty, !DialPlan.isDiallable(draft.prefix) {
            reasons.append("the prefix '\(draft.prefix)' must be digits, or empty for every number")
        }
        if let text = draft.prepend, !text.isEmpty, text != "+", !DialPlan.isDiallable(text) {
            reasons.append("what is put before, '\(text)', must be digits")
        }
        if let strip = draft.strip, !(0...OutboundRuleRecord.longestNumber).contains(strip) {
            reasons.append("at most \(OutboundRuleRecord.longestNumber) digits can be stripped")
        }
        if let trunks = draft.trunks {
            if trunks.isEmpty { reasons.append("name at least one trunk") }
            if trunks.count > OutboundRuleRecord.trunkLimit {
                reasons.append(
                    "at most \(OutboundRuleRecord.trunkLimit) trunks can be tried in order")
            }
        }
        guard reasons.isEmpty else { throw Refusal(.input, reasons) }
    }
}
