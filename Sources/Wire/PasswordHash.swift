import COpenSSL

/// Stored secrets that people type (portal passwords, PINs): PBKDF2 with HMAC-SHA-256 (RFC 8018).
///
/// The text form `pbkdf2-sha256$iterations$salt$hash` (salt and hash in base64) names its own
/// cost, so that the standard may rise and old texts still verify.
public enum PasswordHash {
    /// About 40 ms of one core: dear to guess, bearable at a login.
    public static let standardIterations = 100_000
    /// A stored text that asks for more is refused: it would stall a login, not protect it.
    public static let maximumIterations = 10_000_000
    /// Bytes of a derived key.
    static let keyLength = 32

    /// The text form of a secret. The salt comes from the caller's random source, 16 bytes or more.
    public static func make(
        _ secret: String, salt: [UInt8], iterations: Int = standardIterations
    ) -> String {
        let iterations = min(max(iterations, 1), maximumIterations)
        let key = derive(secret, salt: salt, iterations: iterations, count: keyLength)
        return "pbkdf2-sha256$\(iterations)$\(Base64.encode(salt))$\(Base64.encode(key))"
    }

    /// True where the text form was made of this secret; false too for a text of another form.
    public static func verify(_ secret: String, against text: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "pbkdf2-sha256",
            let iterations = Int(parts[1]), (1...maximumIterations).contains(iterations),
            let salt = Base64.decode(parts[2]), let expected = Base64.decode(parts[3]),
            expected.count == keyLength
        else { return false }
        let key = derive(secret, salt: salt, iterations: iterations, count: expected.count)
        return constantTimeEqual(key, expected)
    }

    /// The key that PBKDF2-HMAC-SHA-256 derives.
    static func derive(
        _ secret: String, salt: [UInt8], iterations: Int, count: Int
    ) -> [UInt8] {
        let secretBytes = Array(secret.utf8).map(CChar.init(bitPattern:))
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let result = PKCS5_PBKDF2_HMAC(
                secretBytes, Int32(truncatingIfNeeded: secretBytes.count), salt,
                Int32(truncatingIfNeeded: salt.count), Int32(truncatingIfNeeded: iterations),
                HashAlgorithm.sha256.method, Int32(truncatingIfNeeded: count),
                buffer.baseAddress)
            precondition(result == 1, "deriving a key in memory cannot fail")
            filled = count
        }
    }
}
