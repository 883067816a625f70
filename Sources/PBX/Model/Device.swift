/// A device secret as digest knows it: the hash over name, realm and password (RFC 7616 §3.4.2).
///
/// The password itself is never kept. The hashes hold only for this name and this realm: when
/// either changes, the device needs a new password.
public struct DeviceSecret: Hashable, Sendable, Codable {
    /// What the device sends as digest username: stable, not the extension's number.
    public var authName: String
    public var realm: String
    /// `MD5(authName:realm:password)` in lower-case hexadecimal.
    public var md5: String
    /// `SHA-256(authName:realm:password)` in lower-case hexadecimal.
    public var sha256: String

    public init(authName: String, realm: String, md5: String, sha256: String) {
        self.authName = authName
        self.realm = realm
        self.md5 = md5
        self.sha256 = sha256
    }
}

/// Which digest algorithms a device is challenged with (RFC 8760).
public enum DigestPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// What the listener offers, in its order.
    case listener
    /// Never challenged with, and never accepted by, anything weaker.
    case sha256Only = "sha256-only"
    /// For a phone that gives up when a challenge names SHA-256.
    case md5Only = "md5-only"
}

/// Whether a device's audio is encrypted.
public enum EncryptionPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case never, allowed, required
    /// Required, and offered with a handshake (DTLS-SRTP) instead of keys in the description.
    case dtls
    /// The same for a browser (WebRTC): it finds its way by checks (ICE) besides.
    case browser
}

/// How a device is reached through address translation.
public enum NATPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Decided by comparing what the device says with where its requests come from.
    case automatic
    /// Always answered and called where its requests come from.
    case always
    /// What the device says is believed.
    case never
}

/// Whether calls of a device are recorded.
public enum RecordingPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Only where an administrator has it done.
    case never
    case always
}

/// What a device may and must do.
public struct DevicePolicy: Hashable, Sendable, Codable {
    /// Encoding names (`PCMA`, `G722`, `opus`) in the order to prefer; empty: the exchange's own list.
    public var codecs: [String]
    public var encryption: EncryptionPolicy
    public var nat: NATPolicy
    public var digest: DigestPolicy
    public var recording: RecordingPolicy
    /// Calls to its extension are faxes: the exchange answers them.
    public var takesFaxes: Bool
    /// Of a device: in calls to it. Of a trunk: in calls that come by it.
    public var faxDetection: FaxDetection

    public init(
        codecs: [String] = [], encryption: EncryptionPolicy = .allowed,
        nat: NATPolicy = .automatic, digest: DigestPolicy = .listener,
        recording: RecordingPolicy = .never, takesFaxes: Bool = false,
        faxDetection: FaxDetection = .off
    ) {
        self.takesFaxes = takesFaxes
        self.faxDetection = faxDetection
        self.codecs = codecs
        self.encryption = encryption
        self.nat = nat
        self.digest = digest
        self.recording = recording
    }

    /// What an older version wrote knows nothing of recordings and faxes.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        codecs = try values.decode([String].self, forKey: .codecs)
        encryption = try values.decode(EncryptionPolicy.self, forKey: .encryption)
        nat = try values.decode(NATPolicy.self, forKey: .nat)
        digest = try values.decode(DigestPolicy.self, forKey: .digest)
        recording =
            try values.decodeIfPresent(RecordingPolicy.self, forKey: .recording) ?? .never
        takesFaxes = try values.decodeIfPresent(Bool.self, forKey: .takesFaxes) ?? false
        faxDetection =
            try values.decodeIfPresent(FaxDetection.self, forKey: .faxDetection) ?? .off
    }

    public static let usual = DevicePolicy()
}

/// A device of an extension: a desk phone, a softphone, a browser.
public struct DeviceRecord: Hashable, Sendable, Codable {
    public var deviceID: DeviceID
    public var domain: Domain
    public var extensionID: ExtensionID
    /// What people call it: `desk phone`.
    public var name: String
    public var secret: DeviceSecret
    /// `+sip.instance` of the hardware, once known or when bound to it (RFC 5626 §4.1).
    public var instanceID: String?
    public var policy: DevicePolicy

    public init(
        deviceID: DeviceID, domain: Domain, extensionID: ExtensionID, name: String,
        secret: DeviceSecret, instanceID: String? = nil, policy: DevicePolicy = .usual
    ) {
        self.deviceID = deviceID
        self.domain = domain
        self.extensionID = extensionID
        self.name = name
        self.secret = secret
        self.instanceID = instanceID
        self.policy = policy
    }
}
