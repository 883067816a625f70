import Platform
import Wire

/// An extension to be made whose every part was found good, with its secrets hashed or drawn.
struct CheckedExtension: Sendable {
    var number: ExtensionNumber
    var name: String
    var email: String?
    var group: String?
    var password: Secret
    var pin: Secret
    var pinHash: String

    /// A secret, and whether it has to be shown because we drew it.
    struct Secret: Sendable {
        var text: String
        var isDrawn: Bool
    }

    /// - Throws: every reason why it cannot be made, one line each.
    init(_ typed: NewExtension, random: any RandomSource) throws(Refusal) {
        var reasons: [String] = []
        func checked<Value>(_ outcome: Result<Value, InputFault>) -> Value? {
            switch outcome {
            case .success(let value): return value
            case .failure(let fault):
                reasons.append(fault.description)
                return nil
            }
        }
        let number = checked(TypedInput.number(typed.number))
        let name = checked(TypedInput.name(typed.name, "name"))
        let email = checked(TypedInput.email(typed.email))
        let group = checked(TypedInput.group(typed.group))
        let password = checked(
            TypedInput.password(typed.password, number: typed.number, random: random))
        let pin = checked(TypedInput.pin(typed.pin, number: typed.number, random: random))
        guard let number, let name, let email, let group, let password, let pin else {
            throw Refusal(.input, reasons)
        }
        self.number = number
        self.name = name
        self.email = email
        self.group = group
        self.password = password
        self.pin = pin
        pinHash = PINHash.make(pin.text, random: random)
    }
}

/// What was typed wrongly, and what to type instead.
struct InputFault: Error, CustomStringConvertible {
    var description: String
}

/// The rules for what people type.
enum TypedInput {
    /// As long as a line on a phone's display can sensibly be.
    static var longestName: Int { 80 }
    static var shortestPassword: Int { 6 }
    static var longestPassword: Int { 128 }
    static var pinLengths: ClosedRange<Int> { 4...12 }
    /// 16 characters of 5 bits: 80 bits cannot be guessed over the network.
    static var drawnPasswordLength: Int { 16 }

    static func number(_ text: String) -> Result<ExtensionNumber, InputFault> {
        guard let number = ExtensionNumber(text) else {
            return fault(
                "the number '\(text)' must be 1 to \(ExtensionNumber.longest) digits, such as 100")
        }
        return .success(number)
    }

    static func name(_ text: String, _ what: String) -> Result<String, InputFault> {
        let trimmed = trimmed(text)
        guard !trimmed.isEmpty else { return fault("the \(what) is empty; give one") }
        guard trimmed.count <= longestName, isPrintable(trimmed) else {
            return fault(
                "the \(what) must have at most \(longestName) characters and no control "
                    + "characters")
        }
        return .success(trimmed)
    }

    /// An empty text is no group.
    static func group(_ text: String?) -> Result<String?, InputFault> {
        guard let text, !trimmed(text).isEmpty else { return .success(nil) }
        return name(text, "group").map(Optional.some)
    }

    /// An empty text is no address.
    static func email(_ text: String?) -> Result<String?, InputFault> {
        guard let text, !trimmed(text).isEmpty else { return .success(nil) }
        let address = trimmed(text)
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, Domain(String(parts[1])) != nil,
            address.utf8.count <= 254, isPrintable(address), !address.contains(" ")
        else {
            return fault("the e-mail address '\(address)' must look like name@example.com")
        }
        return .success(address)
    }

    /// Drawn where none is given.
    static func password(
        _ text: String?, number: String, random: any RandomSource
    ) -> Result<CheckedExtension.Secret, InputFault> {
        guard let text, !text.isEmpty else {
            return .success(.init(text: random.token(drawnPasswordLength), isDrawn: true))
        }
        guard (shortestPassword...longestPassword).contains(text.count), isPrintable(text) else {
            return fault(
                "the password must have \(shortestPassword) to \(longestPassword) printable "
                    + "characters; leave it out and one is drawn")
        }
        guard text != number else {
            return fault(
                "the password must differ from the number; leave it out and one is drawn")
        }
        return .success(.init(text: text, isDrawn: false))
    }

    /// Drawn where none is given: 6 digits.
    static func pin(
        _ text: String?, number: String, random: any RandomSource
    ) -> Result<CheckedExtension.Secret, InputFault> {
        guard let text, !text.isEmpty else {
            return .success(.init(text: drawnPIN(not: number, random: random), isDrawn: true))
        }
        guard pinLengths.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) })
        else {
            return fault(
                "the PIN must be \(pinLengths.lowerBound) to \(pinLengths.upperBound) digits; "
                    + "leave it out and one is drawn")
        }
        guard text != number else {
            return fault("the PIN must differ from the number; leave it out and one is drawn")
        }
        return .success(.init(text: text, isDrawn: false))
    }

    private static func drawnPIN(not number: String, random: any RandomSource) -> String {
        while true {
            let digits = String(random.below(1_000_000))
            let pin = String(repeating: "0", count: 6 - digits.count) + digits
            if pin != number, Set(pin).count > 2 { return pin }
        }
    }

    private static func fault<Value>(_ text: String) -> Result<Value, InputFault> {
        .failure(InputFault(description: text))
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 32 && !(127...159).contains($0.value) }
    }
}

/// How PINs are kept.
public enum PINHash {
    /// Few, on purpose: no count protects a million possible PINs from whoever holds the file, and
    /// ten thousand are hashed in one import. What protects a PIN is locking after wrong tries.
    static var iterations: Int { 1000 }

    static func make(_ pin: String, random: any RandomSource) -> String {
        PasswordHash.make(pin, salt: random.bytes(16), iterations: iterations)
    }

    public static func verify(_ pin: String, against text: String) -> Bool {
        PasswordHash.verify(pin, against: text)
    }
}

extension DeviceSecret {
    /// Hashes a password for one name in one realm; the password itself is forgotten.
    public init(authName: String, realm: String, password: String) {
        let text = Array("\(authName):\(realm):\(password)".utf8)
        self.init(
            authName: authName, realm: realm, md5: hex(MessageDigest.md5(text)),
            sha256: hex(MessageDigest.sha256(text)))
    }
}
