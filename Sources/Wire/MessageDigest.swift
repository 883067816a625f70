import COpenSSL

/// The hash functions that SIP, STUN and stored passwords need; OpenSSL computes them.
public enum MessageDigest {
    /// 16 bytes (RFC 1321). Only where an old protocol asks for it.
    public static func md5(_ bytes: [UInt8]) -> [UInt8] { digest(bytes, .md5) }

    /// 20 bytes (RFC 3174).
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] { digest(bytes, .sha1) }

    /// 32 bytes (RFC 6234).
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest(bytes, .sha256) }

    /// 32 bytes: SHA-512/256 of FIPS 180-4, which RFC 7616 names `SHA-512-256`.
    public static func sha512Slash256(_ bytes: [UInt8]) -> [UInt8] {
        digest(bytes, .sha512Slash256)
    }

    fileprivate static func digest(_ bytes: [UInt8], _ algorithm: HashAlgorithm) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
            let result = EVP_Digest(
                bytes, bytes.count, buffer.baseAddress, nil, algorithm.method, nil)
            precondition(result == 1, "hashing memory cannot fail")
            count = algorithm.byteCount
        }
    }
}

/// Which hash function.
public enum HashAlgorithm: Sendable, Hashable, CaseIterable {
    case md5, sha1, sha256, sha512Slash256

    /// Bytes of the result.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256, .sha512Slash256: 32
        }
    }

    /// Bytes that the function takes in at a time.
    var blockByteCount: Int {
        switch self {
        case .md5, .sha1, .sha256: 64
        case .sha512Slash256: 128
        }
    }

    /// OpenSSL's algorithm, fetched once in a process: fetching takes longer than a short hash.
    var method: OpaquePointer {
        switch self {
        case .md5: FetchedMethods.md5.pointer
        case .sha1: FetchedMethods.sha1.pointer
        case .sha256: FetchedMethods.sha256.pointer
        case .sha512Slash256: FetchedMethods.sha512Slash256.pointer
        }
    }
}

/// An `EVP_MD`: immutable and reference-counted by OpenSSL, which lets any thread use it.
private struct FetchedMethod: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ name: String) {
        // A build of OpenSSL with FIPS as its default still has MD5 beside it.
        guard
            let fetched = EVP_MD_fetch(nil, name, nil) ?? EVP_MD_fetch(nil, name, "-fips")
        else { preconditionFailure("OpenSSL lacks \(name)") }
        pointer = fetched
    }
}

private enum FetchedMethods {
    static let md5 = FetchedMethod("MD5")
    static let sha1 = FetchedMethod("SHA1")
    static let sha256 = FetchedMethod("SHA2-256")
    static let sha512Slash256 = FetchedMethod("SHA2-512/256")
}

/// A hash of bytes that come in parts; after `finish` it begins anew with the same memory.
public struct RunningDigest: ~Copyable {
    private let running: OpaquePointer
    private let algorithm: HashAlgorithm

    public init(_ algorithm: HashAlgorithm) {
        guard let made = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        running = made
        self.algorithm = algorithm
        begin()
    }

    deinit { EVP_MD_CTX_free(running) }

    public mutating func update(_ bytes: [UInt8]) {
        let result = EVP_DigestUpdate(running, bytes, bytes.count)
        precondition(result == 1, "hashing memory cannot fail")
    }

    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { buffer in
            let result = EVP_DigestUpdate(running, buffer.baseAddress, buffer.count)
            precondition(result == 1, "hashing memory cannot fail")
        }
    }

    /// The hash of all parts since the start or the last `finish`.
    public mutating func finish() -> [UInt8] {
        let hash = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var length: UInt32 = 0
            let result = EVP_DigestFinal_ex(running, buffer.baseAddress, &length)
            precondition(result == 1, "hashing memory cannot fail")
            count = Int(length)
        }
        begin()
        return hash
    }

    private mutating func begin() {
        let result = EVP_DigestInit_ex2(running, algorithm.method, nil)
        precondition(result == 1, "a fetched algorithm always starts")
    }
}

/// Keyed hashes (RFC 2104).
public enum HMAC {
    /// 20 bytes: what STUN's MESSAGE-INTEGRITY carries.
    public static func sha1(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        code(.sha1, key: key, bytes)
    }

    /// 32 bytes.
    public static func sha256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        code(.sha256, key: key, bytes)
    }

    /// H(K ⊕ opad, H(K ⊕ ipad, text)). By OpenSSL's digests: its own HMAC looks its algorithm up by
    /// name each time, which takes ten times as long as a short code.
    private static func code(_ hash: HashAlgorithm, key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        let key = key.count > hash.blockByteCount ? MessageDigest.digest(key, hash) : key
        func padded(_ pad: UInt8) -> [UInt8] {
            key.map { $0 ^ pad }
                + [UInt8](repeating: pad, count: hash.blockByteCount - key.count)
        }
        let inner = MessageDigest.digest(padded(0x36) + bytes, hash)
        return MessageDigest.digest(padded(0x5C) + inner, hash)
    }
}
