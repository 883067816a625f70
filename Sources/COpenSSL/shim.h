// OpenSSL as Swift sees it. Macros are invisible to Swift: what we need of them are static inlines.
#pragma once
// SHA-1's running state as a plain struct: the only form of it that is copied without allocating.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

// HMAC-SHA1 (RFC 2104) with its key taken in once: OpenSSL's own allocates for every code.
typedef struct {
    SHA_CTX inner;
    SHA_CTX outer;
} copenssl_keyed_sha1;

// A key of 64 bytes at most.
static inline void copenssl_keyed_sha1_begin(
    copenssl_keyed_sha1 *keyed, const uint8_t *key, size_t count) {
    uint8_t block[64];
    memset(block, 0x36, sizeof block);
    for (size_t index = 0; index < count && index < sizeof block; index++) block[index] ^= key[index];
    SHA1_Init(&keyed->inner);
    SHA1_Update(&keyed->inner, block, sizeof block);
    for (size_t index = 0; index < sizeof block; index++) block[index] ^= 0x36 ^ 0x5c;
    SHA1_Init(&keyed->outer);
    SHA1_Update(&keyed->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

// The 20 bytes of the code over the bytes and a tail of four.
static inline void copenssl_keyed_sha1_code(
    const copenssl_keyed_sha1 *keyed, const uint8_t *bytes, size_t count, uint32_t tail,
    int has_tail, uint8_t *code) {
    SHA_CTX running = keyed->inner;
    SHA1_Update(&running, bytes, count);
    if (has_tail) {
        const uint8_t last[4] = {
            (uint8_t)(tail >> 24), (uint8_t)(tail >> 16), (uint8_t)(tail >> 8), (uint8_t)tail};
        SHA1_Update(&running, last, sizeof last);
    }
    SHA1_Final(code, &running);
    running = keyed->outer;
    SHA1_Update(&running, code, SHA_DIGEST_LENGTH);
    SHA1_Final(code, &running);
}

// GCM: the nonce of the next message, and the tag that it must have where it is opened, in one step. As
// parameters, where a fixed part of length -1 is the whole nonce: EVP_CipherInit_ex2 asks for the
// nonce's length each time, a quarter of what a telephone packet costs.
static inline int copenssl_gcm_begin(
    EVP_CIPHER_CTX *cipher, uint8_t *nonce, uint8_t *tag, size_t count) {
    OSSL_PARAM wanted[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, nonce, (size_t)-1),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, count),
        OSSL_PARAM_END};
    if (!tag) wanted[1] = wanted[2];
    return EVP_CIPHER_CTX_set_params(cipher, wanted)
        || EVP_CipherInit_ex2(cipher, NULL, NULL, nonce, -1, wanted + 1);
}
// The tag of the message that was sealed last.
static inline int copenssl_gcm_tag(EVP_CIPHER_CTX *cipher, uint8_t *tag, size_t count) {
    OSSL_PARAM wanted[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, count), OSSL_PARAM_END};
    return EVP_CIPHER_CTX_get_params(cipher, wanted);
}

// DTLS (RFC 6347): what OpenSSL has as macros.
static inline void copenssl_dtls_only_1_2(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}
// Datagrams fit every path; OpenSSL doesn't ask the BIO, which knows of none.
static inline void copenssl_dtls_set_mtu(SSL *ssl, long mtu) {
    SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl, mtu);
}
static inline void copenssl_dtls_handle_timeout(SSL *ssl) {
    DTLSv1_handle_timeout(ssl);
}
static inline size_t copenssl_pending(BIO *bio) {
    return BIO_ctrl_pending(bio);
}
// An empty memory BIO says "later", not "the end".
static inline void copenssl_never_ends(BIO *bio) {
    BIO_set_mem_eof_return(bio, -1);
}
