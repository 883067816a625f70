import COpenSSL

/// AES in counter mode (NIST SP 800-38A §6.5), one key for its life: SRTP's keystream (RFC 3711
/// §4.1.1). Nothing is allocated after it was made. One thread at a time.
public final class CounterCipher {
    private let running: OpaquePointer
    /// The first block of what is ciphered now.
    private let block: UnsafeMutablePointer<UInt64>

    /// - Parameter key: 16 or 32 bytes.
    public init(key: [UInt8]) {
        guard let made = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        running = made
        block = .allocate(capacity: 2)
        block.initialize(repeating: 0, count: 2)
        let method = key.count == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr()
        precondition(key.count == 16 || key.count == 32, "AES has keys of 16 or 32 bytes here")
        let result = EVP_EncryptInit_ex2(running, method, key, nil, nil)
        precondition(result == 1, "OpenSSL has AES")
    }

    deinit {
        EVP_CIPHER_CTX_free(running)
        block.deallocate()
    }

    /// Adds the keystream that begins with a block to the bytes, in place: the same to and fro.
    ///
    /// - Parameters:
    ///   - high: the first eight bytes of the block.
    ///   - low: the eight behind them.
    public func apply(
        high: UInt64, low: UInt64, to bytes: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        var made: Int32 = 0
        block[0] = high.bigEndian
        block[1] = low.bigEndian
        _ = EVP_EncryptInit_ex2(running, nil, nil, block, nil)
        _ = EVP_EncryptUpdate(running, start, &made, start, Int32(bytes.count))
    }
}

/// AES-GCM (NIST SP 800-38D), one key for its life: seals or opens. Nothing is allocated after it was
/// made. One thread at a time.
public final class GaloisCipher {
    /// Bytes of the proof behind what was sealed.
    public static let tagByteCount = 16

    private let running: OpaquePointer
    private let seals: Bool
    /// Of what is sealed or opened now.
    private let nonce: UnsafeMutableRawPointer

    /// - Parameter key: 16 or 32 bytes.
    public init(key: [UInt8], seals: Bool) {
        guard let made = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        running = made
        self.seals = seals
        nonce = .allocate(byteCount: 12, alignment: 8)
        precondition(key.count == 16 || key.count == 32, "AES has keys of 16 or 32 bytes here")
        let method = key.count == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm()
        let result = EVP_CipherInit_ex2(running, method, key, nil, seals ? 1 : 0, nil)
        precondition(result == 1, "OpenSSL has AES-GCM")
    }

    deinit {
        EVP_CIPHER_CTX_free(running)
        nonce.deallocate()
    }

    /// Encrypts the bytes in place, or decrypts them, and writes or checks the tag; the header and the
    /// trailer are proved with them, and stay as they are. Where the tag is wrong it is false, and the
    /// bytes are rubbish.
    ///
    /// - Parameters:
    ///   - head: the first four bytes of the nonce.
    ///   - tail: the eight behind them.
    public func apply(
        head: UInt32, tail: UInt64, header: UnsafeMutableBufferPointer<UInt8>,
        trailer: UnsafeMutableBufferPointer<UInt8>?, to bytes: UnsafeMutableBufferPointer<UInt8>,
        tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var made: Int32 = 0
        nonce.storeBytes(of: head.bigEndian, as: UInt32.self)
        nonce.storeBytes(of: tail.bigEndian, toByteOffset: 4, as: UInt64.self)
        guard
            copenssl_gcm_begin(
                running, nonce.assumingMemoryBound(to: UInt8.self), seals ? nil : tag,
                Self.tagByteCount) == 1
        else { return false }
        _ = EVP_CipherUpdate(running, nil, &made, header.baseAddress, Int32(header.count))
        if let trailer {
            _ = EVP_CipherUpdate(running, nil, &made, trailer.baseAddress, Int32(trailer.count))
        }
        if let start = bytes.baseAddress, !bytes.isEmpty {
            _ = EVP_CipherUpdate(running, start, &made, start, Int32(bytes.count))
        }
        // GCM leaves nothing over: only the tag is made, or judged.
        var rest: UInt8 = 0
        guard EVP_CipherFinal_ex(running, &rest, &made) == 1 else { return false }
        guard seals else { return true }
        return copenssl_gcm_tag(running, tag, Self.tagByteCount) == 1
    }
}

/// HMAC-SHA1 (RFC 2104) with its key taken in once. Nothing is allocated for a code.
public final class KeyedSHA1 {
    public typealias Code = InlineArray<20, UInt8>

    private let keyed: UnsafeMutablePointer<copenssl_keyed_sha1>

    /// - Parameter key: 64 bytes at most.
    public init(key: [UInt8]) {
        precondition(key.count <= 64, "longer keys would have to be hashed first")
        keyed = .allocate(capacity: 1)
        copenssl_keyed_sha1_begin(keyed, key, key.count)
    }

    deinit {
        OPENSSL_cleanse(keyed, MemoryLayout<copenssl_keyed_sha1>.size)
        keyed.deallocate()
    }

    /// The code over the bytes and, where there is one, a word in network order behind them.
    public func code(of bytes: UnsafeMutableBufferPointer<UInt8>, tail: UInt32?) -> Code {
        var code = Code(repeating: 0)
        var span = code.mutableSpan
        span.withUnsafeMutableBufferPointer { code in
            copenssl_keyed_sha1_code(
                keyed, bytes.baseAddress, bytes.count, tail ?? 0, tail == nil ? 0 : 1,
                code.baseAddress)
        }
        return code
    }
}
