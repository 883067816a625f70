import Platform

/// Changes to an extension whose every part was found good.
struct CheckedEdit: Sendable {
    /// A value to set, or nil to remove.
    struct Setting: Sendable {
        var value: String?
    }

    var name: String?
    var email: Setting?
    var group: Setting?
    var password: CheckedExtension.Secret?
    var pinHash: String?
    var policy: (@Sendable (inout DevicePolicy) -> Void)?
    var faxTarget: FaxTarget?

    init(
        _ typed: ExtensionEdit, number: ExtensionNumber, house: HouseNumbers,
        random: any RandomSource
    ) throws(Refusal) {
        var reasons: [String] = []
        func checked<Value>(_ outcome: Result<Value, InputFault>) -> Value? {
            switch outcome {
            case .success(let value): return value
            case .failure(let fault):
                reasons.append(fault.description)
                return nil
            }
        }
        if let text = typed.name { name = checked(TypedInput.name(text, "name")) }
        if let text = typed.email {
            email = checked(TypedInput.email(text)).map { Setting(value: $0) }
        }
        if let text = typed.group {
            group = checked(TypedInput.group(text)).map { Setting(value: $0) }
        }
        if typed.password != nil || typed.drawsPassword {
            password = checked(
                TypedInput.password(typed.password, number: number.digits, random: random))
        }
        if let text = typed.pin {
            pinHash = checked(TypedInput.pin(text, number: number.digits, random: random))
                .map { PINHash.make($0.text, random: random) }
        }
        if let codecs = typed.codecs, !codecs.allSatisfy(Self.isCodecName) {
            reasons.append("the codecs must be encoding names such as PCMA, G722 or opus")
        }
        guard reasons.isEmpty else { throw Refusal(.input, reasons) }
        guard
            typed.digest != nil || typed.encryption != nil || typed.nat != nil
                || typed.codecs != nil || typed.recording != nil || typed.takesFaxes != nil
                || typed.faxDetection != nil
        else { return }
        faxTarget = typed.faxDetection.flatMap { FaxTarget($0, house: house) }
        policy = { policy in
            policy.digest = typed.digest ?? policy.digest
            policy.encryption = typed.encryption ?? policy.encryption
            policy.nat = typed.nat ?? policy.nat
            policy.codecs = typed.codecs ?? policy.codecs
            policy.recording = typed.recording ?? policy.recording
            policy.takesFaxes = typed.takesFaxes ?? policy.takesFaxes
            policy.faxDetection = typed.faxDetection ?? policy.faxDetection
        }
    }

    private static func isCodecName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                byte == 45 || byte == 46 || (48...57).contains(byte) || (65...90).contains(byte)
                    || byte == 95 || (97...122).contains(byte)
            }
    }
}
