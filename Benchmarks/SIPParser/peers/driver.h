// What a program that times a SIP parser gives to driver.c: its name and one function.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *start;
    size_t length;
};

// The 38 essential fields of a message: what an exchange looks at in nearly every one.
struct fields {
    struct slice method, request_user, request_host;
    struct slice via_transport, via_host, via_branch, via_received;
    struct slice from_user, from_host, from_tag, to_user, to_host, to_tag;
    struct slice call_id, sequence_method, contact_user, contact_host;
    struct slice digest_username, digest_realm, digest_nonce, digest_uri, digest_response;
    struct slice digest_qop, digest_nonce_count, digest_client_nonce, body;
    long status, request_port, via_port, via_response_port, from_port, to_port;
    long contact_port, contact_expires, sequence, max_forwards, content_length, expires;
};

extern const char *const parser_name;

// Before the first message.
void parser_start(void);

// Parses one message, and where asked fills in the fields; calls `seen` (if any) with them while
// what they point to is alive. False where the message was refused.
bool parser_run(const char *bytes, size_t length, bool wants_fields, struct fields *fields,
                void (*seen)(const struct fields *));

static inline struct slice slice_of(const char *text) {
    struct slice slice = {text, text ? strlen(text) : 0};
    return slice;
}

static inline struct slice slice_from(const char *start, size_t length) {
    struct slice slice = {start, start ? length : 0};
    return slice;
}

// Without the quotes around it.
static inline struct slice unquoted(struct slice slice) {
    if (slice.length >= 2 && slice.start[0] == '"') {
        slice.start++;
        slice.length -= 2;
    }
    return slice;
}

// A decimal number; 0 where there is none.
static inline long number_of(const char *text) {
    long number = 0;
    while (text && *text >= '0' && *text <= '9') number = number * 10 + (*text++ - '0');
    return number;
}
